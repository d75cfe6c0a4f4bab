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

/// Half past midnight decides whether a marker is left, five past the hour whether it is settled. Whatever the minute, what
/// arrived is taken, once, by the first commit that may know of it.
#[tokio::test]
async fn around_half_past_and_one_o_clock_everything_is_taken_once() {
    const HALF_PAST_MS: i64 = CLOSED_MS - 30 * MINUTE_MS;
    let cases = [
        // arrived, marker, first commit planned, second due
        (HALF_PAST_MS - 1, false, CLOSED_MS, None),
        (HALF_PAST_MS, true, CLOSED_MS, Some(CLOSED_MS + 5 * MINUTE_MS)),
        (CLOSED_MS - 1, true, CLOSED_MS, Some(CLOSED_MS + 5 * MINUTE_MS)),
        (CLOSED_MS - 1, true, CLOSED_MS + 5 * MINUTE_MS - 1, Some(CLOSED_MS + 5 * MINUTE_MS)),
        (CLOSED_MS - 1, true, CLOSED_MS + 5 * MINUTE_MS, None),
        (CLOSED_MS, true, CLOSED_MS, Some(CLOSED_MS + 65 * MINUTE_MS)),
        (CLOSED_MS + 1, true, CLOSED_MS, Some(CLOSED_MS + 65 * MINUTE_MS)),
        (CLOSED_MS + HOUR_MS - 1, true, CLOSED_MS + HOUR_MS - 2, Some(CLOSED_MS + 65 * MINUTE_MS)),
    ];
    for (arrived, marked, planned, due) in cases {
        let fleet = Fleet::new();
        fleet.put(day(), &batch("web-1", 1, 0..3)).await;
        let in_first = arrived < planned;
        if !in_first {
            fleet.compact_well(planned).await;
        }
        fleet.put(day(), &batch("web-1", 1, 3..5)).await;
        if marked {
            fleet.mark_late(arrived, day()).await;
        }
        if in_first {
            let first = fleet.compact_well(planned).await.committed;
            assert_eq!(first[0].snapshots, 5, "arrived at {arrived}");
        }
        let case = format!("arrived at {arrived}, planned at {planned}");
        if let Some(due) = due {
            assert_eq!(fleet.compact_well(due - 1).await.committed, [], "{case}");
            let second = fleet.compact_well(due).await.committed;
            let taken = if in_first { 0 } else { 2 };
            assert_eq!((second.len(), second[0].snapshots), (1, taken), "{case}");
        }
        assert_eq!(fleet.compact_well(CLOSED_MS + 9 * HOUR_MS).await.committed, [], "{case}");
        assert_eq!(identities(&fleet).len(), 5, "{case}");
    }
}

/// A late batch that fills a gap which the first commit had counted across: samples are exact, and a counter's increments
/// overlap by what it rose within the gap, which README says.
#[tokio::test]
async fn a_filled_gap_overlaps_in_sums_and_in_nothing_else() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    fleet.put(day(), &batch("web-1", 1, 6..9)).await;
    fleet.compact_well(CLOSED_MS).await;
    fleet.put(day(), &batch("web-1", 1, 3..6)).await;
    fleet.compact_day(CLOSED_MS + HOUR_MS).await.unwrap();
    let runs = scan(&fleet, TableName::ProcessRuns);
    let nginx: Vec<_> = runs.into_iter().filter(|row| row["pid"] == "900").collect();
    // It rises by 10 a sample: 80 from the first to the last, and 20 within the gap once more.
    assert_eq!(columns(&nginx, &["samples", "cpu_ms"]), ["6|80", "3|20"]);
    assert_eq!(identities(&fleet).len(), 9);
}
