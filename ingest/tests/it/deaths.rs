//! Death between object, marker and answer, and the agent's retry: of the process (the request is dropped where it
//! stands) or of the store's connection (an error), each before and after the put took effect.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use lake::{Body, Day, DirectoryStore, Put, SetClock, Store, StoreError};
use serde_json::Value;
use tokio::sync::Notify;

use crate::adding::{Adding, Puts};
use crate::fixture::{HOUR_MS, NOON_MS, batch, read, request, with, zstd};
use crate::processes::bucket;

/// Since the end of the filed day: the last moment at which the batch is not late yet, and two that are.
const IN_TIME_MS: i64 = HOUR_MS / 2;
const LATE_MS: i64 = IN_TIME_MS + 1;
const LATER_MS: i64 = IN_TIME_MS + 2 * HOUR_MS;

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

/// A store in front of which the request dies.
#[derive(Debug)]
struct Mortal<'s> {
    store: &'s dyn Store,
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
                self.store.put_if_absent(key, body).await?;
                self.die(key, how).await
            }
            None => self.store.put_if_absent(key, body).await,
        }
    }
}

/// A batch with a day of its own, so that a bucket may be shared.
struct Filed<'s> {
    store: &'s dyn Store,
    day: Day,
}

impl Filed<'_> {
    /// Sends it; `None` when the process died over it.
    async fn attempt(&self, death: Option<Death>, now_ms: i64) -> Option<(i64, Value)> {
        let day = self.day.to_string();
        let request = with(request(&zstd(batch(1, 5).as_bytes())), snapshot::FILED_DAY, Some(&day));
        let (puts, killed) = (AtomicUsize::new(0), Notify::new());
        let mortal = Mortal { store: self.store, death, puts, killed };
        let (store, clock) = (Adding(&mortal), SetClock::new(now_ms));
        // The handler's future is dropped with this scope, where it stands.
        tokio::select! {
            answer = ingest::put_metrics(&request, &clock, &store) => Some(read(answer, now_ms)),
            () = mortal.killed.notified() => None,
        }
    }

    async fn keys(&self, prefix: String) -> Vec<String> {
        let all = self.store.list_all(&prefix).await.unwrap();
        all.into_iter().map(|found| found.key).collect()
    }

    async fn objects(&self) -> Vec<String> {
        self.keys(format!("raw/dt={}/host=i-0123456789abcdef0/", self.day)).await
    }

    /// Those of the day after, in which all attempts are.
    async fn markers(&self) -> Vec<String> {
        let mut keys = self.keys(format!("late/{}T", self.day.next())).await;
        keys.retain(|key| key.ends_with(&format!("/{}", self.day)));
        keys
    }

    fn marker(&self, after_ms: i64) -> Option<String> {
        let hour = after_ms / HOUR_MS;
        (after_ms > IN_TIME_MS).then(|| format!("late/{}T{hour:02}/{}", self.day.next(), self.day))
    }

    /// Attempts one after the other, the last without a death, with what must hold after each of them.
    async fn live_through(&self, attempts: &[Attempt]) {
        let mut first_stored = None;
        for &(after_ms, death) in attempts {
            let before = self.objects().await;
            let answer = self.attempt(death, self.day.end_ms() + after_ms).await;
            let (objects, markers) = (self.objects().await, self.markers().await);
            assert!(markers.is_empty() || objects.len() == 1, "a marker without its object: {attempts:?}");
            assert!(objects.starts_with(&before), "what lay there is gone: {attempts:?}");
            // A death at the marker is none to a batch that leaves no marker.
            match (death.filter(|death| death.put == 0 || after_ms > IN_TIME_MS), answer) {
                (Some(Death { how: How::Killed, .. }), None) => {}
                (Some(Death { how: How::Error, .. }), Some((503, _))) => {}
                (None, Some((200, told))) => {
                    // What was stored just now may say so too: on S3 its first answer may have been lost.
                    assert!(told["duplicate"] == true || before.is_empty(), "{told} after {attempts:?}");
                    assert_eq!(objects.len(), 1, "answered 200 and not there: {attempts:?}");
                    let marker = self.marker(after_ms);
                    assert!(marker.iter().all(|marker| markers.contains(marker)), "{marker:?}: {attempts:?}");
                }
                (_, answer) => panic!("{answer:?} after {attempts:?}"),
            }
            if let Some(key) = objects.first() {
                let object = self.store.get(key).await.unwrap();
                let first = first_stored.get_or_insert(object.clone());
                assert_eq!(*first, object, "the first stays: {attempts:?}");
            }
        }
        let due: Vec<_> = attempts.iter().filter_map(|(after_ms, _)| self.marker(*after_ms)).collect();
        for marker in self.markers().await {
            assert!(due.contains(&marker), "{marker} is of no attempt: {attempts:?}");
        }
    }
}

/// When, since the end of the filed day, and what happened.
type Attempt = (i64, Option<Death>);

/// One death and a retry, then two deaths and a retry.
async fn whatever_died_a_retry_leaves_object_and_marker(store: &dyn Store) {
    let mut lives: Vec<Vec<Attempt>> = Vec::new();
    for first in deaths().map(Some) {
        for (died, retried) in
            [(IN_TIME_MS, IN_TIME_MS), (IN_TIME_MS, LATE_MS), (LATE_MS, LATE_MS), (LATE_MS, LATER_MS)]
        {
            lives.push(vec![(died, first), (retried, None)]);
        }
        for second in deaths().map(Some) {
            lives.push(vec![(IN_TIME_MS, first), (LATE_MS, second), (LATER_MS, None)]);
            lives.push(vec![(LATE_MS, first), (LATE_MS, second), (LATE_MS, None)]);
        }
    }
    let mut day = Day::of_ms(NOON_MS + 24 * HOUR_MS * 30);
    for life in lives {
        Filed { store, day }.live_through(&life).await;
        day = day.next();
    }
}

#[tokio::test]
async fn a_folder_has_object_and_marker_whatever_died() {
    let keep = tempfile::tempdir().unwrap();
    let folder = DirectoryStore::open(keep.path().join("raw")).unwrap();
    whatever_died_a_retry_leaves_object_and_marker(&folder).await;
}

#[tokio::test]
#[ignore = "needs an S3 server: .ci/s3 starts one and runs this"]
async fn a_bucket_has_object_and_marker_whatever_died() {
    whatever_died_a_retry_leaves_object_and_marker(&bucket().await).await;
}
