//! The few things that the pipeline asks of an object store.
//!
//! They are S3's own operations and no more: a store that has rename, append or overwrite would let code in
//! that cannot run on S3. There is no overwriting put on purpose: every key is derived from what it holds,
//! and the first writer wins.

use std::fmt::Debug;
use std::ops::Range;
use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;

/// At most so many entries in a page of a listing: S3's own.
pub const PAGE: usize = 1000;

/// What came of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The object was not there and is now, durably.
    Stored,
    /// An object of this key was there (S3's 412); it was left as it was.
    Existed,
}

/// What to put.
#[derive(Clone, Debug)]
pub enum Body {
    /// From memory.
    Bytes(Bytes),
    /// From a file, streamed: memory does not grow with it.
    File(PathBuf),
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(bytes: B) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// An object in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was put, in milliseconds since 1970 UTC, by the store's clock. S3 says it to the second.
    pub put_at_ms: i64,
}

/// A page of a listing, in the order of the keys' bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// At most [`PAGE`] entries.
    pub entries: Vec<T>,
    /// There may be more after the last entry.
    pub more: bool,
}

/// Why an operation failed. Callers branch on it: what is missing is not what could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such object.
    #[error("{0} is not there")]
    NotFound(String),
    /// The store knows the caller and does not let it (S3's 403).
    #[error("not permitted to {operation} {key}: {reason}")]
    Denied {
        /// What was asked for.
        operation: &'static str,
        /// Of which key or prefix.
        key: String,
        /// In the store's words.
        reason: String,
    },
    /// The store did not do it now and may later: a time-out, a 503, a full disk.
    #[error("could not {operation} {key}: {reason}")]
    Unavailable {
        /// What was asked for.
        operation: &'static str,
        /// Of which key or prefix.
        key: String,
        /// In the store's words.
        reason: String,
    },
}

/// A bucket, or a folder that plays one.
#[async_trait]
pub trait Store: Debug + Send + Sync {
    /// Puts an object unless its key exists. When it answers, the object is durable. Of writers that race,
    /// exactly one is told [`Put::Stored`].
    async fn put_if_absent(&self, key: &str, body: Body) -> Result<Put, StoreError>;

    /// The whole object.
    async fn get(&self, key: &str) -> Result<Bytes, StoreError>;

    /// The bytes of `range`, which must begin inside the object; fewer when the object ends before.
    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, StoreError>;

    /// The object's size in bytes.
    async fn size(&self, key: &str) -> Result<u64, StoreError>;

    /// The objects whose keys begin with `prefix` and come after `after` (empty: from the start), in order.
    async fn list(&self, prefix: &str, after: &str) -> Result<Page<Found>, StoreError>;

    /// The distinct beginnings of keys, from `prefix` to the next `/` (included), that come after `after`
    /// (empty, or a beginning listed before), in order.
    async fn list_prefixes(&self, prefix: &str, after: &str) -> Result<Page<String>, StoreError>;

    /// Removes an object; one that is not there is no error, as on S3.
    async fn delete(&self, key: &str) -> Result<(), StoreError>;
}

impl dyn Store + '_ {
    /// Every object below `prefix`: for lists known to be short (a day's manifests), not for a fleet's raw keys.
    pub async fn list_all(&self, prefix: &str) -> Result<Vec<Found>, StoreError> {
        let mut all: Vec<Found> = Vec::new();
        loop {
            let after = all.last().map(|found| found.key.clone()).unwrap_or_default();
            let page = self.list(prefix, &after).await?;
            all.extend(page.entries);
            if !page.more {
                return Ok(all);
            }
        }
    }

    /// Every beginning below `prefix`.
    pub async fn list_all_prefixes(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut all: Vec<String> = Vec::new();
        loop {
            let after = all.last().cloned().unwrap_or_default();
            let page = self.list_prefixes(prefix, &after).await?;
            all.extend(page.entries);
            if !page.more {
                return Ok(all);
            }
        }
    }
}
