//! Two program versions, of which one reads more or knows more tables: what was reported is what counts.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use lake::{CommitId, Digest, Key, RawKey, SetClock, Store, StoreError, TableName};
use serde_json::{Value, json};

use crate::faulty::{Fault, Refusing, faulty};
use crate::fleet::{CLOSED_MS, HOUR_MS, batch, day, raw_object, settings};
use crate::world::World;

const COMMIT: u32 = 0;

fn report_key() -> String {
    Key::Report(CommitId { day: day(), number: COMMIT }, 0).to_string()
}

/// The raw objects: one with a line that the old version cannot read, one that it cannot read at all, and a sound one.
struct Objects {
    line: (RawKey, Vec<u8>),
    whole: (RawKey, Vec<u8>),
    /// As the old version sees them.
    bad_line: Vec<u8>,
    lines: Vec<Value>,
}

fn objects() -> Objects {
    let lines = batch("web-1", 1, 0..5);
    let mut bad = lines.clone();
    bad[2]["version"] = 2.into();
    let line = raw_object(day(), &[], &lines);
    let whole = raw_object(day(), &[], &batch("web-2", 1, 0..2));
    Objects { line, whole, bad_line: raw_object(day(), &[], &bad).1, lines }
}

fn place(raw: &RawKey) -> String {
    Key::Raw(raw.clone()).to_string()
}

/// A day that the old version has reported, and died before anything else was there.
async fn reported(objects: &Objects) -> World {
    let world = World::default();
    world.put(day(), &batch("web-3", 1, 0..2)).await;
    world.put_bytes(&objects.line.0, &objects.bad_line).await;
    world.put_bytes(&objects.whole.0, b"in a format of the future").await;
    let refusing = Refusing { operation: "put", containing: "quarantine/", denied: false };
    let buckets = faulty(&world.buckets(), Arc::new(refusing));
    let outcome = compactor::compact(&buckets, &SetClock::new(CLOSED_MS), &settings(500)).await.unwrap();
    assert_eq!(outcome.failed.len(), 1);
    assert!(world.lake.all().contains_key(&report_key()));
    assert!(!world.lake.all().keys().any(|key| key.starts_with("lake/") || key.starts_with("quarantine/")));

    // The new version finds it all readable; the bytes are the same to both.
    world.raw.overwrite(&place(&objects.line.0), objects.line.1.clone());
    world.raw.overwrite(&place(&objects.whole.0), objects.whole.1.clone());
    edit(&world, |report| {
        report["program"] = "endpoint-metrics 0.0.9".into();
        let line = objects.lines[2].to_string().into_bytes();
        for entry in report["quarantined"].as_array_mut().unwrap() {
            let bytes = if entry["line"].is_null() { &objects.whole.1 } else { &line };
            entry["bytes"] = bytes.len().into();
            entry["digest"] = json!(Digest::of(bytes));
        }
    });
    world
}

fn edit(world: &World, change: impl FnOnce(&mut Value)) {
    let mut report: Value = serde_json::from_slice(&world.lake.all()[&report_key()]).unwrap();
    change(&mut report);
    world.lake.overwrite(&report_key(), report.to_string());
}

/// What the old version reported is there, and no more.
async fn followed(world: &World, objects: &Objects) {
    world.assert_identities(4 + 2, "as reported");
    world.assert_proven(&[day()], "as reported").await;
    let files = world.lake.all();
    let kept = |position: u32| {
        let key =
            |part| Key::Quarantine(CommitId { day: day(), number: COMMIT }, 0, position, part).to_string();
        let reason: Value = serde_json::from_slice(&files[&key(lake::QuarantinePart::Reason)]).unwrap();
        (reason["reason"].as_str().unwrap().to_owned(), files[&key(lake::QuarantinePart::Bytes)].clone())
    };
    let (reason, bytes) = kept(0);
    assert!(reason.contains("number 2, expected 1 to 1"), "the reason that was reported: {reason}");
    assert_eq!(bytes, objects.lines[2].to_string().into_bytes());
    let (reason, bytes) = kept(1);
    assert!(reason.contains("not readable as zstd"), "{reason}");
    assert_eq!(bytes, objects.whole.1);
}

#[tokio::test]
async fn a_version_that_reads_more_follows_the_report_of_one_that_reads_less() {
    let objects = objects();
    let world = reported(&objects).await;
    let manifest = world.compact_well(CLOSED_MS + HOUR_MS, 500).await.committed.remove(0);
    assert_eq!((manifest.snapshots, manifest.quarantined), (6, 2));
    followed(&world, &objects).await;

    // What is there now in a sound copy is taken by the day's next commit.
    world.put(day(), &batch("web-1", 1, 2..3)).await;
    let clock = SetClock::new(CLOSED_MS + 2 * HOUR_MS);
    let next =
        compactor::compact_day(&world.buckets(), day(), &clock, &settings(500)).await.unwrap().unwrap();
    assert_eq!((next.snapshots, next.quarantined), (1, 0));
}

#[tokio::test]
async fn a_version_that_knows_more_tables_makes_those_that_were_reported() {
    let objects = objects();
    let world = reported(&objects).await;
    let newer = [TableName::Coverage, TableName::ProcessRuns];
    edit(&world, |report| {
        for table in newer {
            assert!(report["outputs"].as_object_mut().unwrap().remove(table.as_str()).is_some());
        }
    });
    world.compact_well(CLOSED_MS + HOUR_MS, 500).await;
    followed(&world, &objects).await;
    for table in newer {
        assert_eq!(world.scan(table).len(), 0, "{table}");
    }
}

/// The old version reports while the new one builds.
#[tokio::test]
async fn a_report_that_appears_in_the_meantime_is_followed() {
    #[derive(Debug)]
    struct First {
        lake: Arc<crate::memory::MemoryStore>,
        report: Bytes,
    }

    #[async_trait]
    impl Fault for First {
        async fn before(&self, operation: &'static str, key: &str) -> Result<(), StoreError> {
            if operation == "put" && key == report_key() {
                self.lake.put_if_absent(key, self.report.clone().into()).await.unwrap();
            }
            Ok(())
        }

        async fn after(&self, _: &'static str, _: &str) -> Result<(), StoreError> {
            Ok(())
        }
    }

    let objects = objects();
    let world = reported(&objects).await;
    let report = world.lake.all()[&report_key()].clone();
    world.lake.delete(&report_key()).await.unwrap();
    let buckets = faulty(&world.buckets(), Arc::new(First { lake: world.lake.clone(), report }));
    let clock = SetClock::new(CLOSED_MS + HOUR_MS);
    let outcome = compactor::compact(&buckets, &clock, &settings(500)).await.unwrap();
    assert_eq!((outcome.failed, outcome.committed.len()), (vec![], 1));
    followed(&world, &objects).await;
}
