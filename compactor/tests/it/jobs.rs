//! What the Lambda is asked for, by the schedule and piece by piece.

use compactor::{Job, Settings, verify};
use lake::{Clock, SetClock};
use serde_json::{Value, json};

use crate::fleet::{CLOSED_MS, Fleet, batch, day, settings};
use crate::rows::identities;

async fn ask(fleet: &Fleet, event: Value, settings: &Settings<'_>) -> anyhow::Result<Value> {
    let clock = SetClock::new(CLOSED_MS);
    let mut lines = Vec::new();
    let answer = Job::of(&event)?
        .run(&fleet.buckets(), &clock, settings, "compactor", &mut |line| lines.push(line))
        .await;
    assert_eq!(lines.len(), usize::from(event.get("job").is_none()), "only a scheduled run is counted");
    for line in lines {
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["_aws"]["Timestamp"], clock.now_ms());
    }
    answer
}

async fn fleet() -> Fleet {
    let fleet = Fleet::new();
    fleet.put(day().back(1), &batch("web-1", 9, 0..2)).await;
    for host in ["web-1", "web-2", "web-3"] {
        fleet.put(day(), &batch(host, 1, 0..3)).await;
    }
    fleet
}

#[tokio::test]
async fn an_event_that_names_no_job_is_the_schedules() {
    let scheduled = json!({"committed": ["2026-11-19.0", "2026-11-20.0"], "left": 0});
    for event in
        [json!({}), json!({"version": "0", "detail-type": "Scheduled Event"}), json!(null), json!("x")]
    {
        let fleet = fleet().await;
        assert_eq!(ask(&fleet, event, &settings(500)).await.unwrap(), scheduled);
    }
    let fleet = fleet().await;
    let none = Settings { until_ms: CLOSED_MS, ..settings(500) };
    assert_eq!(ask(&fleet, json!({}), &none).await.unwrap(), json!({"committed": [], "left": 2}));
}

/// As a Distributed Map asks: everything twice, shards in any order.
#[tokio::test]
async fn piece_by_piece_comes_to_the_same_files() {
    let whole = fleet().await;
    ask(&whole, json!({}), &settings(2)).await.unwrap();

    let fleet = fleet().await;
    let planned = json!({
        "commits": [{"commit": "2026-11-19.0", "shards": [0]}, {"commit": "2026-11-20.0", "shards": [0, 1]}],
        "failed": 0,
    });
    for _ in 0..2 {
        assert_eq!(ask(&fleet, json!({"job": "plan"}), &settings(2)).await.unwrap(), planned);
    }
    let early = ask(&fleet, json!({"job": "commit", "commit": "2026-11-20.0"}), &settings(2)).await;
    assert_eq!(early.unwrap_err().to_string(), "shard 0 of 2026-11-20.0 has no report: it is not done");
    for (commit, shard, snapshots) in
        [("2026-11-20.0", 1, 3), ("2026-11-20.0", 0, 6), ("2026-11-19.0", 0, 2), ("2026-11-20.0", 1, 3)]
    {
        let event = json!({"job": "shard", "commit": commit, "shard": shard});
        assert_eq!(ask(&fleet, event, &settings(2)).await.unwrap(), json!({ "snapshots": snapshots }));
    }
    for _ in 0..2 {
        for commit in ["2026-11-20.0", "2026-11-19.0"] {
            let answer = ask(&fleet, json!({"job": "commit", "commit": commit}), &settings(2)).await.unwrap();
            assert!(answer["rows"].as_u64().is_some_and(|rows| rows > 0), "{answer}");
        }
    }
    assert!(fleet.files() == whole.files());
    assert_eq!(identities(&fleet).len(), 11);
    assert_eq!(verify(&fleet.buckets(), day()).await.unwrap().findings, []);
}

#[tokio::test]
async fn what_cannot_be_done_is_an_error_in_words() {
    let fleet = fleet().await;
    let refused = |event: Value| {
        let fleet = &fleet;
        async move { format!("{:#}", ask(fleet, event, &settings(2)).await.unwrap_err()) }
    };
    for event in [
        json!({"job": "shrad"}),
        json!({"job": 7}),
        json!({"job": "shard", "commit": "2026-11-20.0"}),
        json!({"job": "shard", "commit": "yesterday", "shard": 0}),
        json!({"job": "commit", "commit": "2026-11-20.0", "shard": 0}),
    ] {
        let said = Job::of(&event).unwrap_err().to_string();
        assert!(said.starts_with(&format!("event {event}, expected ")), "{said}");
    }
    let unplanned = refused(json!({"job": "commit", "commit": "2026-11-18.0"})).await;
    assert!(unplanned.starts_with("2026-11-18.0 is not planned"), "{unplanned}");
    ask(&fleet, json!({"job": "plan"}), &settings(2)).await.unwrap();
    let none = refused(json!({"job": "shard", "commit": "2026-11-20.0", "shard": 7})).await;
    assert_eq!(none, "2026-11-20.0 has 2 shards and no number 7");
}

/// The schedule's run fails loudly, and says for which day; its figures are counted all the same.
#[tokio::test]
async fn a_held_day_fails_the_run() {
    let fleet = fleet().await;
    fleet.put_bytes(&crate::overlaps::key_of(5..8), b"damaged").await;
    let held = Settings { held_above_percent: 0.1, ..settings(500) };
    let said = ask(&fleet, json!({}), &held).await.unwrap_err().to_string();
    assert!(said.starts_with("2026-11-20.0 is not committed: held: 7 of its "), "{said}");
}
