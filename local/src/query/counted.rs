//! A store that counts what is read from it: of raw objects the engine knows no bytes.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use lake::{Body, Found, Page, Put, Store, StoreError};

#[derive(Debug)]
pub(super) struct Counted {
    store: Arc<dyn Store>,
    bytes: Arc<AtomicU64>,
}

impl Counted {
    /// The same store; `bytes` grows by each object's bytes that are read.
    pub(super) fn new(store: Arc<dyn Store>, bytes: Arc<AtomicU64>) -> Self {
        Self { store, bytes }
    }

    fn count(&self, bytes: Bytes) -> Bytes {
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        bytes
    }
}

#[async_trait]
impl Store for Counted {
    async fn put_if_absent(&self, key: &str, body: Body) -> Result<Put, StoreError> {
        self.store.put_if_absent(key, body).await
    }

    async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        self.store.get(key).await.map(|bytes| self.count(bytes))
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
        self.store.get_range(key, range).await.map(|bytes| self.count(bytes))
    }

    async fn size(&self, key: &str) -> Result<u64, StoreError> {
        self.store.size(key).await
    }

    async fn list(&self, prefix: &str, after: &str) -> Result<Page<Found>, StoreError> {
        self.store.list(prefix, after).await
    }

    async fn list_prefixes(&self, prefix: &str, after: &str) -> Result<Page<String>, StoreError> {
        self.store.list_prefixes(prefix, after).await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.store.delete(key).await
    }
}
