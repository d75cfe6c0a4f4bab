//! How one number comes to be sent twice, as it happens on hosts, and how it does not.

use lake::{Key, Put, Store, TableName};
use serde_json::{Value, json};

use crate::fleet::{CLOSED_MS, DAY_MS, Fleet, HOUR_MS, batch, day, process, raw_object};
use crate::overlaps::quarantined;
use crate::rows::{columns, identities, scan};

/// As another machine numbers and sees them.
fn elsewhere(mut lines: Vec<Value>) -> Vec<Value> {
    for line in &mut lines {
        line["host_name"] = "clone.example".into();
        line["running_processes"] = json!([process(7, DAY_MS - HOUR_MS, "/usr/bin/other", 1)]);
    }
    lines
}

fn text(lines: &[Value]) -> Vec<Vec<u8>> {
    lines.iter().map(|line| line.to_string().into_bytes()).collect()
}

/// Two machines from one image, outside EC2, with one machine id and one spool: what was sealed in the image is the same
/// object, from then on each goes its own way with the same numbers.
#[tokio::test]
async fn a_cloned_image_loses_no_line() {
    let fleet = Fleet::new();
    let image = batch("machine", 1, 0..3);
    fleet.put(day(), &image).await;
    let (key, bytes) = raw_object(day(), &[], &image);
    let again = fleet.raw().put_if_absent(&Key::Raw(key).to_string(), bytes.into()).await.unwrap();
    assert_eq!(again, Put::Existed);
    let (mine, theirs) = (batch("machine", 1, 3..6), elsewhere(batch("machine", 1, 3..6)));
    let (mine_key, theirs_key) = (fleet.put(day(), &mine).await, fleet.put(day(), &theirs).await);
    let manifest = fleet.compact_well(CLOSED_MS).await.committed.remove(0);
    assert_eq!((manifest.snapshots, manifest.dropped, manifest.quarantined), (6, 0, 3));
    assert_eq!(identities(&fleet).len(), 6);
    // Whose object is listed first is taken, the other's lines are kept byte for byte.
    let lost = if mine_key < theirs_key { &theirs } else { &mine };
    let kept: Vec<_> = quarantined(&fleet, 0).into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(kept, text(lost));

    // Late, after the day's commit, it is no different; new numbers are taken.
    fleet.put(day(), &elsewhere(batch("machine", 1, 5..8))).await;
    let manifest = fleet.compact_day(CLOSED_MS + HOUR_MS).await.unwrap().unwrap();
    assert_eq!((manifest.snapshots, manifest.quarantined), (2, 1));
    assert_eq!(identities(&fleet).len(), 8);
}

/// A disk goes back to a state of before: its journal is sealed anew, into batches cut elsewhere, and its numbers go on
/// from there with other contents.
#[tokio::test]
async fn a_restored_disk_loses_no_line() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..4)).await;
    fleet.put(day(), &batch("web-1", 1, 4..9)).await;
    let mut again = batch("web-1", 1, 2..8);
    again[4]["forks"] = 1.into();
    again[5]["forks"] = 1.into();
    fleet.put(day(), &again).await;
    let manifest = fleet.compact_well(CLOSED_MS).await.committed.remove(0);
    assert_eq!((manifest.snapshots, manifest.dropped + manifest.quarantined), (9, 6));
    assert_eq!((manifest.dropped, manifest.quarantined), (4, 2));
    assert_eq!(identities(&fleet).len(), 9);
    let runs = columns(&scan(&fleet, TableName::ProcessRuns), &["pid", "samples", "cpu_ms"]);
    assert_eq!(runs, ["1|9|8", "900|9|80"]);
}

