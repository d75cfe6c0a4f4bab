//! Days on which everything happens that a run can meet, in memory, and a plain scan of what came of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use compactor::{Buckets, Outcome, compact};
use lake::{Day, Hour, Key, RawKey, SetClock, Store, TableName};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::fleet::{CLOSED_MS, HOUR_MS, MINUTE_MS, batch, day, raw_object, settings, without_moments};
use crate::overlaps::key_of;
use crate::rows::{Row, as_lines, as_text, columns};

/// Two buckets in memory.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) raw: Arc<crate::memory::MemoryStore>,
    pub(crate) lake: Arc<crate::memory::MemoryStore>,
}

impl World {
    pub(crate) fn copy(&self) -> Self {
        Self { raw: Arc::new(self.raw.copy()), lake: Arc::new(self.lake.copy()) }
    }

    pub(crate) fn buckets(&self) -> Buckets {
        Buckets { raw: self.raw.clone(), lake: self.lake.clone() }
    }

    pub(crate) async fn put(&self, day: Day, lines: &[Value]) -> RawKey {
        self.put_refiled(day, &[], lines).await
    }

    pub(crate) async fn put_refiled(&self, day: Day, earlier: &[Day], lines: &[Value]) -> RawKey {
        let (key, bytes) = raw_object(day, earlier, lines);
        self.raw.put_if_absent(&Key::Raw(key.clone()).to_string(), bytes.into()).await.unwrap();
        key
    }

    pub(crate) async fn put_bytes(&self, key: &RawKey, bytes: &[u8]) {
        let key = Key::Raw(key.clone()).to_string();
        self.raw.put_if_absent(&key, bytes.to_vec().into()).await.unwrap();
    }

    pub(crate) async fn mark_late(&self, arrived_at_ms: i64, day: Day) {
        let key = Key::Late(Hour::of_ms(arrived_at_ms), day).to_string();
        self.raw.put_if_absent(&key, Bytes::new().into()).await.unwrap();
    }

    pub(crate) async fn compact(&self, now_ms: i64, hosts_per_shard: usize) -> Outcome {
        compact(&self.buckets(), &SetClock::new(now_ms), &settings(hosts_per_shard)).await.unwrap()
    }

    /// The same where nothing may fail.
    pub(crate) async fn compact_well(&self, now_ms: i64, hosts_per_shard: usize) -> Outcome {
        let outcome = self.compact(now_ms, hosts_per_shard).await;
        assert_eq!((&outcome.failed, outcome.left), (&Vec::new(), 0));
        outcome
    }

    /// Every object of the lake, but for the moments that say when a run was.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        without_moments(self.lake.all().into_iter().map(|(key, bytes)| (key, bytes.to_vec())).collect())
    }

    /// A plain scan: every row of every Parquet file of a table, whatever the manifests say.
    pub(crate) fn scan(&self, table: TableName) -> Vec<Row> {
        self.batches(table, |_| true).iter().flat_map(as_text).collect()
    }

    /// Some columns of a plain scan, as text: `a|b|c`.
    pub(crate) fn columns(&self, table: TableName, names: &[&str]) -> Vec<String> {
        let batches = self.batches(table, |name| names.contains(&name));
        batches.iter().flat_map(|batch| columns(&as_text(batch), names)).collect()
    }

    /// The rows of every table as text, in order, without the commit that brought them.
    pub(crate) fn rows(&self) -> Vec<(TableName, Vec<String>)> {
        let others = |name: &str| name != "commit_id";
        let sorted = |table| {
            let mut rows: Vec<String> = self.batches(table, others).iter().flat_map(as_lines).collect();
            rows.sort_unstable();
            rows
        };
        TableName::ALL.map(|table| (table, sorted(table))).to_vec()
    }

    /// Some columns of every file of a table.
    fn batches(&self, table: TableName, wanted: impl Fn(&str) -> bool) -> Vec<RecordBatch> {
        let beginning = format!("lake/{table}/");
        let files = self.lake.all().into_iter().filter(|(key, _)| key.starts_with(&beginning));
        files.flat_map(|(_, bytes)| batches(bytes, &wanted)).collect()
    }

    /// Each identity is there once, and no more of them than `expected`.
    pub(crate) fn assert_identities(&self, expected: usize, when: &str) {
        let mut found = self.columns(TableName::Hosts, &["host_id", "stream", "seq"]);
        let rows = found.len();
        found.sort_unstable();
        found.dedup();
        assert_eq!((found.len(), rows), (expected, expected), "{when}");
    }

    /// What `verify` says of these days: nothing.
    pub(crate) async fn assert_proven(&self, days: &[Day], when: &str) {
        for day in days {
            let verified = compactor::verify(&self.buckets(), *day).await.unwrap();
            assert_eq!((verified.findings, verified.waiting), (vec![], 0), "{day}, {when}");
        }
    }
}

fn batches(file: Bytes, wanted: &impl Fn(&str) -> bool) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = reader.parquet_schema();
    let columns = (0..schema.num_columns()).filter(|at| wanted(schema.column(*at).name()));
    let mask = ProjectionMask::leaves(schema, columns.collect::<Vec<_>>());
    reader.with_projection(mask).build().unwrap().map(Result::unwrap).collect()
}

/// When the run of [`everything`] is. The marker of its oldest day is settled by then.
pub(crate) const NOW_MS: i64 = CLOSED_MS + 10 * MINUTE_MS;

/// The days of [`everything`].
pub(crate) fn days() -> [Day; 4] {
    [3, 2, 1, 0].map(|back| day().back(back))
}

/// Four commits are due: what came late for a day that is committed; a day without data; one with a batch that was filed
/// again; and one of two hosts with rows in every table, equal and differing repeats, a line and an object that cannot be
/// read.
pub(crate) async fn everything() -> World {
    let world = World::default();
    let [late, _empty, refiled, full] = days();
    world.put(late, &batch("web-1", 1, 0..2)).await;
    world.compact_well(CLOSED_MS - 72 * HOUR_MS, 1).await;
    world.put(late, &batch("web-1", 1, 1..4)).await;
    world.mark_late(CLOSED_MS - 71 * HOUR_MS, late).await;

    world.put_refiled(refiled, &[late], &batch("web-1", 1, 3..5)).await;

    world.put(full, &[0, 1].map(crate::day::full_line)).await;
    world.put(full, &batch("web-2", 1, 0..2)).await;
    let mut repeated = batch("web-2", 1, 0..4);
    repeated[1]["forks"] = 7.into();
    world.put(full, &repeated).await;
    let mut bad = batch("web-2", 2, 10..12);
    bad[1]["version"] = 99.into();
    world.put(full, &bad).await;
    let damaged = RawKey { host: "web-2".parse().unwrap(), ..key_of(5..8) };
    world.put_bytes(&damaged, b"damaged").await;
    world
}

/// The last of these days alone, for what is done after each of its calls.
pub(crate) async fn full_day() -> World {
    let world = everything().await;
    let [.., full] = days();
    let kept = format!("raw/dt={full}/");
    for key in world.raw.all().into_keys().filter(|key| !key.starts_with(&kept)) {
        world.raw.delete(&key).await.unwrap();
    }
    for key in world.lake.all().into_keys() {
        world.lake.delete(&key).await.unwrap();
    }
    world
}

/// Snapshots that [`full_day`] has, each of them once.
pub(crate) const SNAPSHOTS_OF_THE_DAY: usize = 2 + 4 + 1;

/// Snapshots that [`everything`] has, each of them once.
pub(crate) const SNAPSHOTS: usize = 2 + 2 + 1 + SNAPSHOTS_OF_THE_DAY;
