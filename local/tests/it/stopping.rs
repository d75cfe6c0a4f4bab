//! A store that does something at one of its calls, over the real one.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use compactor::{Buckets, HELD_ABOVE_PERCENT, Settings, compact_day};
use lake::{Body, Clock, Found, Manifest, Page, Put, Store, StoreError};

/// Asked before each call, which it can refuse.
#[async_trait]
pub(crate) trait At: std::fmt::Debug + Send + Sync {
    async fn call(&self) -> Result<(), StoreError>;
    /// After something new was put.
    fn stored(&self) {}
}

/// A bucket with it.
#[derive(Debug)]
pub(crate) struct Stopping {
    store: Arc<dyn Store>,
    at: Arc<dyn At>,
}

pub(crate) fn stopping(buckets: &Buckets, at: Arc<dyn At>) -> Buckets {
    let with = |store: &Arc<dyn Store>| -> Arc<dyn Store> {
        Arc::new(Stopping { store: store.clone(), at: at.clone() })
    };
    Buckets { raw: with(&buckets.raw), lake: with(&buckets.lake) }
}

#[async_trait]
impl Store for Stopping {
    async fn put_if_absent(&self, key: &str, body: Body) -> Result<Put, StoreError> {
        self.at.call().await?;
        let put = self.store.put_if_absent(key, body).await?;
        if put == Put::Stored {
            self.at.stored();
        }
        Ok(put)
    }
    async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        self.at.call().await?;
        self.store.get(key).await
    }
    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
        self.at.call().await?;
        self.store.get_range(key, range).await
    }
    async fn size(&self, key: &str) -> Result<u64, StoreError> {
        self.at.call().await?;
        self.store.size(key).await
    }
    async fn list(&self, prefix: &str, after: &str) -> Result<Page<Found>, StoreError> {
        self.at.call().await?;
        self.store.list(prefix, after).await
    }
    async fn list_prefixes(&self, prefix: &str, after: &str) -> Result<Page<String>, StoreError> {
        self.at.call().await?;
        self.store.list_prefixes(prefix, after).await
    }
    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.at.call().await?;
        self.store.delete(key).await
    }
}

/// Gone after the first new object.
#[derive(Debug, Default)]
struct OnePut(AtomicUsize);

#[async_trait]
impl At for OnePut {
    async fn call(&self) -> Result<(), StoreError> {
        match self.0.load(Ordering::SeqCst) {
            0 => Ok(()),
            _ => Err(StoreError::Unavailable {
                operation: "do anything with",
                key: "the store".to_owned(),
                reason: "the process is dead".to_owned(),
            }),
        }
    }
    fn stored(&self) {
        self.0.store(1, Ordering::SeqCst);
    }
}

/// Commits what lies in 2026-11-20 and is in none of its commits.
pub(crate) async fn commit_the_day(buckets: &Buckets, clock: &dyn Clock) -> anyhow::Result<Option<Manifest>> {
    let settings = Settings {
        hosts_per_shard: 3,
        workers: 1,
        until_ms: i64::MAX,
        first_day: None,
        held_above_percent: HELD_ABOVE_PERCENT,
        expiry: None,
        progress: &(),
    };
    compact_day(buckets, "2026-11-20".parse().unwrap(), clock, &settings).await
}

/// A run that dies after the first object that it puts. Whether it put one.
pub(crate) async fn one_put(buckets: &Buckets, clock: &dyn Clock) -> bool {
    let at = Arc::new(OnePut::default());
    let run = commit_the_day(&stopping(buckets, at.clone()), clock).await;
    let put = at.0.load(Ordering::SeqCst) == 1;
    assert!(put || run.is_ok(), "{run:?}");
    put
}
