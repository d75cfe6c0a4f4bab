//! Clocks that nobody can trust: a host's, which says when a sample was taken, and a Lambda's.

use lake::TableName;
use serde_json::json;

use crate::fleet::{CLOSED_MS, DAY_MS, Fleet, HOUR_MS, batch, day, process};
use crate::rows::{columns, identities, scan};

/// From the first moment of the contract to the last, forth and back: the rows are those that were filed under the day,
/// each once, and no sum overflows.
#[tokio::test]
async fn a_hosts_clock_may_say_anything() {
    let (first, last) = (315_532_800_000_i64, 4_102_444_800_000_i64);
    let moments = [last, first, DAY_MS, DAY_MS, last, first, DAY_MS - 1];
    let fleet = Fleet::new();
    let mut lines = batch("web-1", 1, 0..7);
    for (line, moment) in lines.iter_mut().zip(moments) {
        line["observed_at_ms"] = moment.into();
        line["received_at_ms"] = (DAY_MS + HOUR_MS).into();
        line["clock_offset_ms"] = (DAY_MS + HOUR_MS - moment).into();
        line["interval_ms"] = i64::MAX.into();
        line["agent_started_at_ms"] = moment.into();
        line["running_processes"] = json!([
            process(1, first, "/sbin/init", if moment == last { i64::MAX } else { 0 }),
            process(2, last, "/usr/bin/future", i64::MAX),
        ]);
        line["sockets"] = json!([{"protocol": "tcp", "direction": "out", "local_address": "10.0.0.1",
            "local_port": 1, "remote_address": "10.0.0.2", "remote_port": 2, "pid": 1,
            "sent_bytes": if moment == last { i64::MAX } else { 0 }, "received_bytes": i64::MAX}]);
    }
    fleet.put(day(), &lines).await;
    let manifest = fleet.compact_well(CLOSED_MS).await.committed.remove(0);
    assert_eq!((manifest.snapshots, manifest.quarantined), (7, 0));
    assert_eq!(identities(&fleet).len(), 7);
    let mut found = columns(&scan(&fleet, TableName::Hosts), &["seq"]);
    // Sorted by what the clock said; the day is the one under which they were filed.
    assert_eq!(found, ["1", "5", "6", "2", "3", "0", "4"]);
    found = columns(&scan(&fleet, TableName::ProcessRuns), &["pid", "samples", "first_seen", "last_seen"]);
    let bounds = "1980-01-01T00:00:00Z|2100-01-01T00:00:00Z";
    assert_eq!(found, [format!("1|7|{bounds}"), format!("2|7|{bounds}")]);
    assert_eq!(compactor::verify(&fleet.buckets(), day()).await.unwrap().findings, []);
}

/// What a line says beyond that is no moment: the line is kept, the rest committed.
#[tokio::test]
async fn a_moment_outside_the_contract_is_quarantined() {
    let fleet = Fleet::new();
    let mut lines = batch("web-1", 1, 0..3);
    lines[1]["observed_at_ms"] = i64::MAX.into();
    fleet.put(day(), &lines).await;
    let manifest = fleet.compact_well(CLOSED_MS).await.committed.remove(0);
    assert_eq!((manifest.snapshots, manifest.quarantined), (2, 1));
}

/// A Lambda whose clock is ahead plans a day that is not over for others, one that is behind comes next: no day is
/// committed by the latter before its time, and nothing is lost of the former's.
#[tokio::test]
async fn a_lambdas_clock_may_be_behind_another_ones() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    fleet.compact_well(CLOSED_MS).await;
    fleet.put(day(), &batch("web-1", 1, 3..5)).await;
    fleet.mark_late(CLOSED_MS, day()).await;
    assert_eq!(fleet.compact_well(CLOSED_MS - HOUR_MS).await.committed, []);
    assert_eq!(fleet.compact_well(CLOSED_MS).await.committed, []);
    assert_eq!(fleet.compact_well(CLOSED_MS + 2 * HOUR_MS).await.committed[0].snapshots, 2);
    assert_eq!(fleet.compact_well(CLOSED_MS + HOUR_MS).await.committed, []);
    assert_eq!(identities(&fleet).len(), 5);
}
