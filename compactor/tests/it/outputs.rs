//! Files that are not what was reported: commit refuses them, verify finds them, and both name them.

use std::path::PathBuf;

use lake::{CommitId, Key, QuarantinePart, Store, TableName};

use crate::fleet::{CLOSED_MS, Fleet, HOUR_MS, batch, day, settings};
use crate::rows::identities;

const COMMIT: u32 = 0;

fn commit() -> CommitId {
    CommitId { day: day(), number: COMMIT }
}

fn place(fleet: &Fleet, key: &Key) -> PathBuf {
    fleet.lake().path(&key.to_string())
}

fn table(table: TableName) -> Key {
    Key::Table(table, commit(), 0)
}

/// A day whose shard is done and which is not committed.
async fn uncommitted() -> Fleet {
    let fleet = Fleet::new();
    let mut lines = batch("web-1", 1, 0..3);
    for line in &mut lines {
        line["disks"] = serde_json::json!([{"mount_point": "/"}]);
    }
    fleet.put(day(), &lines).await;
    fleet.put_bytes(&crate::overlaps::key_of(5..8), b"damaged").await;
    let plan = compactor::plan(&fleet.buckets(), commit(), 500, CLOSED_MS).await.unwrap();
    compactor::shard(&fleet.buckets(), &plan, 0, &()).await.unwrap();
    fleet
}

/// Both a run from the start and the commit alone refuse, naming the key.
async fn refused(fleet: &Fleet, key: &Key) {
    let plan = compactor::plan(&fleet.buckets(), commit(), 500, CLOSED_MS).await.unwrap();
    let clock = lake::SetClock::new(CLOSED_MS);
    let error = format!("{:#}", compactor::commit(&fleet.buckets(), &plan, &clock, 100.0).await.unwrap_err());
    assert!(error.contains(&key.to_string()) && error.contains("run again"), "{error}");
    let outcome = fleet.compact(CLOSED_MS).await;
    assert_eq!(outcome.committed, []);
    assert!(outcome.failed[0].1.contains(&key.to_string()), "{}", outcome.failed[0].1);
    assert!(!fleet.files().keys().any(|key| key.starts_with("manifests/")));

    // What the message says to do helps.
    std::fs::remove_file(place(fleet, key)).unwrap();
    fleet.compact_well(CLOSED_MS + HOUR_MS).await;
    assert_eq!(identities(fleet).len(), 3);
    assert_eq!(compactor::verify(&fleet.buckets(), day()).await.unwrap().findings, []);
}

#[tokio::test]
async fn garbage_in_a_files_place_is_refused() {
    for garbage in [&b""[..], b"PAR1", b"no parquet at all, but long enough", b"xxxxxxxx\xff\xff\xff\x7fPAR1"]
    {
        let fleet = uncommitted().await;
        std::fs::write(place(&fleet, &table(TableName::Hosts)), garbage).unwrap();
        refused(&fleet, &table(TableName::Hosts)).await;
    }
}

/// Another table's file of the same shard: the same identities, and here as many rows.
#[tokio::test]
async fn another_tables_file_is_refused() {
    let fleet = uncommitted().await;
    let (hosts, disks) = (table(TableName::Hosts), table(TableName::Disks));
    std::fs::copy(place(&fleet, &disks), place(&fleet, &hosts)).unwrap();
    refused(&fleet, &hosts).await;
}

#[tokio::test]
async fn another_days_file_is_refused() {
    let fleet = uncommitted().await;
    let other = Fleet::new();
    other.put(day(), &batch("web-2", 1, 0..3)).await;
    other.compact_well(CLOSED_MS).await;
    let hosts = table(TableName::Hosts);
    std::fs::copy(place(&other, &hosts), place(&fleet, &hosts)).unwrap();
    refused(&fleet, &hosts).await;
}

#[tokio::test]
async fn another_quarantined_copy_is_refused() {
    for part in [QuarantinePart::Bytes, QuarantinePart::Reason] {
        let fleet = uncommitted().await;
        let copy = Key::Quarantine(commit(), 0, 0, part);
        // As long as the right one.
        let length = fleet.lake().size(&copy.to_string()).await.unwrap() as usize;
        std::fs::write(place(&fleet, &copy), vec![b'x'; length]).unwrap();
        let outcome = fleet.compact(CLOSED_MS).await;
        assert!(outcome.failed[0].1.contains(&copy.to_string()), "{}", outcome.failed[0].1);
        std::fs::remove_file(place(&fleet, &copy)).unwrap();
        fleet.compact_well(CLOSED_MS + HOUR_MS).await;
    }
}

