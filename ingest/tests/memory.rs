//! The most memory that a request can cost: a Lambda of 128 MB must do. A binary of its own, since what is measured
//! is a whole process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "clippy.toml lets tests do so, but not the functions they share")]

use std::io::Write;

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use aws_lambda_events::http::{HeaderValue, Method};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ingest::limits::{MAX_BATCH_BYTES, MAX_LINE_BYTES, MAX_TEXT_BYTES, MAX_WINDOW_LOG};
use lake::{DirectoryStore, SetClock};

const NOON_MS: i64 = 1_795_176_000_000;
const FILLERS: [&str; 3] =
    [r#"{"pid":1,"name":"a"}"#, r#"{"protocol":""}"#, r#"{"kind":"","name":"","change":""}"#];

/// The process's peak so far, in KiB, as the kernel counts it: zstd's own memory is in it.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn request(body: &[u8]) -> ApiGatewayProxyRequest {
    let mut request = ApiGatewayProxyRequest::default();
    (request.http_method, request.path) = (Method::POST, Some("/put-metrics".into()));
    (request.body, request.is_base64_encoded) = (Some(STANDARD.encode(body)), true);
    request.headers.insert(snapshot::FILED_DAY, HeaderValue::from_static("2026-11-20"));
    request.headers.insert(snapshot::SENT_AT_MS, NOON_MS.into());
    request
}

/// Compresses pieces as they come, so that the test holds no batch itself.
fn packed(write: impl FnOnce(&mut dyn Write)) -> ApiGatewayProxyRequest {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(MAX_WINDOW_LOG).unwrap();
    encoder.long_distance_matching(true).unwrap();
    write(&mut encoder);
    request(&encoder.finish().unwrap())
}

