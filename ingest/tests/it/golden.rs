//! Golden files for what senders build on: each refusal's whole answer, and what lies in the store for each packing of
//! a batch. `UPDATE_GOLDEN=1` writes them; the difference is then to be read like code.

use std::collections::BTreeMap;
use std::fmt::Write;

use aws_lambda_events::apigw::ApiGatewayProxyRequest;

use crate::cases::refusals;
use crate::fixture::{Bucket, batch, gzip, line, request, with, zstd};

/// Compares with the file, and writes it when it is told to.
fn golden(name: &str, found: &str) {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected, "{name}");
    }
    assert_eq!(found, expected, "{name}");
}

#[tokio::test]
async fn each_refusal_is_told_so() {
    let mut answers = String::new();
    for case in refusals() {
        let (status, told, headers) = case.answer().await;
        write!(answers, "{}: {status}", case.name).unwrap();
        for (name, value) in &headers {
            write!(answers, ", {name}: {}", value.to_str().unwrap()).unwrap();
        }
        write!(answers, "\n    {told}\n").unwrap();
    }
    golden("answers.txt", &answers);
}

/// The packings that are taken. The same batch is the same object in whatever packing.
fn packings() -> Vec<(&'static str, ApiGatewayProxyRequest)> {
    let (one, batch) = (line(1), batch(7, 3));
    let plain = batch.as_bytes();
    let as_text = |text: &str| {
        let mut request = request(b"");
        (request.is_base64_encoded, request.body) = (false, Some(text.to_owned()));
        request
    };
    let unpacked = with(as_text(&batch), "content-encoding", Some("gzip"));
    let members: Vec<u8> = plain.chunks(500).flat_map(gzip).collect();
    let frames: Vec<u8> = plain.chunks(500).flat_map(zstd).collect();
    let skippable = [b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), zstd(plain)].concat();
    let pretty = one.replacen('{', "{\n  ", 1).replace(",\"", ",\n  \"");
    let sent = r#"{"processor": "x86_64", "running_processes": [{"pid": 1, "name": "caf\u00e9"}], "os_name": "Linux"}"#;
    let original = with(with(as_text(sent), snapshot::FILED_DAY, None), snapshot::SENT_AT_MS, None);
    vec![
        ("text", as_text(&batch)),
        ("text without the last newline", as_text(batch.trim_end())),
        ("text that the gateway unpacked, with the header of gzip", unpacked),
        ("base64 of text", request(plain)),
        ("base64 of zstd", request(&zstd(plain))),
        ("base64 of zstd in many frames", request(&frames)),
        ("base64 of zstd behind a skippable frame", request(&skippable)),
        ("base64 of gzip", request(&gzip(plain))),
        ("base64 of gzip in many members", request(&members)),
        ("one snapshot", as_text(&one)),
        ("one snapshot over many lines", as_text(&pretty)),
        ("the original program's document", original),
    ]
}

#[tokio::test]
async fn each_packing_is_stored_so() {
    let mut stored = String::new();
    let mut before = BTreeMap::new();
    for (name, request) in packings() {
        let bucket = Bucket::new();
        let (status, told) = bucket.send(&request).await;
        writeln!(stored, "{name}: {status} {told}").unwrap();
        for key in bucket.keys().await {
            let object = format!("{key}\n{}", bucket.text(&key).await);
            match before.get(&object) {
                Some(other) => writeln!(stored, "the same object as of {other}\n").unwrap(),
                None => writeln!(stored, "{object}").unwrap(),
            }
            before.entry(object).or_insert(name);
        }
    }
    golden("stored.txt", &stored);
}
