//! Much of everything: memory and time must not grow with it. Sizes are such that the debug build takes seconds.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use lake::{
    Body, CommitId, Found, Key, Manifest, PAGE, Page, Put, SetClock, Store, StoreError, TableName, prefix,
};
use serde_json::{Value, json};

use crate::fleet::{CLOSED_MS, DAY_MS, HOUR_MS, line, process, settings};
use crate::fleet::{batch, day, raw_object};
use crate::world::World;

/// More samples than a table's rows are held of at once: the host's day lies in sorted pieces.
#[tokio::test]
async fn one_host_with_2000_processes() {
    const SNAPSHOTS: i64 = 140;
    const PROCESSES: i64 = 2_000;
    let world = World::default();
    for first in (0..SNAPSHOTS).step_by(14) {
        let with_all = |seq: i64| {
            let mut line = line("web-1", 1, seq);
            let all = (1..=PROCESSES).map(|pid| process(pid, DAY_MS - HOUR_MS, "/usr/bin/worker", seq));
            line["running_processes"] = Value::Array(all.collect());
            line
        };
        world.put(day(), &(first..first + 14).map(with_all).collect::<Vec<_>>()).await;
    }
    let manifest = world.compact_well(CLOSED_MS, 500).await.committed.remove(0);
    assert_eq!(manifest.snapshots, SNAPSHOTS as u64);
    let samples = world.columns(TableName::Processes, &["pid", "ts"]);
    let found: Vec<(i64, &str)> = samples
        .iter()
        .map(|sample| sample.split_once('|').unwrap())
        .map(|(pid, ts)| (pid.parse().unwrap(), ts))
        .collect();
    assert_eq!(found.len() as i64, SNAPSHOTS * PROCESSES);
    let pieces = 1 + found.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert_eq!(pieces, 2, "sorted pieces");
    let mut each = found;
    each.sort_unstable();
    each.dedup();
    assert_eq!(each.len() as i64, SNAPSHOTS * PROCESSES);
    let runs = world.columns(TableName::ProcessRuns, &["samples"]);
    assert_eq!(runs.len() as i64, PROCESSES);
    assert!(runs.iter().all(|samples| *samples == SNAPSHOTS.to_string()));
    world.assert_proven(&[day()], "a large host").await;
}

#[tokio::test]
async fn ten_thousand_hosts_with_one_snapshot_each() {
    const HOSTS: usize = 10_000;
    let world = World::default();
    for host in 0..HOSTS {
        let mut one = line(&format!("i-{host:05}"), host as u64, 0);
        one["running_processes"] = json!([process(1, DAY_MS - HOUR_MS, "/sbin/init", 1)]);
        world.put(day(), &[one]).await;
    }
    let manifest = world.compact_well(CLOSED_MS, 500).await.committed.remove(0);
    let plan: compactor::Plan =
        compactor::read_record(world.lake.as_ref(), &Key::Plan(manifest.commit_id)).await.unwrap().unwrap();
    assert_eq!(plan.shards.len(), HOSTS / 500);
    assert_eq!((manifest.hosts, manifest.snapshots), (HOSTS as u64, HOSTS as u64));
    world.assert_identities(HOSTS, "ten thousand hosts");
    assert_eq!(world.columns(TableName::Programs, &["runs"]).len(), HOSTS);
    world.assert_proven(&[day()], "ten thousand hosts").await;
}

const HOSTS: usize = 3_125;
const OBJECTS: usize = 96;

/// A raw bucket of 300,000 keys that nobody had to put, in the order of a listing: no read is let through but of what lies
/// in `also`.
#[derive(Debug)]
struct Many {
    keys: Vec<String>,
    also: Arc<crate::memory::MemoryStore>,
}

impl Many {
    fn new(also: Arc<crate::memory::MemoryStore>) -> Self {
        let (key, _) = raw_object(day(), &[], &batch("host", 1, 0..1));
        let of = |number: usize| {
            let (host, object) = (number / OBJECTS, number % OBJECTS);
            let host = format!("i-{host:05}").parse().unwrap();
            Key::Raw(lake::RawKey { host, first_seq: 15 * object as i64, count: 15, ..key.clone() })
                .to_string()
        };
        Self { keys: (0..HOSTS * OBJECTS).map(of).collect(), also }
    }
}

