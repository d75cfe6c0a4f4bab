//! How long the Lambda's program takes from its start to its first answer, and how large it is:
//!
//! ```console
//! cargo bench -p ingest --profile dist --bench cold_start
//! ```
//!
//! Lambda's runtime API is played by a listener on this machine: it hands out one event (`GET /health`, which touches
//! no store) and takes the answer. What a real cold start has besides is Lambda's own: fetching the zip and starting
//! the sandbox. The `dist` profile is the one that is deployed.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark, for the desk")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ingest-bootstrap");
const EVENT: &str = r#"{"httpMethod":"GET","path":"/health","headers":{},"multiValueHeaders":{},
    "requestContext":{"httpMethod":"GET","requestId":"r","identity":{}},"body":null,"isBase64Encoded":false}"#;

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let starts = if std::env::args().any(|argument| argument == "--bench") { 21 } else { 1 };
    let bytes = std::fs::metadata(PROGRAM).unwrap().len();
    let mut starts: Vec<Start> = (0..starts).map(|_| start()).collect();
    starts.sort_unstable_by_key(|start| start.answered);
    let (median, slowest) = (&starts[starts.len() / 2], &starts[starts.len() - 1]);
    println!("the program has {:.1} MB", bytes as f64 / 1e6);
    for (name, start) in [("median", median), ("slowest", slowest)] {
        println!(
            "{name} of {} starts: asks for work after {:.1} ms, has answered after {:.1} ms, peak memory {:.1} MB",
            starts.len(),
            start.asked.as_secs_f64() * 1e3,
            start.answered.as_secs_f64() * 1e3,
            start.peak_kib as f64 / 1024.0
        );
    }
}

struct Start {
    asked: Duration,
    answered: Duration,
    peak_kib: u64,
}

fn start() -> Start {
    let api = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = api.local_addr().unwrap().to_string();
    let began = Instant::now();
    let mut program = Command::new(PROGRAM)
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
            ("RAW_BUCKET", "raw"),
            ("AWS_REGION", "us-east-1"),
        ])
        .envs([
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_LAMBDA_LOG_LEVEL", "WARN"),
        ])
        .envs([("AWS_LAMBDA_FUNCTION_NAME", "ingest"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")])
        .envs([
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "s"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "g"),
        ])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (request, mut next) = question(&api);
    let asked = began.elapsed();
    assert!(request.starts_with("GET /2018-06-01/runtime/invocation/next "), "{request}");
    write!(
        next,
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\nlambda-runtime-aws-request-id: 1\r\n\
         lambda-runtime-deadline-ms: 4102444800000\r\nlambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:1:function:ingest\r\n\
         content-length: {}\r\n\r\n{EVENT}",
        EVENT.len()
    )
    .unwrap();
    drop(next);
    let (request, _answer) = question(&api);
    let answered = began.elapsed();
    assert!(request.starts_with("POST /2018-06-01/runtime/invocation/1/response "), "{request}");
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap();
    program.kill().unwrap();
    program.wait().unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    Start { asked, answered, peak_kib: peak.trim().trim_end_matches(" kB").parse().unwrap() }
}

/// The next request's first line, once all of it is there.
fn question(api: &TcpListener) -> (String, TcpStream) {
    let (stream, _) = api.accept().unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.take(length).read_to_end(&mut Vec::new()).unwrap();
    (first, stream)
}
