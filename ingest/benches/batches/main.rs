//! How many batches a second one core takes, and where the time goes:
//!
//! ```console
//! cargo bench -p ingest --profile dist --bench batches
//! ```
//!
//! Batches of five and of fifteen snapshots of a host with 150 processes go through `answer_event`, from the event's
//! JSON as Lambda hands it over to the answer, into a store that forgets them: what S3 takes is S3's. The peer of the
//! same run is the least that a handler of JSON can do with the same event: undo base64 and zstd, parse each line as
//! `serde_json::Value`, compress the lines again. It checks nothing, adds nothing and knows no duplicate.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark, for the desk")]

mod allocations;
mod host;
mod nowhere;

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lake::{Body, Digest, DirectoryStore, Put, SetClock, Store};
use serde_json::{Value, json};

/// How long each figure is measured, after a tenth of it to warm up.
const MEASURED: Duration = Duration::from_secs(3);

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let measured =
        if std::env::args().any(|argument| argument == "--bench") { MEASURED } else { Duration::ZERO };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for snapshots in [5, 15] {
        let lines = host::lines(snapshots);
        let sealed = zstd::bulk::compress(lines.as_bytes(), 3).unwrap();
        let event = event(&sealed);
        let (megabytes, clock) = (lines.len() as f64 / 1e6, SetClock::new(host::NOON_MS));
        println!(
            "{snapshots} snapshots of {} processes: {megabytes:.2} MB of JSON, {:.1} kB as sent",
            host::PROCESSES,
            sealed.len() as f64 / 1e3
        );

        let mut allocated = (0, 0);
        let ours = time(measured, || {
            // What the runtime does for each event is part of the work.
            let event: Value = serde_json::from_slice(&event).unwrap();
            let before = allocations::so_far();
            let answer = runtime.block_on(ingest::answer_event(event, &clock, &nowhere::Nowhere));
            allocated = allocations::since(before);
            assert_eq!(answer.status_code, 200, "{:?}", answer.body);
        });
        let peer = time(measured, || least(&event));
        row("ingest", &ours, megabytes);
        println!("  {} allocations, {:.1} MB a batch", allocated.0, allocated.1 as f64 / 1e6);
        row("serde_json::Value and zstd", &peer, megabytes);
        println!("  ingest is {:.2} times as fast", peer.mean_s() / ours.mean_s());

        let text = STANDARD.encode(&sealed);
        let parts = [
            ("undo base64", time(measured / 6, || drop(STANDARD.decode(&text).unwrap()))),
            ("decompress", time(measured / 6, || drop(zstd::decode_all(sealed.as_slice()).unwrap()))),
            (
                "digest",
                time(measured / 6, || {
                    std::hint::black_box(Digest::of(lines.as_bytes()));
                }),
            ),
            ("splice", time(measured / 6, || drop(splice(&lines)))),
            ("compress", time(measured / 6, || drop(zstd::encode_all(lines.as_bytes(), 3).unwrap()))),
        ];
        let mut rest = ours.mean_s();
        for (name, part) in &parts {
            rest -= part.mean_s();
            println!("  {name:<28} {:>6.1} %", part.mean_s() / ours.mean_s() * 100.0);
        }
        println!("  {:<28} {:>6.1} %", "parse, check, event", rest / ours.mean_s() * 100.0);
        let stored =
            store_in_a_folder(&runtime, &zstd::encode_all(lines.as_bytes(), 3).unwrap(), measured / 6);
        println!(
            "  store, here a folder: p50 {:.2} ms, p99 {:.2} ms",
            stored.percentile_ms(50),
            stored.percentile_ms(99)
        );
    }
}

/// What the server adds to each line.
fn splice(lines: &str) -> Vec<u8> {
    let added = format!(
        r#"{{"received_at_ms":{},"source_ip":"203.0.113.7","principal":"k3y1d","clock_offset_ms":250,"#,
        host::NOON_MS
    );
    let mut spliced = Vec::with_capacity(lines.len() * 2);
    for line in lines.lines() {
        spliced.extend_from_slice(added.as_bytes());
        spliced.extend_from_slice(&line.as_bytes()[1..]);
        spliced.push(b'\n');
    }
    spliced
}

