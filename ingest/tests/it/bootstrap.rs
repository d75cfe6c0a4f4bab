//! The program itself, as it is deployed: with Lambda's runtime API around it, and with S3 behind it, both played here.

use std::process::{Command, Stdio};
use std::time::Duration;

use lake::{Clock, Day, SystemClock};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::fixture::{batch, request, with};
use crate::peer::{self, Next, Peer};

#[test]
fn a_missing_setting_is_named() {
    for (settings, missing) in [
        (&[][..], "RAW_BUCKET is not set, expected the raw bucket's name"),
        (&[("RAW_BUCKET", "raw")], "AWS_REGION is not set, expected the region of the buckets"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_ingest-bootstrap"))
            .env_clear()
            // Neither a file of the developer's nor the machine, if it is one of EC2's, shall know a region.
            .envs([("AWS_CONFIG_FILE", "/dev/null"), ("AWS_EC2_METADATA_DISABLED", "true")])
            .envs(settings.iter().copied())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(missing), "{said}");
    }
}

/// Lambda's runtime API, as far as a function needs it: hands out the events one by one, and takes their answers. When
/// the program asks for one more, all that it had to say about these is said.
async fn invoke(listener: &TcpListener, events: &[Value]) -> Vec<Value> {
    let (mut answers, mut asked) = (Vec::new(), 0);
    while asked <= events.len() {
        let (mut stream, _) = listener.accept().await.unwrap();
        let Some(request) = peer::read(&mut stream).await else { continue };
        let (head, body) = if request.line.starts_with("GET ") {
            asked += 1;
            let Some(event) = events.get(asked - 1) else { break };
            let head = "200 OK\r\nlambda-runtime-aws-request-id: 7\r\nlambda-runtime-deadline-ms: 9999999999999\r\n\
                        lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-central-1:1:function:ingest";
            (head, event.to_string())
        } else {
            assert_eq!(request.line, "POST /2018-06-01/runtime/invocation/7/response");
            answers.push(serde_json::from_slice(&request.body).unwrap());
            ("202 Accepted", String::new())
        };
        let text =
            format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(text.as_bytes()).await.unwrap();
    }
    answers
}

/// The answers' codes, and what the program wrote, run on these events against S3 that answers by the script.
async fn run(events: &[Value], script: &[Next]) -> (Vec<i64>, Vec<String>) {
    let s3 = Peer::start(script, Next::Answer(200, "")).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_ingest-bootstrap"))
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr().unwrap().to_string())
        .envs([("AWS_LAMBDA_FUNCTION_NAME", "ingest"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")])
        .envs([("AWS_LAMBDA_FUNCTION_VERSION", "1"), ("AWS_LAMBDA_LOG_GROUP_NAME", "ingest")])
        .envs([("AWS_LAMBDA_LOG_STREAM_NAME", "1"), ("AWS_CONFIG_FILE", "/dev/null")])
        .envs([("RAW_BUCKET", "bucket"), ("AWS_REGION", "eu-central-1"), ("AWS_ENDPOINT_URL", &s3.endpoint)])
        .envs([("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "canary")])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let answers = tokio::time::timeout(Duration::from_secs(60), invoke(&listener, events)).await.unwrap();
    program.kill().await.unwrap();
    let mut said = String::new();
    program.stdout.take().unwrap().read_to_string(&mut said).await.unwrap();
    let codes = answers.iter().map(|answer| answer["statusCode"].as_i64().unwrap()).collect();
    (codes, said.lines().map(str::to_owned).collect())
}

#[tokio::test]
async fn the_program_answers_and_writes_a_line_for_what_is_not_200() {
    let today = Day::of_ms(SystemClock.now_ms()).to_string();
    let event = |body: &str, path: &str| {
        let mut sent = with(request(body.as_bytes()), snapshot::FILED_DAY, Some(&today));
        sent.path = Some(path.into());
        serde_json::to_value(sent).unwrap()
    };
    let good = batch(1, 5).replace("i-0123456789abcdef0", "canary");
    let events = [
        event(&good, "/Prod/put-metrics"),
        event(&good, "/Prod/put-metrics"),
        event(&good, "/Prod/put-metrics"),
        event(&good.replace(r#""pid":1"#, r#""pid":"canary""#), "/Prod/put-metrics"),
        event("BZhcanary", "/Prod/put-metrics"),
        event(&good, "/Prod/canary"),
    ];
    let script =
        [Next::Answer(200, ""), Next::Answer(412, "PreconditionFailed"), Next::Answer(403, "AccessDenied")];
    let (codes, lines) = run(&events, &script).await;
    assert_eq!(codes, [200, 200, 503, 400, 415, 404]);

    let (metrics, log): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.starts_with('{'));
    assert_eq!(log.len(), 4, "a line for what is not 200: {log:#?}");
    for (line, words) in log.iter().zip(["AccessDenied", "malformed", "unknown encoding", "no route"]) {
        assert!(line.contains(words) && line.contains("c6af9ac6-7b61-11e6-9a41-93e8deadbeef"), "{line}");
    }
    assert_eq!(metrics.len(), 1, "the first request's, and the next in a minute: {metrics:#?}");
    assert!(!lines.concat().contains("canary"), "{lines:#?}");
}
