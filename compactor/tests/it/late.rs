//! What arrives after a day's first commit.

use lake::TableName;

use crate::fleet::{CLOSED_MS, Fleet, HOUR_MS, MINUTE_MS, batch, day};
use crate::rows::{columns, identities, scan};

#[tokio::test]
async fn a_marker_brings_the_next_commit_once_its_hour_is_over() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    fleet.compact_well(CLOSED_MS).await;
    let first = fleet.files();

    fleet.put(day(), &batch("web-1", 1, 3..5)).await;
    fleet.mark_late(CLOSED_MS + 10 * MINUTE_MS, day()).await;
    let settled_ms = CLOSED_MS + HOUR_MS + 5 * MINUTE_MS;
    assert_eq!(fleet.compact_well(settled_ms - 1).await.committed, []);
    let second = fleet.compact_well(settled_ms).await.committed;
    assert_eq!(second.iter().map(|it| it.commit_id.to_string()).collect::<Vec<_>>(), ["2026-11-20.1"]);
    assert_eq!((second[0].snapshots, second[0].objects), (2, 1));
    assert_eq!(fleet.compact_well(settled_ms + HOUR_MS).await.committed, []);

    // Nothing of the first commit was touched, and a plain scan has every row once.
    let files = fleet.files();
    assert!(first.iter().all(|(key, bytes)| files[key] == *bytes));
    let rows = columns(&scan(&fleet, TableName::Hosts), &["commit_id", "seq"]);
    let expected = ["0|0", "0|1", "0|2", "1|3", "1|4"].map(|row| format!("2026-11-20.{row}"));
    assert_eq!(rows, expected);
}

/// The marker was put, and what it announces was in the first commit already: an empty commit settles it.
#[tokio::test]
async fn a_marker_without_anything_new_is_settled_by_an_empty_commit() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    fleet.mark_late(CLOSED_MS, day()).await;
    assert_eq!(fleet.compact_well(CLOSED_MS).await.committed[0].snapshots, 3);
    let next = fleet.compact_well(CLOSED_MS + 2 * HOUR_MS).await.committed;
    assert_eq!((next.len(), next[0].snapshots, next[0].rows), (1, 0, 0));
    assert_eq!(fleet.compact_well(CLOSED_MS + 3 * HOUR_MS).await.committed, []);
    assert_eq!(identities(&fleet).len(), 3);
}

/// A Lambda whose clock is behind: the later commit is still stamped later.
#[tokio::test]
async fn commits_of_a_day_are_stamped_in_their_order() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    let first = fleet.compact_well(CLOSED_MS + HOUR_MS).await.committed[0].committed_at_ms;
    fleet.put(day(), &batch("web-1", 1, 3..5)).await;
    let second = fleet.compact_day(CLOSED_MS).await.unwrap().unwrap();
    assert_eq!(second.committed_at_ms, first + 1);
}

/// Filed under one day and refused there with its answer lost, then filed again: what the first day has is not taken.
#[tokio::test]
async fn a_batch_filed_again_is_not_taken_twice() {
    for committed_before in [true, false] {
        let fleet = Fleet::new();
        let lines = batch("web-1", 1, 0..3);
        fleet.put(day().back(14), &lines).await;
        if committed_before {
            fleet.compact_well(CLOSED_MS - 10 * 24 * HOUR_MS).await;
        }
        fleet.put_refiled(day(), &[day().back(14)], &lines).await;
        // This one never reached its first day.
        fleet.put_refiled(day(), &[day().back(14)], &batch("web-1", 1, 3..6)).await;
        let outcome = fleet.compact_well(CLOSED_MS).await;
        let last = outcome.committed.last().unwrap();
        assert_eq!((last.snapshots, last.quarantined), (3, 3));
        assert_eq!(identities(&fleet).len(), 6);
        let files = fleet.files();
        let reason = String::from_utf8_lossy(&files["quarantine/dt=2026-11-20/0/00000-000000.json"]);
        assert!(
            reason.contains("0000000000000001 0 lies in 2026-11-06, under which it was filed before"),
            "{reason}"
        );
    }
}

/// The day under which it lies is no earlier one, whatever its key says.
#[tokio::test]
async fn a_batch_does_not_stand_in_its_own_way() {
    let fleet = Fleet::new();
    fleet.put_refiled(day(), &[day().back(14), day()], &batch("web-1", 1, 0..3)).await;
    let manifest = fleet.compact_well(CLOSED_MS).await.committed.remove(0);
    assert_eq!((manifest.snapshots, manifest.quarantined), (3, 0));
}
