//! The program itself, as it is deployed: with Lambda's runtime API around it, and with S3 behind it, both played here.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use lake::{Clock, Day, SystemClock};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use ingest::limits;

use crate::fixture::{batch, line, request, with};
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
/// the program asks for one more, all that it had to say about these is said, and it waits as long as the connection.
async fn invoke(listener: &TcpListener, events: &[Value]) -> (Vec<Value>, TcpStream) {
    let (mut answers, mut asked) = (Vec::new(), 0);
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let Some(request) = peer::read(&mut stream).await else { continue };
        let (head, body) = if request.line.starts_with("GET ") {
            asked += 1;
            let Some(event) = events.get(asked - 1) else { return (answers, stream) };
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
}

/// What came of a run of the program.
struct Ran {
    /// The answers' codes.
    codes: Vec<i64>,
    /// The lines that it wrote.
    lines: Vec<String>,
    /// The most memory that it had, as the kernel counts it.
    peak_kib: u64,
}

/// Runs the program on these events against S3 that answers by the script.
async fn run(events: &[Value], script: &[Next]) -> Ran {
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
    let invoked = tokio::time::timeout(Duration::from_secs(60), invoke(&listener, events)).await;
    let (answers, _waits) = invoked.unwrap();
    let peak_kib = peak_kib(program.id().unwrap());
    program.kill().await.unwrap();
    let mut said = String::new();
    program.stdout.take().unwrap().read_to_string(&mut said).await.unwrap();
    let codes = answers.iter().map(|answer| answer["statusCode"].as_i64().unwrap()).collect();
    Ran { codes, lines: said.lines().map(str::to_owned).collect(), peak_kib }
}

fn peak_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The largest batches that there are, of text that repeats itself farther back than the stored object's compression
/// looks: small as sent, and large in the Lambda as text, as object and on its way to S3.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn the_program_needs_no_more_memory_than_a_small_lambda_has() {
    let today = Day::of_ms(SystemClock.now_ms()).to_string();
    let mut rng = fastrand::Rng::with_seed(1);
    let mut text = || (0..limits::MAX_TEXT_BYTES).map(|_| rng.alphanumeric()).collect::<String>();
    let noise = (0..33).map(|_| text()).collect::<Vec<_>>().join(r#"",""#);
    let event = |body: &str| {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(limits::MAX_WINDOW_LOG).unwrap();
        encoder.long_distance_matching(true).unwrap();
        encoder.write_all(body.as_bytes()).unwrap();
        let sent = with(request(&encoder.finish().unwrap()), snapshot::FILED_DAY, Some(&today));
        serde_json::to_value(sent).unwrap()
    };
    let long = |seq| line(seq).replacen(r#""deep":[1,"#, &format!(r#""deep":["{noise}","#), 1) + "\n";
    let agents = event(&(1..=14).map(long).collect::<String>());
    let mut original = event(&format!(
        r#"{{"running_processes":[],"unknown":["{}"]}}"#,
        [noise.as_str(); 14].join(r#"",""#)
    ));
    original["headers"] = Value::Null;
    // What a reader would repeat sixfold in its own words.
    let mut odd = event(&format!(r#"{{"running_processes":"{}"}}"#, "\u{7f}".repeat(30_000_000)));
    odd["headers"] = Value::Null;
    for (name, events, status) in [
        ("agent's", vec![agents.clone()], 200),
        ("original", vec![original.clone()], 200),
        ("both, twice", vec![agents.clone(), original.clone(), agents, original], 200),
        ("odd text", vec![odd], 413),
    ] {
        let Ran { codes, peak_kib, .. } = run(&events, &[]).await;
        assert!(codes.iter().all(|code| *code == status), "{name}: {codes:?}");
        eprintln!("{name}: peak {} MB", peak_kib / 1024);
        assert!((1..112 * 1024).contains(&peak_kib), "{name}: the peak is {peak_kib} KiB");
    }
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
    let Ran { codes, lines, .. } = run(&events, &script).await;
    assert_eq!(codes, [200, 200, 503, 400, 415, 404]);

    let (metrics, log): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.starts_with('{'));
    assert_eq!(log.len(), 4, "a line for what is not 200: {log:#?}");
    for (line, words) in log.iter().zip(["AccessDenied", "malformed", "unknown encoding", "no route"]) {
        assert!(line.contains(words) && line.contains("c6af9ac6-7b61-11e6-9a41-93e8deadbeef"), "{line}");
    }
    assert_eq!(metrics.len(), 1, "the first request's, and the next in a minute: {metrics:#?}");
    assert!(!lines.concat().contains("canary"), "{lines:#?}");
}