#[async_trait]
impl Store for Many {
    async fn put_if_absent(&self, key: &str, _: Body) -> Result<Put, StoreError> {
        panic!("the compactor puts nothing there, and here {key}")
    }
    async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        if self.keys.binary_search_by(|known| known.as_str().cmp(key)).is_ok() {
            let reason = "for this test".to_owned();
            return Err(StoreError::Denied { operation: "get", key: key.to_owned(), reason });
        }
        self.also.get(key).await
    }
    async fn get_range(&self, key: &str, _: Range<u64>) -> Result<Bytes, StoreError> {
        panic!("nothing is that large, and here {key}")
    }
    async fn size(&self, key: &str) -> Result<u64, StoreError> {
        self.also.size(key).await
    }
    async fn list(&self, below: &str, after: &str) -> Result<Page<Found>, StoreError> {
        let from = self.keys.partition_point(|key| key.as_str() <= after || key.as_str() < below);
        let many = self.keys[from..].iter().take_while(|key| key.starts_with(below)).take(PAGE + 1);
        let mut entries: Vec<Found> = many.map(|key| Found { key: key.clone(), ..self.found() }).collect();
        entries.extend(self.also.list(below, after).await?.entries);
        entries.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        let more = entries.len() > PAGE;
        entries.truncate(PAGE);
        Ok(Page { entries, more })
    }
    async fn list_prefixes(&self, below: &str, after: &str) -> Result<Page<String>, StoreError> {
        if below == prefix::RAW_DAYS {
            return Ok(Page { entries: vec![format!("raw/dt={}/", day())], more: false });
        }
        let all = (0..HOSTS).map(|host| format!("{below}i-{host:05}/"));
        let mut entries: Vec<String> = all.filter(|host| host.as_str() > after).take(PAGE + 1).collect();
        let more = entries.len() > PAGE;
        entries.truncate(PAGE);
        Ok(Page { entries, more })
    }
    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        panic!("the compactor deletes nothing, and here {key}")
    }
}

impl Many {
    fn found(&self) -> Found {
        Found { key: String::new(), bytes: 35_000, put_at_ms: 0 }
    }
}

/// Planned, listed and found again by the next commit, which takes the one object that is new. What is in the objects is
/// not read here: that is a matter of bytes and not of keys.
#[tokio::test]
async fn three_hundred_thousand_keys() {
    let world = World::default();
    let buckets =
        compactor::Buckets { raw: Arc::new(Many::new(world.raw.clone())), lake: world.lake.clone() };
    let first = CommitId { day: day(), number: 0 };
    let plan = compactor::plan(&buckets, first, 500, CLOSED_MS).await.unwrap();
    assert_eq!(plan.shards.len(), HOSTS.div_ceil(500));
    let mut listed = 0;
    for shard in 0..plan.shards.len() as u32 {
        // It gets as far as its first read, and its list is decided.
        let error = format!("{:#}", compactor::shard(&buckets, &plan, shard, &()).await.unwrap_err());
        assert!(error.starts_with("not permitted to get raw/dt=2026-11-20/host=i-"), "{error}");
        let key = Key::ShardKeys(first, shard);
        let keys: compactor::ShardKeys =
            compactor::read_record(world.lake.as_ref(), &key).await.unwrap().unwrap();
        assert!(keys.objects.is_sorted_by(|one, other| one.key < other.key));
        listed += keys.objects.len();
        // As if the shard were done.
        let report = json!({
            "version": 1, "commit_id": first, "shard": shard, "program": "test",
            "digest": lake::Digest(0), "objects": keys.objects.len(), "raw_bytes": 0, "snapshots": 0, "hosts": 0,
            "dropped": 0, "quarantined": [], "outputs": {},
        });
        world.lake.overwrite(&Key::Report(first, shard).to_string(), report.to_string());
    }
    assert_eq!(listed, HOSTS * OBJECTS);
    let clock = SetClock::new(CLOSED_MS);
    let manifest = compactor::commit(&buckets, &plan, &clock, 100.0).await.unwrap();
    assert_eq!(manifest.objects, listed as u64);

    let settings = settings(500);
    let day_again = || compactor::compact_day(&buckets, day(), &clock, &settings);
    assert_eq!(day_again().await.unwrap(), None);
    // A number that is taken, and one that is not.
    world.put(day(), &batch("i-01234", 1, 1439..1441)).await;
    let next: Manifest = day_again().await.unwrap().unwrap();
    assert_eq!((next.objects, next.snapshots, next.quarantined), (1, 1, 1));
    let verified = compactor::verify(&buckets, day()).await.unwrap();
    assert_eq!((verified.findings, verified.waiting), (vec![], 0));
}
