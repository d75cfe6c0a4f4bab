//! Death between object, marker and answer, and the agent's retry: of the process (the request is dropped where it
//! stands) or of the store's connection (an error), each before and after the put took effect.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use lake::{Body, DirectoryStore, Put, SetClock, Store, StoreError};
use serde_json::Value;
use tokio::sync::Notify;

use crate::adding::{Adding, Puts};
use crate::fixture::{NOON_MS, batch, read, request, zstd};

const MINUTE_MS: i64 = 60_000;
/// The last moment at which the batch is not late yet, and two that are.
const IN_TIME_MS: i64 = NOON_MS + 12 * 60 * MINUTE_MS + 30 * MINUTE_MS;
const LATE_MS: i64 = IN_TIME_MS + 1;
const LATER_MS: i64 = IN_TIME_MS + 90 * MINUTE_MS;
const MARKERS: [(i64, &str); 2] =
    [(LATE_MS, "late/2026-11-21T00/2026-11-20"), (LATER_MS, "late/2026-11-21T02/2026-11-20")];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// The store says that it failed.
    Error,
    /// The process is gone: nothing after this moment is ever run.
    Killed,
}

#[derive(Clone, Copy, Debug)]
struct Death {
    /// At which of the request's puts: 0 is the object's, 1 the marker's.
    put: usize,
    took_effect: bool,
    how: How,
}

/// Every death there is.
fn deaths() -> impl Iterator<Item = Death> {
    let moments = [0, 1].into_iter().flat_map(|put| [(put, false), (put, true)]);
    moments
        .flat_map(|(put, took_effect)| [How::Error, How::Killed].map(|how| Death { put, took_effect, how }))
}

/// A folder in front of which the request dies.
#[derive(Debug)]
struct Mortal<'f> {
    folder: &'f DirectoryStore,
    death: Option<Death>,
    puts: AtomicUsize,
    killed: Notify,
}

impl Mortal<'_> {
    async fn die(&self, key: &str, how: How) -> Result<Put, StoreError> {
        if how == How::Killed {
            self.killed.notify_one();
            std::future::pending::<()>().await;
        }
        let (key, reason) = (key.to_owned(), "by the test".to_owned());
        Err(StoreError::Unavailable { operation: "put", key, reason })
    }
}

#[async_trait]
impl Puts for Mortal<'_> {
    async fn put(&self, key: &str, body: Body) -> Result<Put, StoreError> {
        let put = self.puts.fetch_add(1, Ordering::SeqCst);
        match self.death.filter(|death| death.put == put) {
            Some(Death { took_effect: false, how, .. }) => self.die(key, how).await,
            Some(Death { took_effect: true, how, .. }) => {
                self.folder.put_if_absent(key, body).await?;
                self.die(key, how).await
            }
            None => self.folder.put_if_absent(key, body).await,
        }
    }
}

/// Sends the batch; `None` when the process died over it.
async fn attempt(folder: &DirectoryStore, death: Option<Death>, now_ms: i64) -> Option<(i64, Value)> {
    let request = request(&zstd(batch(1, 5).as_bytes()));
    let (puts, killed) = (AtomicUsize::new(0), Notify::new());
    let mortal = Mortal { folder, death, puts, killed };
    let (store, clock) = (Adding(&mortal), SetClock::new(now_ms));
    // The handler's future is dropped with this scope, where it stands.
    tokio::select! {
        answer = ingest::put_metrics(&request, &clock, &store) => Some(read(answer, now_ms)),
        () = mortal.killed.notified() => None,
    }
}

async fn keys(folder: &DirectoryStore, prefix: &str) -> Vec<String> {
    let all = (folder as &dyn Store).list_all(prefix).await.unwrap();
    all.into_iter().map(|found| found.key).collect()
}

/// Attempts one after the other, the last without a death, with what must hold after each of them.
async fn live_through(attempts: &[(i64, Option<Death>)]) {
    let keep = tempfile::tempdir().unwrap();
    let folder = DirectoryStore::open(keep.path().join("raw")).unwrap();
    let mut first_stored = None;
    for &(now_ms, death) in attempts {
        let before = keys(&folder, "raw/").await;
        let answer = attempt(&folder, death, now_ms).await;
        let objects = keys(&folder, "raw/").await;
        let markers = keys(&folder, "late/").await;
        assert!(markers.is_empty() || objects.len() == 1, "a marker without its object: {attempts:?}");
        assert!(objects.starts_with(&before), "what lay there is gone: {attempts:?}");
        // A death at the marker is none to a batch that leaves no marker.
        match (death.filter(|death| death.put == 0 || now_ms > IN_TIME_MS), answer) {
            (Some(Death { how: How::Killed, .. }), None) => {}
            (Some(Death { how: How::Error, .. }), Some((503, _))) => {}
            (None, Some((200, told))) => {
                assert_eq!(told["duplicate"], !before.is_empty(), "{attempts:?}");
                assert_eq!(objects.len(), 1, "answered 200 and not there: {attempts:?}");
                for (moment, marker) in MARKERS {
                    let there = markers.iter().any(|key| key == marker);
                    assert!(there || moment != now_ms, "answered 200 without {marker}: {attempts:?}");
                }
            }
            (_, answer) => panic!("{answer:?} after {attempts:?}"),
        }
        if let Some(key) = objects.first() {
            let object = folder.get(key).await.unwrap();
            assert_eq!(*first_stored.get_or_insert(object.clone()), object, "the first stays: {attempts:?}");
        }
    }
    let late: Vec<_> = attempts.iter().map(|(now_ms, _)| *now_ms).collect();
    for key in keys(&folder, "late/").await {
        let hour = MARKERS.iter().find(|(moment, marker)| *marker == key && late.contains(moment));
        assert!(hour.is_some(), "{key} is the marker of no attempt: {attempts:?}");
    }
}

#[tokio::test]
async fn a_retry_leaves_object_and_marker_whatever_died_before() {
    let moments = [IN_TIME_MS, LATE_MS, LATER_MS];
    for death in deaths() {
        for (nth, &first) in moments.iter().enumerate() {
            for &retry in &moments[nth..] {
                live_through(&[(first, Some(death)), (retry, None)]).await;
            }
        }
    }
}

#[tokio::test]
async fn a_retry_may_die_as_well() {
    for first in deaths() {
        for second in deaths() {
            live_through(&[(IN_TIME_MS, Some(first)), (LATE_MS, Some(second)), (LATER_MS, None)]).await;
            live_through(&[(LATE_MS, Some(first)), (LATE_MS, Some(second)), (LATE_MS, None)]).await;
        }
    }
}