/// Each object under a key of its own, down to the disk. What S3 takes is S3's: a put of its own metric, `StoreLatency`.
fn store_in_a_folder(runtime: &tokio::runtime::Runtime, object: &[u8], measured: Duration) -> Times {
    let folder = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(folder.path()).unwrap();
    let mut number = 0;
    time(measured, || {
        number += 1;
        let key = format!("raw/{number}");
        let put = store.put_if_absent(&key, Body::from(object.to_vec()));
        assert_eq!(runtime.block_on(put).unwrap(), Put::Stored);
    })
}

/// A proxy event, as the gateway writes one for a binary body.
fn event(sealed: &[u8]) -> Vec<u8> {
    let headers = json!({
        "Content-Type": "application/zstd", "Host": "a1b2c3.execute-api.eu-central-1.amazonaws.com",
        "x-api-key": "0123456789abcdef0123456789abcdef01234567", "x-filed-day": host::DAY,
        "x-sent-at-ms": host::NOON_MS.to_string(),
    });
    let many: serde_json::Map<String, Value> =
        headers.as_object().unwrap().iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    let event = json!({
        "resource": "/put-metrics", "path": "/put-metrics", "httpMethod": "POST", "headers": headers,
        "multiValueHeaders": many, "queryStringParameters": null, "pathParameters": null, "stageVariables": null,
        "requestContext": {
            "resourcePath": "/put-metrics", "httpMethod": "POST", "path": "/Prod/put-metrics", "stage": "Prod",
            "accountId": "123456789012", "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": { "sourceIp": "203.0.113.7", "apiKeyId": "k3y1d", "apiKey": "0123456789abcdef" },
        },
        "body": STANDARD.encode(sealed), "isBase64Encoded": true,
    });
    serde_json::to_vec(&event).unwrap()
}

/// The peer: see above.
fn least(event: &[u8]) {
    let event: Value = serde_json::from_slice(event).unwrap();
    let sealed = STANDARD.decode(event["body"].as_str().unwrap()).unwrap();
    let lines = zstd::decode_all(sealed.as_slice()).unwrap();
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line: Value = serde_json::from_slice(line).unwrap();
        assert!(line["host_id"].is_string());
    }
    assert!(!zstd::encode_all(lines.as_slice(), 3).unwrap().is_empty());
}

struct Times {
    each: Vec<Duration>,
    /// What the core worked, without what it gave to others meanwhile: a rate a core on a machine that is shared.
    core: Duration,
}

impl Times {
    fn mean_s(&self) -> f64 {
        self.core.as_secs_f64() / self.each.len() as f64
    }

    fn percentile_ms(&self, percent: usize) -> f64 {
        let mut sorted = self.each.clone();
        sorted.sort_unstable();
        sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)].as_secs_f64() * 1e3
    }
}

fn time(measured: Duration, mut work: impl FnMut()) -> Times {
    let warm = Instant::now();
    while warm.elapsed() < measured / 10 {
        work();
    }
    let (began, worked, mut each) = (Instant::now(), worked(), Vec::new());
    loop {
        let start = Instant::now();
        work();
        each.push(start.elapsed());
        if began.elapsed() >= measured {
            return Times { each, core: self::worked() - worked };
        }
    }
}

/// How long this thread has been on a core, as Linux counts it.
fn worked() -> Duration {
    let counts = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(counts.split(' ').next().unwrap().parse().unwrap())
}

fn row(name: &str, times: &Times, megabytes: f64) {
    let a_second = 1.0 / times.mean_s();
    println!(
        "  {name:<28} {a_second:>6.0} batches/s a core, {:>4.0} MB/s of JSON, p50 {:.2} ms, p99 {:.2} ms",
        a_second * megabytes,
        times.percentile_ms(50),
        times.percentile_ms(99)
    );
}
