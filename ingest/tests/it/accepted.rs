//! Every way in which a good batch may be packed.

use aws_lambda_events::http::Method;
use serde_json::json;

use crate::adding::Adding;
use crate::fixture::{Bucket, NOON_MS, batch, gzip, line, request, with, zstd};

#[tokio::test]
async fn each_packing_of_a_batch_is_the_same_batch() {
    let plain = batch(7, 3).into_bytes();
    let halves = plain.split_at(plain.len() / 2);
    let skippable = [b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), zstd(&plain)].concat();
    let bucket = Bucket::new();
    for (name, body) in [
        ("plain", plain.clone()),
        ("zstd", zstd(&plain)),
        ("zstd, level 19", zstd::encode_all(plain.as_slice(), 19).unwrap()),
        ("zstd, two frames", [zstd(halves.0), zstd(halves.1)].concat()),
        ("zstd behind a skippable frame", skippable),
        ("gzip", gzip(&plain)),
        ("gzip, two members", [gzip(halves.0), gzip(halves.1)].concat()),
    ] {
        let first = bucket.keys().await.is_empty();
        let answer = bucket.send(&request(&body)).await;
        assert_eq!(answer, (200, json!({"stored": 3, "duplicate": !first, "now_ms": NOON_MS})), "{name}");
    }
    assert_eq!(bucket.keys().await.len(), 1);

    // The gateway hands on what is text as text.
    let mut text = request(b"");
    text.is_base64_encoded = false;
    text.body = Some(batch(7, 3));
    assert_eq!(bucket.send(&text).await.1["duplicate"], true);
}

#[tokio::test]
async fn headers_lie_and_are_not_asked() {
    let bucket = Bucket::new();
    let lying = with(request(&zstd(batch(1, 1).as_bytes())), "content-type", Some("text/plain"));
    let lying = with(lying, "content-encoding", Some("gzip"));
    assert_eq!(bucket.send(&lying).await.0, 200);
}

#[tokio::test]
async fn the_last_newline_is_optional_and_a_document_may_take_many_lines() {
    let bucket = Bucket::new();
    for (seq, body) in [
        (1, line(1)),
        (2, line(2) + "\n"),
        (3, line(3) + "\r\n"),
        (4, format!("  {}  ", line(4))),
        (
            5,
            serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&line(5)).unwrap())
                .unwrap(),
        ),
    ] {
        let (status, told) = bucket.send(&request(body.as_bytes())).await;
        assert_eq!((status, &told["stored"]), (200, &json!(1)), "{seq}: {told}");
    }
    let keys = bucket.keys().await;
    assert_eq!(keys.len(), 5);
    for key in keys {
        assert_eq!(bucket.text(&key).await.lines().count(), 1, "{key}");
    }
}

#[tokio::test]
async fn headers_are_found_in_either_map_and_in_any_case() {
    let bucket = Bucket::new();
    let mut moved = request(batch(1, 1).as_bytes());
    moved.multi_value_headers = std::mem::take(&mut moved.headers);
    assert_eq!(bucket.send(&moved).await.0, 200);

    let mut event = serde_json::to_value(request(batch(2, 1).as_bytes())).unwrap();
    event["headers"] = json!({"X-Filed-Day": "2026-11-20", "X-SENT-AT-MS": " 1795175999750 "});
    let clock = lake::SetClock::new(NOON_MS);
    assert_eq!(ingest::answer_event(event, &clock, &Adding(&bucket)).await.status_code, 200);
}

#[tokio::test]
async fn both_spellings_of_a_path_and_the_largest_batch() {
    let bucket = Bucket::new();
    let mut at_a_domain = request(batch(1, snapshot::MAX_BATCH as i64).as_bytes());
    at_a_domain.path = Some("/Prod/put-metrics".into());
    assert_eq!(bucket.send(&at_a_domain).await.1["stored"], snapshot::MAX_BATCH);

    for path in ["/health", "/Prod/health"] {
        let mut health = request(b"");
        (health.http_method, health.path) = (Method::GET, Some(path.into()));
        let (status, body) = bucket.send(&health).await;
        assert_eq!((status, body["status"].as_str()), (200, Some("ok")));
    }
    assert_eq!(bucket.puts().len(), 1, "a look at the health touches no data");
}
