//! What the README shows is what happens.

use lake::SetClock;

use crate::adding::Adding;
use crate::fixture::{Bucket, NOON_MS, line, request, with};

const README: &str = include_str!("../../README.md");

#[tokio::test]
async fn the_example_is_real() {
    let bucket = Bucket::new();
    let sent = concat!(
        r#"{"version":1,"host_id":"i-0123456789abcdef0","stream":"00c0ffee00c0ffee","seq":7,"boot_id":"3a6f","#,
        r#""observed_at_ms":1795175940007,"running_processes":[{"pid":1,"name":"systemd"}]}"#
    );
    let answer = bucket.send(&request(sent.as_bytes())).await.1.to_string();
    let key = bucket.keys().await.remove(0);
    let refused =
        bucket.send(&request(sent.replace(r#""pid":1"#, r#""pid":-1"#).as_bytes())).await.1.to_string();
    for shown in [sent, &key, bucket.text(&key).await.trim(), &answer, &refused] {
        assert!(README.lines().any(|line| line == shown), "not in the README:\n{shown}");
    }
    let far = with(request(line(1).as_bytes()), snapshot::FILED_DAY, Some("2026-11-01"));
    let response = ingest::put_metrics(&far, &SetClock::new(NOON_MS), &Adding(&bucket)).await;
    assert_eq!(response.status_code, 409);
    let told = bucket.send(&far).await.1;
    assert!(README.contains(told["error"].as_str().unwrap()), "not in the README: {told}");
}

/// The limits' table has every constant with its value.
#[test]
fn the_limits_are_those_of_the_code() {
    for line in include_str!("../../src/limits.rs").lines() {
        let Some(constant) = line.strip_prefix("pub const ") else { continue };
        let name = constant.split(':').next().unwrap();
        assert!(README.contains(&format!("`{name}`")), "{name} is not in the README");
    }
}
