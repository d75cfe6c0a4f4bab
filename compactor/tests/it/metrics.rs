//! The line that counts a run and the fleet.

use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use compactor::{Figures, Outcome, Settings, compact, figures};
use lake::{Key, RawKey, SetClock};
use serde_json::{Value, json};

use crate::fleet::{CLOSED_MS, DAY_MS, Fleet, HOUR_MS, batch, day, settings};

/// Puts a batch that arrived at this moment.
async fn put_at(fleet: &Fleet, day: lake::Day, lines: &[Value], at_ms: i64) -> RawKey {
    let key = fleet.put(day, lines).await;
    let place = fleet.raw().path(&Key::Raw(key.clone()).to_string());
    let moment = UNIX_EPOCH + Duration::from_millis(at_ms.unsigned_abs());
    File::options().write(true).open(place).unwrap().set_modified(moment).unwrap();
    key
}

async fn counted(fleet: &Fleet, now_ms: i64, settings: &Settings<'_>) -> Figures {
    let clock = SetClock::new(now_ms);
    let outcome = compact(&fleet.buckets(), &clock, settings).await.unwrap();
    clock.set(now_ms + 1_500);
    figures(&fleet.buckets(), &clock, settings, &outcome, now_ms).await.unwrap()
}

/// At 03:30 of the next day: who reported yesterday, who between 02:00 and 03:00.
#[tokio::test]
async fn the_fleet_is_counted_and_who_fell_silent_is_named() {
    let fleet = Fleet::new();
    let now_ms = DAY_MS + 27 * HOUR_MS + HOUR_MS / 2;
    let next = day().next();
    for host in ["goes-on", "stops", "dies", "late"] {
        let mut lines = batch(host, 1, 0..3);
        if host == "stops" {
            lines[2]["agent_stopping"] = json!(true);
        }
        put_at(&fleet, day(), &lines, DAY_MS + HOUR_MS).await;
    }
    put_at(&fleet, next, &batch("goes-on", 1, 3..5), DAY_MS + 26 * HOUR_MS).await;
    put_at(&fleet, next, &batch("new", 1, 0..5), DAY_MS + 27 * HOUR_MS - 1).await;
    // Before and after that hour.
    put_at(&fleet, next, &batch("late", 1, 3..5), DAY_MS + 26 * HOUR_MS - 1).await;
    put_at(&fleet, next, &batch("dies", 2, 0..1), DAY_MS + 27 * HOUR_MS).await;

    let figures = counted(&fleet, now_ms, &settings(500)).await;
    assert_eq!((figures.hosts_in_day, figures.hosts_in_hour, figures.stopped), (4, Some(2), 1));
    assert_eq!(figures.silent.iter().collect::<Vec<_>>(), ["dies", "late"]);
    assert_eq!((figures.days_behind, figures.milliseconds), (0, 1_500));
    assert!(figures.peak_memory_bytes.is_some_and(|bytes| bytes > 1_000_000), "{figures:?}");

    let line: Value = serde_json::from_str(&figures.line("compactor", now_ms)).unwrap();
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(
        (&directive["Namespace"], &directive["Dimensions"]),
        (&json!("EndpointMetrics"), &json!([["FunctionName"]]))
    );
    for metric in directive["Metrics"].as_array().unwrap() {
        assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{metric}");
    }
    let expected = json!({"HostsInDay": 4, "HostsInHour": 2, "HostsSilent": 2, "HostsStopped": 1, "Commits": 1,
        "LateCommits": 0, "CommitsFailed": 0, "CommitsHeld": 0, "Snapshots": 12, "Quarantined": 0, "Overlaps": 0,
        "DaysClosed": 0, "DaysNotProven": 0, "Strays": 0, "ForeignRules": 0,
        "Duration": 1500, "FunctionName": "compactor", "SilentHosts": ["dies", "late"]});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(line[name], *value, "{name}");
    }
}

#[tokio::test]
async fn a_run_is_counted() {
    let fleet = Fleet::new();
    fleet.put(day().back(1), &batch("web-1", 9, 0..3)).await;
    fleet.put(day(), &batch("web-1", 1, 0..5)).await;
    fleet.put(day(), &batch("web-1", 1, 3..6)).await;
    let mut differs = batch("web-1", 1, 5..6);
    differs[0]["forks"] = json!(7);
    fleet.put(day(), &differs).await;
    fleet.put_bytes(&crate::overlaps::key_of(8..9), b"damaged").await;
    let figures = counted(&fleet, CLOSED_MS, &settings(500)).await;
    // Dropped: 3 and 4. Quarantined: the one that differs, which is an overlap, and what cannot be read.
    assert_eq!(figures.overlaps, 3);
    let line: Value = serde_json::from_str(&figures.line("compactor", CLOSED_MS)).unwrap();
    assert_eq!(
        (&line["Quarantined"], &line["Commits"], &line["Snapshots"]),
        (&json!(2), &json!(2), &json!(9))
    );

    fleet.put_bytes(&crate::overlaps::key_of(9..10), b"damaged").await;
    fleet.mark_late(CLOSED_MS, day()).await;
    let held = Settings { held_above_percent: 1.0, ..settings(500) };
    let line = counted(&fleet, CLOSED_MS + 2 * HOUR_MS, &held).await.line("compactor", CLOSED_MS);
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["CommitsHeld"], &line["CommitsFailed"]), (&json!(1), &json!(1)));
    let late = counted(&fleet, CLOSED_MS + 2 * HOUR_MS, &settings(500)).await;
    let line: Value = serde_json::from_str(&late.line("compactor", CLOSED_MS)).unwrap();
    assert_eq!((&line["LateCommits"], &line["CommitsHeld"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn days_behind_are_counted() {
    let fleet = Fleet::new();
    let none = Settings { until_ms: 0, first_day: Some(day().back(2)), ..settings(500) };
    let figures = counted(&fleet, CLOSED_MS, &none).await;
    assert_eq!((figures.days_behind, figures.hosts_in_day, figures.hosts_in_hour), (3, 0, Some(0)));
    assert_eq!(figures.outcome, Outcome { left: 3, ..Outcome::default() });
    assert!(figures.silent.is_empty());
}
