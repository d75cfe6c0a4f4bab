//! The log: a line for what is not 200 and none for what is, with the request's id and with nothing of what was sent.
//!
//! Whether a line is written is decided once a process, by the thread that comes first: beside other tests a thread
//! without a log of its own could decide that there is none. So these tests run one after the other in a process of
//! theirs.

use std::fmt::Debug;
use std::process::Command;
use std::sync::{Arc, Mutex};

use lake::SetClock;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::cases::refusals;
use crate::fixture::{Bucket, HOUR_MS, NOON_MS, batch, line, request, with, zstd};
use crate::peer::Next::Answer;
use crate::peer::Peer;

/// Takes what a Lambda's log takes, as `name=value` pairs.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

struct Pairs(String);

impl Visit for Pairs {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!(" {field}={value:?}");
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO
    }

    fn event(&self, event: &Event<'_>) {
        let mut pairs = Pairs(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut pairs);
        self.0.lock().unwrap().push(pairs.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// One line, by ingest, with the id, the code and no word of the sender's.
fn one_line(name: &str, status: i64, lines: &[String]) {
    let [line] = lines else { panic!("{name}: {} lines, expected one: {lines:#?}", lines.len()) };
    assert!(line.starts_with("WARN ingest"), "{name}: {line}");
    assert!(line.contains(&format!(" status={status}")), "{name}: {line}");
    let id = r#" request_id="c6af9ac6-7b61-11e6-9a41-93e8deadbeef""#;
    assert!(line.contains(id) || name == "no headers and no request id", "{name}: {line}");
    assert!(!line.to_ascii_lowercase().contains("canary"), "{name}: {line}");
    assert!(line.len() < 500, "{name}: {line}");
}

#[test]
fn the_log_holds_refusals_and_nothing_of_what_was_sent() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    let output = child.args(["--ignored", "--test-threads=1", "log::"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("3 passed"), "{said}");
}

#[tokio::test]
#[ignore = "part of the test above, which runs it in a process of its own"]
async fn a_refusal_is_one_line_without_what_was_sent() {
    let log = Log::default();
    let _here = tracing::subscriber::set_default(log.clone());
    let mut fields = Vec::new();
    for case in refusals() {
        let (status, told, _) = case.answer().await;
        let lines = log.take();
        one_line(case.name, status, &lines);
        // What the client is told to send, the log has as well.
        let error = told["error"].as_str().unwrap();
        let expects = error.contains(", expected ") && case.name != "no proxy request";
        assert!(!expects || lines[0].contains("expected "), "{}: {}", case.name, lines[0]);
        let told = told["field"].as_str().filter(|field| !field.to_ascii_lowercase().contains("canary"));
        if let Some(field) = told.filter(|field| lines[0].contains(&format!(" field={field:?}"))) {
            fields.push(field.to_owned());
        }
    }
    // What is the contract's is there, or the log would be of little use.
    for field in ["/running_processes/1/pid", "/seq", "/users/0/started", "/boot_id", "/sockets/0/local_port"]
    {
        assert!(fields.iter().any(|found| found == field), "{field} is in no line");
    }
}

#[tokio::test]
#[ignore = "part of the test above, which runs it in a process of its own"]
async fn what_s3_says_is_logged_without_the_key() {
    let log = Log::default();
    let sent = line(1).replace("i-0123456789abcdef0", "canary-host");
    for (status, code) in [(503, "SlowDown"), (403, "AccessDenied"), (404, "NoSuchBucket")] {
        let peer = Peer::start(&[], Answer(status, code)).await;
        let store = peer.store().await;
        let _here = tracing::subscriber::set_default(log.clone());
        let answer = ingest::put_metrics(&request(sent.as_bytes()), &SetClock::new(NOON_MS), &store).await;
        assert_eq!(answer.status_code, 503);
        let lines = log.take();
        one_line(code, 503, &lines);
        assert!(lines[0].contains(&format!("{status} {code}")), "{lines:?}");
    }
}

#[tokio::test]
#[ignore = "part of the test above, which runs it in a process of its own"]
async fn what_is_answered_200_is_not_logged() {
    let log = Log::default();
    let _here = tracing::subscriber::set_default(log.clone());
    let bucket = Bucket::new();
    let sent = request(&zstd(batch(1, 5).as_bytes()));
    let original = request(br#"{"running_processes": []}"#);
    let original = with(with(original, snapshot::FILED_DAY, None), snapshot::SENT_AT_MS, None);
    for (now_ms, duplicate) in [(NOON_MS, false), (NOON_MS, true), (NOON_MS + 24 * HOUR_MS, true)] {
        assert_eq!(bucket.send_at(&sent, now_ms).await.1["duplicate"], duplicate);
    }
    assert_eq!(bucket.send(&original).await.0, 200);
    assert_eq!(log.take(), [""; 0]);
}
