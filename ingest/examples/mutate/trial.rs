//! A run over damaged events: what was answered, and whether it may be.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use lake::{Body, Found, Page, Put, SetClock, Store, StoreError};
use serde_json::Value;

use crate::athena;
use crate::events::{Events, NOON_MS};

/// What came of a run.
#[derive(Debug, Default)]
pub(crate) struct Trial {
    /// How often each code was answered.
    pub(crate) answers: BTreeMap<i64, u64>,
    pub(crate) panics: u64,
    /// What must not be, one line each, with the number of the event.
    pub(crate) wrong: Vec<String>,
    store: Reading,
}

impl Trial {
    /// Sends one event and judges the answer.
    pub(crate) fn send(&mut self, number: u64, events: &mut Events, runtime: &tokio::runtime::Runtime) {
        let (event, sound) = events.next();
        // Lambda's own runtime answers what is not even JSON.
        let Ok(event) = serde_json::from_slice::<Value>(&event) else { return };
        let (clock, store) = (SetClock::new(NOON_MS), &self.store);
        let answer = catch_unwind(AssertUnwindSafe(|| {
            let answer = runtime.block_on(ingest::answer_event(event, &clock, store));
            answer.status_code
        }));
        let put = self.store.0.lock().map(|mut put| std::mem::take(&mut *put)).unwrap_or_default();
        let Ok(code) = answer else {
            self.panics += 1;
            return self.wrong.push(format!("event {number}: a panic"));
        };
        *self.answers.entry(code).or_default() += 1;
        match (code, put.objects, put.unreadable) {
            (code, objects, None) if sound && (code, objects) != (200, 1) => {
                self.wrong.push(format!("event {number}: sound, and {code} and {objects} objects put"))
            }
            // Health puts nothing, what arrives is an object, what is late also leaves a marker.
            (200, 0..=2, None) | (400 | 404 | 405 | 409 | 413 | 415, 0, None) => {}
            (code, objects, None) => {
                self.wrong.push(format!("event {number}: {code} and {objects} objects put"))
            }
            (.., Some(error)) => {
                self.wrong.push(format!("event {number}: put what nobody can read: {error}"))
            }
        }
    }
}

/// A store that reads what it is given as Athena will, and forgets it.
#[derive(Debug, Default)]
struct Reading(Mutex<Given>);

#[derive(Debug, Default)]
struct Given {
    objects: u64,
    unreadable: Option<String>,
}

#[async_trait]
impl Store for Reading {
    async fn put_if_absent(&self, key: &str, body: Body) -> Result<Put, StoreError> {
        let readable = match &body {
            Body::Bytes(object) if key.starts_with("raw/") => athena::read(object).map(drop),
            Body::Bytes(marker) if key.starts_with("late/") && marker.is_empty() => Ok(()),
            _ => Err(format!("put under {key}")),
        };
        if let Ok(mut given) = self.0.lock() {
            given.objects += 1;
            given.unreadable = readable.err().or(given.unreadable.take());
        }
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

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        Err(StoreError::NotFound(key.to_owned()))
    }
}
