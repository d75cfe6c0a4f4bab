//! A store that is only ever put to: whatever else is asked of it fails the test.

use std::fmt::Debug;
use std::ops::Range;

use async_trait::async_trait;
use lake::{Body, Found, Page, Put, Store, StoreError};

/// What a test does with a put.
#[async_trait]
pub(crate) trait Puts: Debug + Send + Sync {
    async fn put(&self, key: &str, body: Body) -> Result<Put, StoreError>;
}

/// The store made of it.
#[derive(Debug)]
pub(crate) struct Adding<'p, P>(pub(crate) &'p P);

#[async_trait]
impl<P: Puts> Store for Adding<'_, P> {
    async fn put_if_absent(&self, key: &str, body: Body) -> Result<Put, StoreError> {
        self.0.put(key, body).await
    }

    async fn get(&self, key: &str) -> Result<bytes::Bytes, StoreError> {
        panic!("ingest only adds, and it gets {key}")
    }

    async fn get_range(&self, key: &str, _: Range<u64>) -> Result<bytes::Bytes, StoreError> {
        panic!("ingest only adds, and it gets {key}")
    }

    async fn size(&self, key: &str) -> Result<u64, StoreError> {
        panic!("ingest only adds, and it looks at {key}")
    }

    async fn list(&self, prefix: &str, _: &str) -> Result<Page<Found>, StoreError> {
        panic!("ingest only adds, and it lists {prefix}")
    }

    async fn list_prefixes(&self, prefix: &str, _: &str) -> Result<Page<String>, StoreError> {
        panic!("ingest only adds, and it lists {prefix}")
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        panic!("ingest only adds, and it deletes {key}")
    }
}
