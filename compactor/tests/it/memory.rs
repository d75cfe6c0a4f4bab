//! A store in memory: the same calls in the same order each time, and quick enough for a run at each of them. It keeps
//! what the folder and S3 keep, by the same suite.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use lake::{Body, Clock, Found, PAGE, Page, Put, Store, StoreError, SystemClock};

#[derive(Debug, Default)]
pub(crate) struct MemoryStore(Mutex<BTreeMap<String, Object>>);

#[derive(Clone, Debug)]
struct Object {
    bytes: Bytes,
    put_at_ms: i64,
}

impl Object {
    fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), put_at_ms: SystemClock.now_ms() }
    }
}

impl MemoryStore {
    /// A store of its own that holds the same.
    pub(crate) fn copy(&self) -> Self {
        Self(Mutex::new(self.0.lock().unwrap().clone()))
    }

    /// Every object.
    pub(crate) fn all(&self) -> BTreeMap<String, Bytes> {
        let objects = self.0.lock().unwrap();
        objects.iter().map(|(key, object)| (key.clone(), object.bytes.clone())).collect()
    }

    /// Writes over what is there, as no [`Store`] can.
    pub(crate) fn overwrite(&self, key: &str, bytes: impl Into<Bytes>) {
        self.0.lock().unwrap().insert(key.to_owned(), Object::new(bytes));
    }

    fn one(&self, key: &str) -> Result<Bytes, StoreError> {
        let found = self.0.lock().unwrap().get(key).map(|object| object.bytes.clone());
        found.ok_or_else(|| StoreError::NotFound(key.to_owned()))
    }
}

fn unavailable(operation: &'static str, key: &str, reason: String) -> StoreError {
    StoreError::Unavailable { operation, key: key.to_owned(), reason }
}

#[async_trait]
impl Store for MemoryStore {
    async fn put_if_absent(&self, key: &str, body: Body) -> Result<Put, StoreError> {
        let bytes = match body {
            Body::Bytes(bytes) => bytes,
            Body::File(path) => std::fs::read(&path)
                .map_err(|error| unavailable("read", &path.display().to_string(), error.to_string()))?
                .into(),
        };
        let mut objects = self.0.lock().unwrap();
        if objects.contains_key(key) {
            return Ok(Put::Existed);
        }
        objects.insert(key.to_owned(), Object::new(bytes));
        Ok(Put::Stored)
    }

    async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        self.one(key)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
        let object = self.one(key)?;
        let end = range.end.min(object.len() as u64);
        if range.start >= end {
            return Err(unavailable("get", key, "the range begins after the object's end".to_owned()));
        }
        Ok(object.slice(range.start as usize..end as usize))
    }

    async fn size(&self, key: &str) -> Result<u64, StoreError> {
        Ok(self.one(key)?.len() as u64)
    }

    async fn list(&self, prefix: &str, after: &str) -> Result<Page<Found>, StoreError> {
        let objects = self.0.lock().unwrap();
        let from = prefix.max(after).to_owned();
        let found = objects.range(from..).filter(|(key, _)| key.as_str() > after);
        let found = found.take_while(|(key, _)| key.starts_with(prefix)).take(PAGE + 1);
        let found = found.map(|(key, object)| Found {
            key: key.clone(),
            bytes: object.bytes.len() as u64,
            put_at_ms: object.put_at_ms,
        });
        Ok(page(found.collect()))
    }

    async fn list_prefixes(&self, prefix: &str, after: &str) -> Result<Page<String>, StoreError> {
        let objects = self.0.lock().unwrap();
        let below = objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        let mut beginnings: Vec<String> = below
            .filter_map(|(key, _)| {
                key[prefix.len()..].find('/').map(|at| key[..=prefix.len() + at].to_owned())
            })
            .filter(|beginning| beginning.as_str() > after)
            .collect();
        beginnings.dedup();
        beginnings.truncate(PAGE + 1);
        Ok(page(beginnings))
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }
}

fn page<T>(mut entries: Vec<T>) -> Page<T> {
    let more = entries.len() > PAGE;
    entries.truncate(PAGE);
    Page { entries, more }
}

#[tokio::test]
async fn it_is_a_store_like_the_others() {
    lake::conformance::run(Arc::new(MemoryStore::default()), "raw/").await;
}