#[tokio::test]
async fn verify_finds_what_is_missing_cut_or_exchanged() {
    let hosts = table(TableName::Hosts);
    let copy = Key::Quarantine(commit(), 0, 0, QuarantinePart::Bytes);
    type Damage = fn(&Fleet, &PathBuf);
    let cases: [(&Key, Damage, &str); 6] = [
        (
            &hosts,
            |_, path| std::fs::remove_file(path).unwrap(),
            "lake/hosts/dt=2026-11-20/2026-11-20.0-00000.parquet is not there",
        ),
        (
            &hosts,
            |_, path| cut(path),
            "lake/hosts/dt=2026-11-20/2026-11-20.0-00000.parquet cannot be read as Parquet",
        ),
        (
            &hosts,
            |fleet, path| exchange(&place(fleet, &table(TableName::Disks)), path),
            "that belong to lake/disks/dt=2026-11-20/2026-11-20.0-00000.parquet",
        ),
        (&copy, |_, path| cut(path), "quarantined copies of shard 0 are missing"),
        (
            &Key::Record(commit()),
            |_, path| std::fs::remove_file(path).unwrap(),
            "commits/dt=2026-11-20/0/record.json is not there",
        ),
        (
            &Key::ShardKeys(commit(), 0),
            |_, path| std::fs::remove_file(path).unwrap(),
            "shard 0 has no list of keys",
        ),
    ];
    for (key, damage, said) in cases {
        let fleet = uncommitted().await;
        fleet.compact_well(CLOSED_MS).await;
        let sound = compactor::verify(&fleet.buckets(), day()).await.unwrap();
        assert_eq!((sound.findings, sound.files, sound.waiting), (vec![], 6, 0));
        damage(&fleet, &place(&fleet, key));
        let verified = compactor::verify(&fleet.buckets(), day()).await.unwrap();
        let found =
            verified.findings.iter().any(|finding| finding.what.contains(said) && finding.commit == commit());
        assert!(found, "{:?} do not say '{said}'", verified.findings);
    }
}

fn exchange(with: &PathBuf, path: &PathBuf) {
    std::fs::copy(with, path).unwrap();
}

fn cut(path: &PathBuf) {
    let bytes = std::fs::read(path).unwrap();
    std::fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
}

/// What lies there and is in no commit is no fault of the commits.
#[tokio::test]
async fn verify_counts_what_waits() {
    let fleet = uncommitted().await;
    fleet.compact_well(CLOSED_MS).await;
    fleet.put(day(), &batch("web-7", 1, 0..3)).await;
    let verified = compactor::verify(&fleet.buckets(), day()).await.unwrap();
    assert_eq!((verified.findings, verified.waiting), (vec![], 1));
    let clock = lake::SetClock::new(CLOSED_MS);
    compactor::compact_day(&fleet.buckets(), day(), &clock, &settings(1)).await.unwrap();
    assert_eq!(compactor::verify(&fleet.buckets(), day()).await.unwrap().waiting, 0);
}

/// A bit that flips anywhere in a file: in a page, in a page index, in the footer. Commit refuses and says what to do.
#[tokio::test]
async fn a_flipped_bit_anywhere_is_refused() {
    let fleet = uncommitted().await;
    let plan = compactor::plan(&fleet.buckets(), commit(), 500, CLOSED_MS).await.unwrap();
    let key = table(TableName::Processes);
    let path = place(&fleet, &key);
    let sound = std::fs::read(&path).unwrap();
    for at in (0..sound.len()).step_by(23).chain(sound.len() - 60..sound.len()) {
        let mut damaged = sound.clone();
        damaged[at] ^= 1 << (at % 8);
        std::fs::write(&path, &damaged).unwrap();
        let clock = lake::SetClock::new(CLOSED_MS);
        let error =
            format!("{:#}", compactor::commit(&fleet.buckets(), &plan, &clock, 100.0).await.unwrap_err());
        assert!(error.contains(&key.to_string()) && error.contains("run again"), "byte {at}: {error}");
    }
    std::fs::write(&path, &sound).unwrap();
    fleet.compact_well(CLOSED_MS).await;
}
