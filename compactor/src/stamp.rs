//! The manifest's stamp and its put, close together.
//!
//! Views take a commit's rows from 15 minutes after its stamp on, so that no query sees the manifest in one of its
//! branches and not in the other. That holds as long as the manifest lies there well within these 15 minutes: so a put
//! that takes long is given up and stamped anew, three times a minute at most.

use std::time::Duration;

use lake::{Clock, Key, Manifest, Store, StoreError};

use crate::record;

/// A put gets so long. S3 answers a small put in 50 ms; the SDK gives up after 20 s by itself, but for 409s.
pub(crate) const WITHIN: Duration = Duration::from_secs(60);
/// How often it is tried, each time with a new stamp.
const TRIES: u32 = 3;

/// Stamps and puts a manifest, not before `earliest_ms`, and gives the one that holds, which another run may have put
/// before, or a try of this run that was given up.
pub(crate) async fn put(
    store: &dyn Store,
    mut manifest: Manifest,
    earliest_ms: i64,
    clock: &dyn Clock,
    within: Duration,
) -> anyhow::Result<Manifest> {
    let key = Key::Manifest(manifest.commit_id);
    let mut tried = 0;
    loop {
        manifest.committed_at_ms = clock.now_ms().max(earliest_ms);
        tried += 1;
        let outcome = tokio::time::timeout(within, record::decide(store, &key, manifest.clone())).await;
        let error = match outcome {
            Ok(Ok(holds)) => return Ok(holds),
            // What is there and cannot be followed will not change by trying again.
            Ok(Err(error)) if !error.is::<StoreError>() => return Err(error),
            Ok(Err(error)) => error,
            Err(_) => anyhow::anyhow!("could not put {key}: no answer within {within:?}"),
        };
        if tried == TRIES {
            return Err(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::sync::Mutex;

    use async_trait::async_trait;
    use bytes::Bytes;
    use lake::{Body, DirectoryStore, Found, MANIFEST_VERSION, Page, Put, SetClock};

    use super::*;

    /// What becomes of a put.
    #[derive(Clone, Copy, Debug)]
    enum Answer {
        Refused,
        Hangs,
        StoredAndHangs,
        Stored,
    }

    /// A folder whose puts go as told, the clock moving on by an hour with each.
    #[derive(Debug)]
    struct Slow<'c> {
        store: DirectoryStore,
        answers: Mutex<Vec<Answer>>,
        clock: &'c SetClock,
    }

    #[async_trait]
    impl Store for Slow<'_> {
        async fn put_if_absent(&self, key: &str, body: Body) -> Result<Put, StoreError> {
            let answer = self.answers.lock().unwrap().remove(0);
            self.clock.set(self.clock.now_ms() + 3_600_000);
            // At once, not as a folder's store does it, which waits for the disk: on a busy one longer than whoever hangs is
            // given here.
            let write = || {
                let place = self.store.path(key);
                if place.exists() {
                    return Put::Existed;
                }
                std::fs::create_dir_all(place.parent().unwrap()).unwrap();
                let Body::Bytes(bytes) = body else { panic!("a manifest is no file") };
                std::fs::write(place, bytes).unwrap();
                Put::Stored
            };
            match answer {
                Answer::Refused => {
                    let (key, reason) = (key.to_owned(), "503".to_owned());
                    Err(StoreError::Unavailable { operation: "put", key, reason })
                }
                Answer::Hangs => std::future::pending().await,
                // As a server goes on with what its client gave up.
                Answer::StoredAndHangs => {
                    write();
                    std::future::pending().await
                }
                Answer::Stored => Ok(write()),
            }
        }
        async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
            self.store.get(key).await
        }
        async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
            self.store.get_range(key, range).await
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

    fn manifest() -> Manifest {
        let commit_id: lake::CommitId = "2026-11-20.0".parse().unwrap();
        Manifest {
            version: MANIFEST_VERSION,
            commit_id,
            day: commit_id.day,
            committed_at_ms: 0,
            snapshots: 0,
            hosts: 0,
            rows: 0,
            raw_bytes: 0,
            lake_bytes: 0,
            objects: 0,
            dropped: 0,
            quarantined: 0,
            quarantined_bytes: 0,
            program: "test".to_owned(),
        }
    }

    const HOUR_MS: i64 = 3_600_000;

    /// Puts with these answers, from hour 0 on; which hour the manifest is of that holds.
    async fn hour(answers: &[Answer], earliest_ms: i64) -> anyhow::Result<i64> {
        let folder = tempfile::tempdir().unwrap();
        let clock = SetClock::new(0);
        let store = Slow {
            store: DirectoryStore::open(folder.path()).unwrap(),
            answers: Mutex::new(answers.to_vec()),
            clock: &clock,
        };
        // Whoever hangs has had time enough, and whoever writes to a disk has not: a wait that no test waits for.
        let hangs = answers.iter().any(|answer| matches!(answer, Answer::Hangs | Answer::StoredAndHangs));
        let within = if hangs { Duration::from_millis(200) } else { WITHIN };
        let held = put(&store, manifest(), earliest_ms, &clock, within).await?;
        let lies: Manifest =
            record::read(&store, &Key::Manifest(held.commit_id)).await.unwrap().expect("a manifest");
        assert_eq!(lies, held, "what is given is what lies there");
        Ok(held.committed_at_ms / HOUR_MS)
    }

    #[tokio::test]
    async fn each_try_is_stamped_anew() {
        use Answer::*;
        assert_eq!(hour(&[Stored], 0).await.unwrap(), 0);
        assert_eq!(hour(&[Stored], 5 * HOUR_MS).await.unwrap(), 5);
        assert_eq!(hour(&[Refused, Stored], 0).await.unwrap(), 1);
        assert_eq!(hour(&[Hangs, Refused, Stored], 0).await.unwrap(), 2);
        // The server went on with a put that was given up: that one holds, stamp and all.
        assert_eq!(hour(&[StoredAndHangs, Stored], 0).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn it_gives_up_in_the_end() {
        use Answer::*;
        let said = format!("{:#}", hour(&[Refused, Refused, Refused], 0).await.unwrap_err());
        assert_eq!(said, "could not put manifests/dt=2026-11-20/0.json: 503");
        let said = format!("{:#}", hour(&[Hangs, Hangs, Hangs], 0).await.unwrap_err());
        assert!(said.contains("no answer within"), "{said}");
    }
}
