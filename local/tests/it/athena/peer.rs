//! A server on 127.0.0.1 that speaks as much of Athena's protocol as a query needs, and answers by a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// What comes back for one call.
#[derive(Clone, Debug)]
pub(super) enum Next {
    Answer(Value),
    /// An error of this code with this message.
    Refuse(u16, &'static str, &'static str),
}

#[derive(Debug, Default)]
pub(super) struct Script {
    answers: Mutex<VecDeque<Next>>,
    calls: Mutex<Vec<(String, Value)>>,
    /// Told when the script is at its end: the last answer is given again and again.
    pub(super) over: Notify,
}

/// The server; it stops with the test's runtime.
pub(super) struct Peer {
    pub(super) url: String,
    pub(super) script: Arc<Script>,
}

impl Peer {
    /// Answers one call after the other; the last answer stays.
    pub(super) async fn start(answers: Vec<Next>) -> Self {
        let script = Arc::new(Script { answers: Mutex::new(answers.into()), ..Script::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, script }
    }

    /// The operations that were called, in order, with their requests.
    pub(super) fn calls(&self) -> Vec<(String, Value)> {
        self.script.calls.lock().unwrap().clone()
    }
}

async fn answer(State(script): State<Arc<Script>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers["x-amz-target"].to_str().unwrap();
    let operation = target.strip_prefix("AmazonAthena.").unwrap().to_owned();
    assert!(headers["authorization"].to_str().unwrap().contains("/eu-central-1/athena/aws4_request"));
    script.calls.lock().unwrap().push((operation.clone(), serde_json::from_slice(&body).unwrap()));
    let next = match operation.as_str() {
        // Whatever the script does: a stop is taken.
        "StopQueryExecution" => Next::Answer(json!({})),
        _ => {
            let mut answers = script.answers.lock().unwrap();
            match answers.len() {
                1 => {
                    script.over.notify_one();
                    answers[0].clone()
                }
                _ => answers.pop_front().unwrap(),
            }
        }
    };
    let (status, body) = match next {
        Next::Answer(body) => (200, body),
        Next::Refuse(status, code, message) => (status, json!({"__type": code, "message": message})),
    };
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("content-type", "application/x-amz-json-1.1")], body.to_string()).into_response()
}
