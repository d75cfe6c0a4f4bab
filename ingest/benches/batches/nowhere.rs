//! A store that forgets at once: how long S3 takes is not ingest's work, and a folder's fsync would hide it.

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use lake::{Body, Found, Page, Put, Store, StoreError};

#[derive(Debug)]
pub(crate) struct Nowhere;

#[async_trait]
impl Store for Nowhere {
    async fn put_if_absent(&self, _: &str, _: Body) -> Result<Put, StoreError> {
        Ok(Put::Stored)
    }

    async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        Err(StoreError::NotFound(key.to_owned()))
    }

    async fn get_range(&self, key: &str, _: Range<u64>) -> Result<Bytes, StoreError> {
        Err(StoreError::NotFound(key.to_owned()))
    }

    async fn size(&self, key: &str) -> Result<u64, StoreError> {
        Err(StoreError::NotFound(key.to_owned()))
    }

    async fn list(&self, _: &str, _: &str) -> Result<Page<Found>, StoreError> {
        Ok(Page { entries: Vec::new(), more: false })
    }

    async fn list_prefixes(&self, _: &str, _: &str) -> Result<Page<String>, StoreError> {
        Ok(Page { entries: Vec::new(), more: false })
    }

    async fn delete(&self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}
