//! Stores that fail when told to, over the real folder.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use compactor::Buckets;
use futures::future::BoxFuture;
use lake::{Body, Found, Page, Put, Store, StoreError};

/// What happens at a call.
#[async_trait]
pub(crate) trait Fault: std::fmt::Debug + Send + Sync {
    /// Before the call; an error keeps it from being made.
    async fn before(&self, operation: &'static str, key: &str) -> Result<(), StoreError>;

    /// After it took effect; an error hides that.
    async fn after(&self, operation: &'static str, key: &str) -> Result<(), StoreError>;

    /// Whether it came to that.
    fn happened(&self) -> bool {
        false
    }

    /// What a put is told, given what came of it.
    fn told(&self, put: Put) -> Put {
        put
    }
}

/// A store with a fault. Both buckets of a process share one.
#[derive(Debug)]
pub(crate) struct FaultyStore {
    store: Arc<dyn Store>,
    fault: Arc<dyn Fault>,
}

pub(crate) fn faulty(buckets: &Buckets, fault: Arc<dyn Fault>) -> Buckets {
    let wrap = |store: &Arc<dyn Store>| -> Arc<dyn Store> {
        Arc::new(FaultyStore { store: store.clone(), fault: fault.clone() })
    };
    Buckets { raw: wrap(&buckets.raw), lake: wrap(&buckets.lake) }
}

macro_rules! with_fault {
    ($self:ident, $operation:literal, $key:expr, $call:expr) => {{
        $self.fault.before($operation, $key).await?;
        let done = $call.await;
        $self.fault.after($operation, $key).await?;
        done
    }};
}

#[async_trait]
impl Store for FaultyStore {
    async fn put_if_absent(&self, key: &str, body: Body) -> Result<Put, StoreError> {
        let put = with_fault!(self, "put", key, self.store.put_if_absent(key, body));
        put.map(|put| self.fault.told(put))
    }
    async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        with_fault!(self, "get", key, self.store.get(key))
    }
    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
        with_fault!(self, "get", key, self.store.get_range(key, range))
    }
    async fn size(&self, key: &str) -> Result<u64, StoreError> {
        with_fault!(self, "look at", key, self.store.size(key))
    }
    async fn list(&self, prefix: &str, after: &str) -> Result<Page<Found>, StoreError> {
        with_fault!(self, "list", prefix, self.store.list(prefix, after))
    }
    async fn list_prefixes(&self, prefix: &str, after: &str) -> Result<Page<String>, StoreError> {
        with_fault!(self, "list", prefix, self.store.list_prefixes(prefix, after))
    }
    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        panic!("the compactor deletes nothing, and here {key}")
    }
}

/// Dies at a call: it and all later ones fail. `after_effect` says that this one is made before: no different from a death
/// before the next, but where that is another process's call.
#[derive(Debug)]
pub(crate) struct Death {
    calls: AtomicUsize,
    at: usize,
    after_effect: bool,
}

impl Death {
    pub(crate) fn at(at: usize, after_effect: bool) -> Arc<Self> {
        Arc::new(Self { calls: AtomicUsize::new(0), at, after_effect })
    }
}

#[async_trait]
impl Fault for Death {
    fn happened(&self) -> bool {
        self.calls.load(Ordering::SeqCst) > self.at
    }

    async fn before(&self, operation: &'static str, key: &str) -> Result<(), StoreError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        if call > self.at || (call == self.at && !self.after_effect) {
            return Err(gone(operation, key));
        }
        Ok(())
    }

    async fn after(&self, operation: &'static str, key: &str) -> Result<(), StoreError> {
        if self.happened() { Err(gone(operation, key)) } else { Ok(()) }
    }
}

fn gone(operation: &'static str, key: &str) -> StoreError {
    StoreError::Unavailable { operation, key: key.to_owned(), reason: "the process is dead".to_owned() }
}

/// Refuses one operation on keys that contain a text.
#[derive(Debug)]
pub(crate) struct Refusing {
    pub(crate) operation: &'static str,
    pub(crate) containing: &'static str,
    pub(crate) denied: bool,
}

#[async_trait]
impl Fault for Refusing {
    async fn before(&self, operation: &'static str, key: &str) -> Result<(), StoreError> {
        if operation != self.operation || !key.contains(self.containing) {
            return Ok(());
        }
        let (key, reason) = (key.to_owned(), "for this test".to_owned());
        Err(match self.denied {
            true => StoreError::Denied { operation, key, reason },
            false => StoreError::Unavailable { operation, key, reason },
        })
    }

    async fn after(&self, _: &'static str, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}

/// How a store fails once. The process lives on, and so does the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Once {
    /// 503, or 409 for longer than anybody waits.
    Unavailable,
    /// A time-out: it was done, and nobody was told.
    Unanswered,
    /// 403.
    Denied,
    /// 412 to a put that was the first: its answer was lost, and the client's next try found the object.
    Existed,
}

/// One call fails.
#[derive(Debug)]
pub(crate) struct Failure {
    calls: AtomicUsize,
    at: usize,
    how: Once,
}

impl Failure {
    pub(crate) fn at(at: usize, how: Once) -> Arc<Self> {
        Arc::new(Self { calls: AtomicUsize::new(0), at, how })
    }
}

#[async_trait]
impl Fault for Failure {
    fn happened(&self) -> bool {
        self.calls.load(Ordering::SeqCst) > self.at
    }

    async fn before(&self, operation: &'static str, key: &str) -> Result<(), StoreError> {
        // Only a put can be told that something was there.
        if self.how == Once::Existed && operation != "put" {
            return Ok(());
        }
        if self.calls.fetch_add(1, Ordering::SeqCst) != self.at {
            return Ok(());
        }
        let (key, reason) = (key.to_owned(), "for this test".to_owned());
        match self.how {
            Once::Unavailable => Err(StoreError::Unavailable { operation, key, reason }),
            Once::Denied => Err(StoreError::Denied { operation, key, reason }),
            Once::Unanswered | Once::Existed => Ok(()),
        }
    }

    async fn after(&self, operation: &'static str, key: &str) -> Result<(), StoreError> {
        let this = self.calls.load(Ordering::SeqCst) == self.at + 1;
        if !this || self.how != Once::Unanswered {
            return Ok(());
        }
        Err(StoreError::Unavailable { operation, key: key.to_owned(), reason: "timed out".to_owned() })
    }

    fn told(&self, put: Put) -> Put {
        let this = self.calls.load(Ordering::SeqCst) == self.at + 1;
        if this && self.how == Once::Existed { Put::Existed } else { put }
    }
}

/// Something else happens just before a call.
pub(crate) struct Meanwhile<F> {
    calls: AtomicUsize,
    at: usize,
    what: F,
}

impl<F: Fn() -> BoxFuture<'static, ()> + Send + Sync> Meanwhile<F> {
    pub(crate) fn at(at: usize, what: F) -> Arc<Self> {
        Arc::new(Self { calls: AtomicUsize::new(0), at, what })
    }
}

impl<F> std::fmt::Debug for Meanwhile<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at call {}", self.at)
    }
}

#[async_trait]
impl<F: Fn() -> BoxFuture<'static, ()> + Send + Sync> Fault for Meanwhile<F> {
    fn happened(&self) -> bool {
        self.calls.load(Ordering::SeqCst) > self.at
    }

    async fn before(&self, _: &'static str, _: &str) -> Result<(), StoreError> {
        if self.calls.fetch_add(1, Ordering::SeqCst) == self.at {
            (self.what)().await;
        }
        Ok(())
    }

    async fn after(&self, _: &'static str, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}
