//! A fleet's raw objects in two folders, as ingest puts them, and what the compactor made of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use compactor::{Buckets, Outcome, Settings, compact, compact_day};
use lake::{Day, Digest, DirectoryStore, Hour, Key, Put, RawKey, SetClock, Store};
use serde_json::{Value, json};
use snapshot::Stream;
use tempfile::TempDir;

/// 2026-11-20, the day that most tests are about.
pub(crate) const DAY: &str = "2026-11-20";
/// Its first moment.
pub(crate) const DAY_MS: i64 = 1_795_132_800_000;
pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
/// When its first commit is due.
pub(crate) const CLOSED_MS: i64 = DAY_MS + 25 * HOUR_MS;
pub(crate) const BOOT: &str = "11111111-2222-3333-4444-555555555555";

pub(crate) fn day() -> Day {
    DAY.parse().unwrap()
}

/// Two buckets in a temporary folder.
pub(crate) struct Fleet {
    pub(crate) folder: TempDir,
}

impl Fleet {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn raw(&self) -> DirectoryStore {
        DirectoryStore::open(self.folder.path().join("raw")).unwrap()
    }

    pub(crate) fn lake(&self) -> DirectoryStore {
        DirectoryStore::open(self.folder.path().join("lake")).unwrap()
    }

    pub(crate) fn buckets(&self) -> Buckets {
        Buckets { raw: Arc::new(self.raw()), lake: Arc::new(self.lake()) }
    }

    /// Puts a batch as ingest does, filed under `day`; gives its key.
    pub(crate) async fn put(&self, day: Day, lines: &[Value]) -> RawKey {
        self.put_refiled(day, &[], lines).await
    }

    /// Puts a batch that was filed under `earlier` days before.
    pub(crate) async fn put_refiled(&self, day: Day, earlier: &[Day], lines: &[Value]) -> RawKey {
        let (key, bytes) = raw_object(day, earlier, lines);
        self.put_bytes(&key, &bytes).await;
        key
    }

    /// Puts any bytes as a raw object.
    pub(crate) async fn put_bytes(&self, key: &RawKey, bytes: &[u8]) {
        let key = Key::Raw(key.clone()).to_string();
        let put = self.raw().put_if_absent(&key, bytes.to_vec().into()).await.unwrap();
        assert_eq!(put, Put::Stored, "{key}");
    }

    /// Puts the marker of something that arrived at this moment for `day`.
    pub(crate) async fn mark_late(&self, arrived_at_ms: i64, day: Day) {
        let key = Key::Late(Hour::of_ms(arrived_at_ms), day).to_string();
        self.raw().put_if_absent(&key, Vec::new().into()).await.unwrap();
    }

    pub(crate) async fn compact(&self, now_ms: i64) -> Outcome {
        compact(&self.buckets(), &SetClock::new(now_ms), &settings(500)).await.unwrap()
    }

    /// The same where nothing may fail.
    pub(crate) async fn compact_well(&self, now_ms: i64) -> Outcome {
        let outcome = self.compact(now_ms).await;
        assert_eq!((&outcome.failed, outcome.left), (&Vec::new(), 0));
        outcome
    }

    pub(crate) async fn compact_day(&self, now_ms: i64) -> anyhow::Result<Option<lake::Manifest>> {
        compact_day(&self.buckets(), day(), &SetClock::new(now_ms), &settings(500)).await
    }

    /// Every object in the lake's bucket, but for the two moments that say when a run was, and what it cost.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.folder.path().join("lake"), "", &mut files);
        without_moments(files)
    }
}

/// Objects of the lake, but for the two moments that say when a run was, and what it cost.
pub(crate) fn without_moments(mut files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    files.retain(|key, _| !key.ends_with(".cost.json"));
    for (key, bytes) in &mut files {
        if key.ends_with("plan.json") || key.starts_with("manifests/") {
            *bytes = String::from_utf8_lossy(bytes).lines().map(timeless).collect::<String>().into();
        }
    }
    files
}

/// A line of a record without the moments that say when a run was.
fn timeless(line: &str) -> String {
    let mut record: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
    record.retain(|name, _| name != "planned_at_ms" && name != "committed_at_ms");
    format!("{}\n", Value::Object(record))
}

/// A batch as ingest puts it, filed under `day` and, before, under the `earlier` ones.
pub(crate) fn raw_object(day: Day, earlier: &[Day], lines: &[Value]) -> (RawKey, Vec<u8>) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let first = &lines[0];
    let key = RawKey {
        day,
        host: first["host_id"].as_str().unwrap().parse().unwrap(),
        stream: first["stream"].as_str().unwrap().parse().unwrap(),
        first_seq: first["seq"].as_i64().unwrap(),
        count: lines.len(),
        digest: Digest::of(text.as_bytes()),
        earlier: earlier.to_vec(),
    };
    (key, zstd::encode_all(text.as_bytes(), 3).unwrap())
}

pub(crate) fn settings(hosts_per_shard: usize) -> Settings<'static> {
    // Nothing is held: most days here are a few kilobytes, of which one damaged object is more than a hundredth.
    let held_above_percent = 100.0;
    Settings {
        hosts_per_shard,
        workers: 2,
        until_ms: i64::MAX,
        first_day: None,
        held_above_percent,
        expiry: None,
        progress: &(),
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with('.') {
            continue;
        }
        let key = format!("{prefix}{name}");
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{key}/"), files);
        } else {
            files.insert(key, std::fs::read(entry.path()).unwrap());
        }
    }
}

/// A snapshot's line as it lies in raw: `seq` minutes after the day's start, with a few processes.
pub(crate) fn line(host: &str, stream: u64, seq: i64) -> Value {
    let ts = DAY_MS + seq * MINUTE_MS + 7_123;
    json!({
        "received_at_ms": ts + 20_000,
        "source_ip": "203.0.113.9",
        "clock_offset_ms": 12,
        "version": 1,
        "host_id": host,
        "stream": Stream(stream).to_string(),
        "seq": seq,
        "boot_id": BOOT,
        "observed_at_ms": ts,
        "host_name": format!("{host}.example"),
        "interval_ms": MINUTE_MS,
        "agent_started_at_ms": DAY_MS - 5 * HOUR_MS,
        "running_processes": [
            process(1, DAY_MS - 9 * HOUR_MS, "/usr/lib/systemd/systemd", 5_000 + seq),
            process(900, DAY_MS - 2 * HOUR_MS, "/usr/sbin/nginx", 100 + 10 * seq),
        ],
    })
}

pub(crate) fn process(pid: i64, start_time_ms: i64, exe: &str, cpu_ms: i64) -> Value {
    json!({
        "pid": pid,
        "name": exe.rsplit('/').next(),
        "start_time_ms": start_time_ms,
        "exe": exe,
        "user_name": "root",
        "uid": 0,
        "euid": 0,
        "cpu_ms": cpu_ms,
        "rss_bytes": 4096,
    })
}

/// The lines of a batch.
pub(crate) fn batch(host: &str, stream: u64, numbers: std::ops::Range<i64>) -> Vec<Value> {
    numbers.map(|seq| line(host, stream, seq)).collect()
}
