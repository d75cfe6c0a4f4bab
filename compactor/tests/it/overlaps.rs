//! The same number twice: a cloned image, a restored disk, a split batch.

use compactor::Quarantined;
use lake::TableName;

use crate::fleet::{CLOSED_MS, Fleet, HOUR_MS, batch, day};
use crate::rows::{columns, identities, scan};

/// What was quarantined by a commit's first shard, with its bytes.
pub(crate) fn quarantined(fleet: &Fleet, commit: u32) -> Vec<(Quarantined, Vec<u8>)> {
    let files = fleet.files();
    let beginning = format!("quarantine/dt=2026-11-20/{commit}/");
    let reasons = files.iter().filter(|(key, _)| key.starts_with(&beginning) && key.ends_with(".json"));
    reasons
        .map(|(key, reason)| {
            (serde_json::from_slice(reason).unwrap(), files[&key.replace(".json", ".bin")].clone())
        })
        .collect()
}

#[tokio::test]
async fn an_equal_repeat_is_dropped_and_counted() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..5)).await;
    // What ingest knows of the arrival is not the snapshot's own.
    let mut again = batch("web-1", 1, 3..8);
    for line in &mut again {
        line["received_at_ms"] = (CLOSED_MS - 1).into();
        line["source_ip"] = "203.0.113.77".into();
        line["principal"] = "another".into();
        line["clock_offset_ms"] = 99.into();
    }
    fleet.put(day(), &again).await;
    let manifest = fleet.compact_well(CLOSED_MS).await.committed.remove(0);
    assert_eq!((manifest.snapshots, manifest.dropped, manifest.quarantined), (8, 2, 0));
    let seqs = columns(&scan(&fleet, TableName::Hosts), &["seq", "source_ip"]);
    assert_eq!(seqs[3..6], ["3|203.0.113.9", "4|203.0.113.9", "5|203.0.113.77"]);
    assert_eq!(identities(&fleet).len(), 8);
}

#[tokio::test]
async fn a_differing_repeat_is_quarantined_byte_for_byte() {
    let fleet = Fleet::new();
    let first = fleet.put(day(), &batch("web-1", 1, 0..5)).await;
    let mut other = batch("web-1", 1, 3..7);
    other[1]["forks"] = 7.into();
    let second = fleet.put(day(), &other).await;
    let manifest = fleet.compact_well(CLOSED_MS).await.committed.remove(0);
    assert_eq!((manifest.snapshots, manifest.dropped, manifest.quarantined), (7, 1, 1));
    let found = quarantined(&fleet, 0);
    let (entry, bytes) = &found[0];
    assert_eq!((found.len(), bytes), (1, &other[1].to_string().into_bytes()));
    assert_eq!((entry.key.clone(), entry.line), (lake::Key::Raw(second).to_string(), Some(2)));
    let first = lake::Key::Raw(first);
    assert_eq!(entry.reason, format!("0000000000000001 4 differs from the one in {first}, line 5"));
    assert_eq!((entry.bytes, manifest.quarantined_bytes), (bytes.len() as u64, bytes.len() as u64));
}

#[tokio::test]
async fn a_number_of_an_earlier_commit_is_quarantined_even_when_equal() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..5)).await;
    fleet.compact_well(CLOSED_MS).await;
    fleet.put(day(), &batch("web-1", 1, 3..7)).await;
    let manifest = fleet.compact_day(CLOSED_MS + HOUR_MS).await.unwrap().unwrap();
    assert_eq!((manifest.snapshots, manifest.dropped, manifest.quarantined), (2, 0, 2));
    let reasons: Vec<_> = quarantined(&fleet, 1).into_iter().map(|(entry, _)| entry.reason).collect();
    let expected = |seq| format!("0000000000000001 {seq} is in an earlier commit of the day");
    assert_eq!(reasons, [expected(3), expected(4)]);
    assert_eq!(identities(&fleet).len(), 7);
    assert_eq!(fleet.compact_day(CLOSED_MS + 2 * HOUR_MS).await.unwrap(), None);
}

/// An earlier commit could not read a number: no row of it is there, so a sound copy is taken.
#[tokio::test]
async fn what_an_earlier_commit_could_not_read_is_taken_from_a_sound_copy() {
    let fleet = Fleet::new();
    let mut lines = batch("web-1", 1, 0..5);
    lines[2]["version"] = 2.into();
    fleet.put(day(), &lines).await;
    fleet.put_bytes(&key_of(5..8), b"damaged").await;
    assert_eq!(fleet.compact_well(CLOSED_MS).await.committed[0].quarantined, 2);
    assert_eq!(identities(&fleet).len(), 4);

    fleet.put(day(), &batch("web-1", 1, 0..8)).await;
    let manifest = fleet.compact_day(CLOSED_MS + HOUR_MS).await.unwrap().unwrap();
    assert_eq!((manifest.snapshots, manifest.quarantined), (4, 4));
    let seqs = columns(&scan(&fleet, TableName::Hosts), &["seq"]);
    assert_eq!(seqs, ["0", "1", "3", "4", "2", "5", "6", "7"]);
}

/// A key that promises these numbers of `web-1`.
pub(crate) fn key_of(numbers: std::ops::Range<i64>) -> lake::RawKey {
    lake::RawKey {
        day: day(),
        host: "web-1".parse().unwrap(),
        stream: snapshot::Stream(1),
        first_seq: numbers.start,
        count: (numbers.end - numbers.start) as usize,
        digest: lake::Digest(numbers.start as u128),
        earlier: Vec::new(),
    }
}
