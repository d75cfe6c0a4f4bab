//! All that is asked of S3, as the bucket sees it: the requests on the wire, for every kind of request to ingest.

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use aws_lambda_events::http::Method;
use lake::{Key, SetClock};

use crate::fixture::{HOUR_MS, NOON_MS, batch, read, request, with, zstd};
use crate::peer::Next::{Answer, HangUp};
use crate::peer::Peer;

/// A request without headers of ours, as the original program sends it.
fn original() -> ApiGatewayProxyRequest {
    let sent = request(br#"{"running_processes": [{"pid": 1, "name": "systemd"}]}"#);
    with(with(sent, snapshot::FILED_DAY, None), snapshot::SENT_AT_MS, None)
}

fn health() -> ApiGatewayProxyRequest {
    let mut health = request(b"");
    (health.http_method, health.path) = (Method::GET, Some("/Prod/health".into()));
    health
}

#[tokio::test]
async fn nothing_is_asked_of_s3_but_to_put_if_absent_below_raw_and_late() {
    let sealed = zstd(batch(1, 5).as_bytes());
    let far = || with(request(&sealed), snapshot::FILED_DAY, Some("2026-11-01"));
    let mut nowhere = request(&sealed);
    nowhere.path = Some("/Prod/list".into());
    let next_day_ms = NOON_MS + 24 * HOUR_MS;
    let (exists, down) = (Answer(412, "PreconditionFailed"), Answer(503, "SlowDown"));
    let ok = Answer(200, "");
    for (name, sent, now_ms, script, status, keys) in [
        ("accepted", request(&sealed), NOON_MS, &[][..], 200, &["raw/"][..]),
        ("duplicate", request(&sealed), NOON_MS, &[exists], 200, &["raw/"]),
        ("late", request(&sealed), next_day_ms, &[], 200, &["raw/", "late/"]),
        ("late duplicate", request(&sealed), next_day_ms, &[exists, exists], 200, &["raw/", "late/"]),
        ("original", original(), NOON_MS, &[], 200, &["raw/"]),
        (
            "conflict",
            request(&sealed),
            NOON_MS,
            &[Answer(409, "ConditionalRequestConflict")],
            200,
            &["raw/"; 2],
        ),
        ("lost answer", request(&sealed), NOON_MS, &[HangUp, exists], 200, &["raw/"; 2]),
        ("slow", request(&sealed), NOON_MS, &[down, down], 200, &["raw/"; 3]),
        ("too slow", request(&sealed), next_day_ms, &[down; 3], 503, &["raw/"; 3]),
        (
            "marker too slow",
            request(&sealed),
            next_day_ms,
            &[ok, down, down, down],
            503,
            &["raw/", "late/", "late/", "late/"],
        ),
        ("denied", request(&sealed), NOON_MS, &[Answer(403, "AccessDenied")], 503, &["raw/"]),
        ("no bucket", request(&sealed), NOON_MS, &[Answer(404, "NoSuchBucket")], 503, &["raw/"]),
        ("file anew", far(), NOON_MS, &[], 409, &[]),
        ("malformed", request(b"{}"), NOON_MS, &[], 400, &[]),
        ("unknown encoding", request(b"BZh91AY"), NOON_MS, &[], 415, &[]),
        ("no route", nowhere, NOON_MS, &[], 404, &[]),
        ("health", health(), NOON_MS, &[], 200, &[]),
    ] {
        let peer = Peer::start(script, ok).await;
        let store = peer.store().await;
        // A 503's `retry-after` is checked with every answer that is read.
        let (got, told) = read(ingest::put_metrics(&sent, &SetClock::new(now_ms), &store).await, now_ms);
        assert_eq!(got, status, "{name}: {told}");
        let requests = peer.requests();
        assert_eq!(requests.len(), keys.len(), "{name}: {requests:?}");
        for (request, below) in requests.iter().zip(keys) {
            let key =
                request.line.strip_prefix("PUT /bucket/").unwrap_or_else(|| panic!("{name}: {request:?}"));
            assert!(key.starts_with(below), "{name}: {key}, expected it below {below}");
            let key: Key = key.replace("%3D", "=").parse().unwrap();
            assert!(matches!(key, Key::Raw(_) | Key::Late(..)), "{name}: {key}");
            assert_eq!(request.if_none_match.as_deref(), Some("*"), "{name}: {key}");
        }
        if let Some(duplicate) = told.get("duplicate") {
            assert_eq!(*duplicate, name.contains("duplicate") || name == "lost answer", "{name}");
        }
    }
}