fn head(out: &mut dyn Write, seq: i64) {
    let head = r#"{"version":1,"host_id":"i-0a","stream":"00000000000000aa","boot_id":"b""#;
    write!(out, r#"{head},"observed_at_ms":{NOON_MS},"seq":{seq}"#).unwrap();
}

/// As many bytes as a batch may have, of text that hardly compresses.
fn largest(out: &mut dyn Write) {
    let mut rng = fastrand::Rng::with_seed(1);
    for seq in 0..15 {
        head(out, seq);
        out.write_all(br#","unknown":[0"#).unwrap();
        for _ in 0..MAX_BATCH_BYTES / 15 / 512 - 1 {
            let random: String = (0..64).map(|_| rng.alphanumeric()).collect();
            write!(out, ",\"{random}{}\"", " ".repeat(445)).unwrap();
        }
        out.write_all(b"]}\n").unwrap();
    }
}

/// The most values for the least bytes: each list as long as it may be, in each line.
fn most_values(out: &mut dyn Write) {
    for seq in 0..6 {
        head(out, seq);
        for (name, filler) in ["running_processes", "sockets", "inventory"].into_iter().zip(FILLERS) {
            write!(out, r#","{name}":[{filler}"#).unwrap();
            (1..65_536).for_each(|_| write!(out, ",{filler}").unwrap());
            out.write_all(b"]").unwrap();
        }
        out.write_all(b"}\n").unwrap();
    }
}

/// As many of the longest texts as a line can have.
fn longest_texts(out: &mut dyn Write) {
    out.write_all(b"[0").unwrap();
    for _ in 0..MAX_LINE_BYTES / (MAX_TEXT_BYTES + 3) - 1 {
        write!(out, ",\"{}\"", "x".repeat(MAX_TEXT_BYTES)).unwrap();
    }
    out.write_all(b"]").unwrap();
}

fn one_line(out: &mut dyn Write) {
    head(out, 0);
    out.write_all(br#","unknown":"#).unwrap();
    longest_texts(out);
    out.write_all(b"}").unwrap();
}

/// The original program's document, as long as one can be.
fn original(out: &mut dyn Write) {
    out.write_all(br#"{"running_processes":[],"unknown":"#).unwrap();
    longest_texts(out);
    out.write_all(b"}").unwrap();
}

/// Text that repeats itself farther back than the stored object's compression looks: as small as the others when it is
/// sent, and large twice, as text and as object.
fn far(out: &mut dyn Write) {
    let mut rng = fastrand::Rng::with_seed(2);
    let random: Vec<String> = (0..2_100_000 / MAX_TEXT_BYTES)
        .map(|_| (0..MAX_TEXT_BYTES).map(|_| rng.alphanumeric()).collect())
        .collect();
    for seq in 0..15 {
        head(out, seq);
        write!(out, r#","unknown":["{}"]}}"#, random.join(r#"",""#)).unwrap();
        out.write_all(b"\n").unwrap();
    }
}

/// What is written in six characters where a reader repeats it: this many of them, wherever a text may stand.
fn odd(out: &mut dyn Write, bytes: usize) {
    (0..bytes / 1000).for_each(|_| out.write_all(&[0x7f; 1000]).unwrap());
}

/// For a number.
fn a_text_for_a_number(out: &mut dyn Write, bytes: usize) {
    out.write_all(br#"{"version":""#).unwrap();
    odd(out, bytes);
    out.write_all(b"\"}").unwrap();
}

fn long_for_a_number(out: &mut dyn Write) {
    a_text_for_a_number(out, MAX_LINE_BYTES - 1000);
}

fn longest_for_a_number(out: &mut dyn Write) {
    a_text_for_a_number(out, MAX_TEXT_BYTES);
}

/// The original program's document, of 966 bytes as it is sent.
fn long_for_a_list(out: &mut dyn Write) {
    out.write_all(br#"{"running_processes":""#).unwrap();
    odd(out, MAX_LINE_BYTES - 1000);
    out.write_all(b"\"}").unwrap();
}

/// For a name, one in the other as deep as can be, and each of what a pointer writes in two characters.
fn long_names(out: &mut dyn Write, bytes: usize) {
    head(out, 0);
    out.write_all(br#","a":"#).unwrap();
    for _ in 0..14 {
        out.write_all(b"{\"").unwrap();
        (0..bytes).for_each(|_| out.write_all(b"~").unwrap());
        out.write_all(b"\":").unwrap();
    }
    out.write_all(&b"?}"[..]).unwrap();
}

fn names_too_long(out: &mut dyn Write) {
    long_names(out, MAX_LINE_BYTES / 15);
}

fn longest_names(out: &mut dyn Write) {
    long_names(out, MAX_TEXT_BYTES);
}

fn bomb(out: &mut dyn Write) {
    (0..400).for_each(|_| out.write_all(&[b' '; 1 << 20]).unwrap());
}

#[tokio::test(flavor = "current_thread")]
async fn no_request_costs_more_than_a_small_lambda_has() {
    let folder = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(folder.path().join("raw")).unwrap();
    for (name, make, status) in [
        ("bomb", bomb as fn(&mut dyn Write), 413),
        ("a text for a number", long_for_a_number, 413),
        ("the longest text for a number", longest_for_a_number, 400),
        ("names too long", names_too_long, 413),
        ("the longest names", longest_names, 400),
        ("original: a text for a list", long_for_a_list, 413),
        ("one line", one_line, 200),
        ("most values", most_values, 200),
        ("largest", largest, 200),
        ("far", far, 200),
        ("original", original, 200),
    ] {
        let mut request = packed(make);
        if name.starts_with("original") {
            request.headers.clear();
            request.request_context.identity.source_ip = Some("203.0.113.7".to_owned());
            request.request_context.request_id = Some("a-request".to_owned());
        }
        let answer = ingest::put_metrics(&request, &SetClock::new(NOON_MS), &store).await;
        assert_eq!(answer.status_code, status, "{name}: {:?}", answer.body);
        let peak = peak_kib();
        eprintln!("{name}: body {} KiB, peak {peak} KiB", request.body.map_or(0, |body| body.len() / 1024));
        assert!(peak < 96 * 1024, "after '{name}' the peak is {peak} KiB");
    }
}
