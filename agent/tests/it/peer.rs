//! A real HTTP/1.1 server for tests: it answers by a script and hands over every request that it got.

#![allow(dead_code, reason = "two test binaries use different halves of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by panicking")]

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Method and path (`POST /p`).
    pub(crate) line: String,
    /// By lower-case name.
    pub(crate) headers: HashMap<String, String>,
    /// The body's bytes.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A header's value, or an empty text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The snapshots in a compressed body.
    pub(crate) fn snapshots(&self) -> Vec<serde_json::Value> {
        let text = zstd::stream::decode_all(&self.body[..]).unwrap();
        String::from_utf8(text).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Their numbers.
    pub(crate) fn numbers(&self) -> Vec<i64> {
        self.snapshots().iter().map(|snapshot| snapshot["seq"].as_i64().unwrap()).collect()
    }
}

/// What the server does next.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// Answers with status, further header lines and body.
    Answer(u16, &'static str, String),
    /// Reads the request and closes without an answer.
    Reset,
    /// Reads the request and never answers.
    Stall,
}

/// The server; without a script it answers 200 to everything.
pub(crate) struct Peer {
    /// `http://127.0.0.1:PORT`.
    pub(crate) address: String,
    script: Arc<Mutex<VecDeque<Next>>>,
    requests: mpsc::UnboundedReceiver<Request>,
}

impl Peer {
    /// Listens on a free port.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let script: Arc<Mutex<VecDeque<Next>>> = Arc::default();
        let (sender, requests) = mpsc::unbounded_channel();
        let next = Arc::clone(&script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&next), sender.clone()));
            }
        });
        Self { address, script, requests }
    }

    /// What to do with the next request without a plan yet.
    pub(crate) fn plan(&self, next: Next) {
        self.script.lock().unwrap().push_back(next);
    }

    /// Drops what is left of the plan.
    pub(crate) fn forget(&self) {
        self.script.lock().unwrap().clear();
    }

    /// Waits for the next request.
    pub(crate) async fn request(&mut self) -> Request {
        let watchdog = std::time::Duration::from_secs(60);
        tokio::time::timeout(watchdog, self.requests.recv()).await.expect("no request came").unwrap()
    }

    /// A request that has come already.
    pub(crate) fn arrived(&mut self) -> Option<Request> {
        self.requests.try_recv().ok()
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Arc<Mutex<VecDeque<Next>>>,
    sender: mpsc::UnboundedSender<Request>,
) {
    let Some(request) = read(&mut stream).await else { return };
    let next = script.lock().unwrap().pop_front().unwrap_or(Next::Answer(200, "", "{}".to_owned()));
    let _ = sender.send(request);
    match next {
        Next::Answer(status, headers, body) => {
            let length = body.len();
            let text = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
            );
            let _ = stream.write_all(text.as_bytes()).await;
        }
        Next::Reset => {}
        Next::Stall => std::future::pending().await,
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Request { line, headers, body })
}