/// The parent was stored and its answer lost; the agent cut it in two and sent the halves.
#[tokio::test]
async fn a_split_batch_counts_once() {
    for halves_are_late in [false, true] {
        let fleet = Fleet::new();
        fleet.put(day(), &batch("web-1", 1, 0..8)).await;
        if halves_are_late {
            fleet.compact_well(CLOSED_MS).await;
        }
        for half in [0..4, 4..8] {
            fleet.put(day(), &batch("web-1", 1, half)).await;
        }
        let manifest = match halves_are_late {
            false => fleet.compact_well(CLOSED_MS).await.committed.remove(0),
            true => fleet.compact_day(CLOSED_MS + HOUR_MS).await.unwrap().unwrap(),
        };
        let expected = if halves_are_late { (0, 0, 8) } else { (8, 8, 0) };
        assert_eq!((manifest.snapshots, manifest.dropped, manifest.quarantined), expected);
        assert_eq!(identities(&fleet).len(), 8);
        for table in TableName::ALL {
            let files = crate::rows::files(&fleet, table);
            assert!(files.len() <= 1, "no empty file of {table}");
        }
    }
}

/// The same object, sent again when its day is committed: while it lies there, and after it has expired.
#[tokio::test]
async fn a_batch_sent_again_after_its_days_commit_is_not_taken_again() {
    for expired in [false, true] {
        let fleet = Fleet::new();
        let lines = batch("web-1", 1, 0..3);
        let key = fleet.put(day(), &lines).await;
        fleet.compact_well(CLOSED_MS).await;
        let key = Key::Raw(key).to_string();
        if expired {
            fleet.raw().delete(&key).await.unwrap();
        }
        let (_, bytes) = raw_object(day(), &[], &lines);
        let put = fleet.raw().put_if_absent(&key, bytes.into()).await.unwrap();
        assert_eq!(put, if expired { Put::Stored } else { Put::Existed });
        // A 412 leaves a marker as well.
        fleet.mark_late(CLOSED_MS, day()).await;
        let next = fleet.compact_well(CLOSED_MS + 2 * HOUR_MS).await.committed;
        assert_eq!((next.len(), next[0].objects, next[0].rows), (1, 0, 0));
        assert_eq!(fleet.compact_day(CLOSED_MS + 3 * HOUR_MS).await.unwrap(), None);
        assert_eq!(identities(&fleet).len(), 3);
    }
}

/// A new stream in the midst of a boot, from number 0 again and at the same minutes: nothing of it is a repeat.
#[tokio::test]
async fn after_a_wiped_spool_all_rows_arrive() {
    let fleet = Fleet::new();
    let mut wiped = batch("web-1", 0x77, 0..5);
    wiped[0]["follows"] = json!({"stream": "0000000000000099", "seq": 4});
    fleet.put(day(), &batch("web-1", 0x99, 0..5)).await;
    fleet.put(day(), &wiped).await;
    let manifest = fleet.compact_well(CLOSED_MS).await.committed.remove(0);
    assert_eq!((manifest.snapshots, manifest.dropped, manifest.quarantined), (10, 0, 0));
    assert_eq!(identities(&fleet).len(), 10);
    assert_eq!(scan(&fleet, TableName::Processes).len(), 20);
}

/// The original program's documents have no numbers of their own: ingest gives each request a stream. Equal ones, of one
/// host and one instant, are two samples; nothing tells that one is the other's repeat.
#[tokio::test]
async fn the_original_programs_documents_are_never_repeats() {
    let fleet = Fleet::new();
    let lines = |request: u64| {
        let mut lines = batch("203.0.113.9", request, 0..1);
        lines[0]["boot_id"] = "original".into();
        lines[0]
            .as_object_mut()
            .unwrap()
            .retain(|name, _| name != "interval_ms" && name != "agent_started_at_ms");
        lines
    };
    for request in [0xffff, 0x1, 0x8888] {
        fleet.put(day(), &lines(request)).await;
    }
    let manifest = fleet.compact_well(CLOSED_MS).await.committed.remove(0);
    assert_eq!((manifest.snapshots, manifest.dropped, manifest.quarantined), (3, 0, 0));
    // And so it is in a later commit.
    fleet.put(day(), &lines(0x4444)).await;
    let manifest = fleet.compact_day(CLOSED_MS + HOUR_MS).await.unwrap().unwrap();
    assert_eq!((manifest.snapshots, manifest.dropped, manifest.quarantined), (1, 0, 0));
    assert_eq!(identities(&fleet).len(), 4);
    assert_eq!(scan(&fleet, TableName::Processes).len(), 8);
}
