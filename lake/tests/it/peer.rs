//! A server on 127.0.0.1 that speaks as much of S3 as a put needs, and answers by a script: what a real server says
//! only under load, or never.

#![allow(dead_code, reason = "two crates' tests use different halves of it")]
#![allow(clippy::unwrap_used, reason = "clippy.toml lets tests do so, but not the functions they share")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Credentials;
use lake::S3Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What the server does with a request that it has read whole.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    /// Answers with this status and, unless it is empty, an error of this code.
    Answer(u16, &'static str),
    /// Closes without an answer: whether the object was stored, nobody is told.
    HangUp,
    /// Never answers.
    Stall,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `PUT /bucket/key`, without the query.
    pub(crate) line: String,
    /// The value of `If-None-Match`.
    pub(crate) if_none_match: Option<String>,
    /// The body's bytes.
    pub(crate) body: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Next>,
    afterwards: Option<Next>,
    requests: Vec<Request>,
}

/// The server; it stops with the test's runtime.
#[derive(Debug)]
pub(crate) struct Peer {
    /// `http://127.0.0.1:PORT`.
    pub(crate) endpoint: String,
    state: Arc<Mutex<State>>,
}

impl Peer {
    /// Does what the script says, one step a request, and then `afterwards` for ever.
    pub(crate) async fn start(script: &[Next], afterwards: Next) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (script, afterwards) = (script.iter().copied().collect(), Some(afterwards));
        let state = Arc::new(Mutex::new(State { script, afterwards, requests: Vec::new() }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { endpoint, state }
    }

    /// The client that a Lambda would have, but for the waits between the SDK's tries: a millisecond and not a second.
    pub(crate) async fn client(&self) -> Client {
        let settings = aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)));
        S3Store::client_with(settings).await.unwrap()
    }

    /// A store on it.
    pub(crate) async fn store(&self) -> S3Store {
        S3Store::new(self.client().await, "bucket")
    }

    /// A store on it that waits for an answer no longer than this.
    pub(crate) async fn impatient_store(&self, patience: Duration) -> S3Store {
        let timeouts =
            TimeoutConfig::builder().operation_attempt_timeout(patience).operation_timeout(patience * 4);
        let config = self.client().await.config().to_builder().timeout_config(timeouts.build());
        S3Store::new(Client::from_conf(config.build()), "bucket")
    }

    /// All that came so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let Some(request) = read(&mut stream).await else { return };
    let path = request.line.trim_start_matches("PUT ").replace("%3D", "=");
    let next = {
        let mut state = state.lock().unwrap();
        state.requests.push(request);
        let scripted = state.script.pop_front();
        scripted.or(state.afterwards)
    };
    match next {
        Some(Next::Answer(status, code)) => {
            // S3 repeats what was asked for, in words and in a member.
            let body = match code {
                "" => String::new(),
                code => format!(
                    "<Error><Code>{code}</Code><Message>by the script, on {path}</Message>\
                     <Resource>{path}</Resource></Error>"
                ),
            };
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close", body.len());
            let _ = stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await;
        }
        Some(Next::Stall) => std::future::pending().await,
        Some(Next::HangUp) | None => {}
    }
}

/// A whole request, or nothing when the connection ends before.
pub(crate) async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let header = |name: &str| {
        let mut pairs = head.lines().filter_map(|line| line.split_once(':'));
        pairs.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    let length: usize = header("content-length").unwrap_or_default().parse().unwrap_or(0);
    let mut body = bytes.split_off(end);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    let line = head.split(['?', '\r']).next()?.trim_end_matches(" HTTP/1.1").to_owned();
    Some(Request { line, if_none_match: header("if-none-match"), body })
}
