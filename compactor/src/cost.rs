//! What a shard cost: seconds, requests and bytes, which are what S3 and Lambda ask money for.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use async_trait::async_trait;
use bytes::Bytes;
use lake::{Body, Clock, CommitId, Found, Key, Page, Put, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::record::{Plan, Report, VERSION};
use crate::{Buckets, PROGRAM, Progress, shard};

/// What the run that finished a shard took for it, `commits/dt=D/N/SHARD.cost.json`. Runs that were killed before are
/// not in it. It differs from run to run, so nothing is derived from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// [`VERSION`].
    pub version: u32,
    /// Of which commit.
    pub commit_id: CommitId,
    /// Which shard.
    pub shard: u32,
    /// From its beginning to its last output.
    pub milliseconds: i64,
    /// Requests that put something.
    pub puts: u64,
    /// Requests that read an object or a part of one.
    pub gets: u64,
    /// Requests for an object's size.
    pub looks: u64,
    /// Pages of listings.
    pub lists: u64,
    /// Bytes that were read.
    pub bytes_read: u64,
    /// Bytes that were put.
    pub bytes_written: u64,
    /// The program that wrote it.
    pub program: String,
}

impl Cost {
    /// What shards of a commit cost together.
    pub(crate) fn sum(commit_id: CommitId, shards: &[Self]) -> Self {
        let sum = |of: fn(&Self) -> u64| shards.iter().map(of).sum();
        Self {
            version: VERSION,
            commit_id,
            shard: 0,
            milliseconds: shards.iter().map(|cost| cost.milliseconds).sum(),
            puts: sum(|cost| cost.puts),
            gets: sum(|cost| cost.gets),
            looks: sum(|cost| cost.looks),
            lists: sum(|cost| cost.lists),
            bytes_read: sum(|cost| cost.bytes_read),
            bytes_written: sum(|cost| cost.bytes_written),
            program: PROGRAM.to_owned(),
        }
    }
}

/// Does a shard, and puts what it cost if it had anything to do.
pub async fn shard_at_cost(
    buckets: &Buckets,
    plan: &Plan,
    number: u32,
    clock: &dyn Clock,
    progress: &dyn Progress,
) -> anyhow::Result<Report> {
    let counts = Arc::new(Counts::default());
    let counted = |store: &Arc<dyn Store>| -> Arc<dyn Store> {
        Arc::new(Counted { store: store.clone(), counts: counts.clone() })
    };
    let began_ms = clock.now_ms();
    let counting = Buckets { raw: counted(&buckets.raw), lake: counted(&buckets.lake) };
    let report = shard(&counting, plan, number, progress).await?;
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    if count(&counts.puts) == 0 {
        return Ok(report);
    }
    let cost = Cost {
        version: VERSION,
        commit_id: plan.commit_id,
        shard: number,
        milliseconds: clock.now_ms() - began_ms,
        puts: count(&counts.puts),
        gets: count(&counts.gets),
        looks: count(&counts.looks),
        lists: count(&counts.lists),
        bytes_read: count(&counts.bytes_read),
        bytes_written: count(&counts.bytes_written),
        program: PROGRAM.to_owned(),
    };
    let body = serde_json::to_vec(&cost).context("cannot write a cost")?;
    buckets.lake.put_if_absent(&Key::Cost(plan.commit_id, number).to_string(), body.into()).await?;
    Ok(report)
}

#[derive(Debug, Default)]
struct Counts {
    puts: AtomicU64,
    gets: AtomicU64,
    looks: AtomicU64,
    lists: AtomicU64,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
}

impl Counts {
    fn got(&self, got: Result<Bytes, StoreError>) -> Result<Bytes, StoreError> {
        self.gets.fetch_add(1, Ordering::Relaxed);
        if let Ok(bytes) = &got {
            self.bytes_read.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
        got
    }
}

/// A store whose requests are counted. A put of a file asks S3 for its size first, and what fails is tried again by the
/// SDK: neither is seen from here.
#[derive(Debug)]
struct Counted {
    store: Arc<dyn Store>,
    counts: Arc<Counts>,
}

#[async_trait]
impl Store for Counted {
    async fn put_if_absent(&self, key: &str, body: Body) -> Result<Put, StoreError> {
        let bytes = match &body {
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::File(path) => std::fs::metadata(path).map_or(0, |file| file.len()),
        };
        self.counts.puts.fetch_add(1, Ordering::Relaxed);
        self.counts.bytes_written.fetch_add(bytes, Ordering::Relaxed);
        self.store.put_if_absent(key, body).await
    }

    async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        self.counts.got(self.store.get(key).await)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
        self.counts.got(self.store.get_range(key, range).await)
    }

    async fn size(&self, key: &str) -> Result<u64, StoreError> {
        self.counts.looks.fetch_add(1, Ordering::Relaxed);
        self.store.size(key).await
    }

    async fn list(&self, prefix: &str, after: &str) -> Result<Page<Found>, StoreError> {
        self.counts.lists.fetch_add(1, Ordering::Relaxed);
        self.store.list(prefix, after).await
    }

    async fn list_prefixes(&self, prefix: &str, after: &str) -> Result<Page<String>, StoreError> {
        self.counts.lists.fetch_add(1, Ordering::Relaxed);
        self.store.list_prefixes(prefix, after).await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.store.delete(key).await
    }
}
