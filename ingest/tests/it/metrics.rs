//! What is counted, and that CloudWatch takes the line: the rules are those of its embedded metric format.

use ingest::metrics::{EVERY_MS, MAX_REQUESTS};
use ingest::{Metrics, answer_measured};
use lake::SetClock;
use serde_json::{Value, json};

use crate::adding::Adding;
use crate::fixture::{Bucket, NOON_MS, batch};

/// A proxy event with this body, as text.
fn event(body: &str, path: &str) -> Value {
    let (filed, sent) = ("2026-11-20", (NOON_MS - 250).to_string());
    json!({
        "httpMethod": if path == "/health" { "GET" } else { "POST" }, "path": path, "body": body, "isBase64Encoded": false,
        "headers": {"x-filed-day": filed, "x-sent-at-ms": sent}, "requestContext": {"httpMethod": "POST", "requestId": "r", "identity": {}},
    })
}

async fn count(bucket: &Bucket, metrics: &mut Metrics, event: Value, now_ms: i64) -> Option<String> {
    let (_, measured) = answer_measured(event, &SetClock::new(NOON_MS), &Adding(bucket)).await;
    metrics.count(measured, now_ms)
}

/// Every rule of the format that a line can break.
fn checked(line: &str) -> Value {
    assert!(line.len() < 256 * 1024 && !line.contains('\n'));
    let line: Value = serde_json::from_str(line).unwrap();
    assert!(line["_aws"]["Timestamp"].is_i64());
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
    assert_eq!(directives.len(), 1);
    assert_eq!(directives[0]["Namespace"], "EndpointMetrics");
    for dimension in
        directives[0]["Dimensions"].as_array().unwrap().iter().flat_map(|set| set.as_array().unwrap())
    {
        assert!(line[dimension.as_str().unwrap()].is_string(), "a dimension's value is text of the line's");
    }
    let metrics = directives[0]["Metrics"].as_array().unwrap();
    assert!((1..=100).contains(&metrics.len()));
    for metric in metrics {
        let unit = metric["Unit"].as_str().unwrap();
        assert!(["Count", "Bytes", "Milliseconds"].contains(&unit), "{unit}");
        match &line[metric["Name"].as_str().unwrap()] {
            Value::Number(_) => {}
            Value::Array(values) => {
                assert!((1..=100).contains(&values.len()) && values.iter().all(Value::is_number), "{metric}");
            }
            other => panic!("{metric}: {other}"),
        }
    }
    // Members that are no metric would be paid for and seen by nobody.
    assert_eq!(line.as_object().unwrap().len(), 2 + metrics.len());
    line
}

#[tokio::test]
async fn a_minute_is_one_line() {
    let (bucket, mut metrics) = (Bucket::new(), Metrics::of("endpoint-metrics-ingest"));
    let first = count(&bucket, &mut metrics, event(&batch(1, 5), "/put-metrics"), NOON_MS).await;
    let first = checked(&first.expect("an instance's first request is seen at once"));
    assert_eq!(
        (&first["Batches"], &first["Snapshots"], &first["Duplicates"]),
        (&json!(1), &json!(5), &json!(0))
    );

    let body = batch(6, 2);
    for (body, path) in [
        (body.as_str(), "/put-metrics"),
        (&body, "/put-metrics"),
        ("{}", "/put-metrics"),
        ("nonsense", "/put-metrics"),
        ("", "/elsewhere"),
        ("", "/health"),
    ] {
        assert_eq!(count(&bucket, &mut metrics, event(body, path), NOON_MS + EVERY_MS - 1).await, None);
    }
    let due = count(&bucket, &mut metrics, event(&batch(8, 1), "/put-metrics"), NOON_MS + EVERY_MS).await;
    let line = checked(&due.unwrap());
    let keys = bucket.keys().await;
    let mut stored = 0;
    for key in &keys[1..] {
        stored += bucket.object(key).await.len();
    }
    let expected = json!({
        "_aws": {"Timestamp": NOON_MS + EVERY_MS, "CloudWatchMetrics": line["_aws"]["CloudWatchMetrics"]},
        "FunctionName": "endpoint-metrics-ingest", "Batches": 3, "Duplicates": 1, "Snapshots": 5,
        "BytesIn": 2 * body.len() + batch(8, 1).len(), "BytesStored": stored,
        "ClockOffset": [250, 250, 250], "StoreLatency": [0, 0, 0], "RejectedMalformed": 2, "RejectedNoRoute": 1,
    });
    assert_eq!(line, expected);
}

#[tokio::test]
async fn a_busy_minute_is_more_than_one() {
    let (bucket, mut metrics) = (Bucket::new(), Metrics::of("f"));
    let mut batches = 0;
    for request in 0..=2 * MAX_REQUESTS as i64 {
        let line = count(&bucket, &mut metrics, event(&batch(request, 1), "/put-metrics"), NOON_MS).await;
        assert_eq!(line.is_some(), request % MAX_REQUESTS as i64 == 0, "{request}");
        batches += line.map_or(0, |line| checked(&line)["Batches"].as_i64().unwrap());
    }
    assert_eq!(batches, 2 * MAX_REQUESTS as i64 + 1);
}

#[tokio::test]
async fn nothing_but_refusals_is_a_line_too() {
    let (bucket, mut metrics) = (Bucket::new(), Metrics::of("f"));
    let line = checked(&count(&bucket, &mut metrics, Value::Null, NOON_MS).await.unwrap());
    assert_eq!(line["RejectedMalformed"], 1);
    // A clock that was set back does not silence it.
    assert!(count(&bucket, &mut metrics, Value::Null, NOON_MS - EVERY_MS).await.is_some());
}
