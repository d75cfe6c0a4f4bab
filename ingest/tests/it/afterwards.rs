//! When the answer is there, nothing is under way any more: a Lambda is frozen then, and what was left would go on with
//! the next request, or never.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ingest::limits::STORE_WITHIN;
use lake::{Body, Clock, Put, SetClock, StoreError};
use tokio::runtime::Handle;

use crate::adding::{Adding, Puts};
use crate::fixture::{HOUR_MS, NOON_MS, batch, read, request, zstd};
use crate::peer::Next::{Answer, Stall};
use crate::peer::Peer;

const NEXT_DAY_MS: i64 = NOON_MS + 24 * HOUR_MS;

/// A store that takes its time, or never answers, and knows how many puts are under way.
#[derive(Debug, Default)]
struct Slow {
    begun: AtomicUsize,
    under_way: AtomicUsize,
    /// The put, counted from 0, that never answers.
    stalls_at: Option<usize>,
}

/// A put that is under way until it has its answer or is given up.
struct UnderWay<'s>(&'s AtomicUsize);

impl<'s> UnderWay<'s> {
    fn begin(count: &'s AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Puts for Slow {
    async fn put(&self, _: &str, _: Body) -> Result<Put, StoreError> {
        let _under_way = UnderWay::begin(&self.under_way);
        if self.stalls_at == Some(self.begun.fetch_add(1, Ordering::SeqCst)) {
            std::future::pending::<()>().await;
        }
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        Ok(Put::Stored)
    }
}

/// Posts a batch, and wants nothing under way behind the answer: neither a put nor a task of its own.
async fn post(store: &Slow, now_ms: i64) -> i64 {
    let sent = request(&zstd(batch(1, 5).as_bytes()));
    let tasks = Handle::current().metrics().num_alive_tasks();
    let (status, _) = read(ingest::put_metrics(&sent, &SetClock::new(now_ms), &Adding(store)).await, now_ms);
    assert_eq!(store.under_way.load(Ordering::SeqCst), 0, "a put is still under way");
    assert_eq!(Handle::current().metrics().num_alive_tasks(), tasks, "a task is left behind");
    status
}

#[tokio::test]
async fn the_answer_comes_after_the_last_put() {
    for (now_ms, puts) in [(NOON_MS, 1), (NEXT_DAY_MS, 2)] {
        let store = Slow::default();
        assert_eq!(post(&store, now_ms).await, 200);
        assert_eq!(store.begun.load(Ordering::SeqCst), puts);
    }
}

#[tokio::test]
async fn a_peer_that_stops_answering_is_told_as_503() {
    for script in [&[][..], &[Answer(200, "")]] {
        let peer = Peer::start(script, Stall).await;
        let store = peer.impatient_store(Duration::from_millis(100)).await;
        let sent = request(&zstd(batch(1, 5).as_bytes()));
        let answer = ingest::put_metrics(&sent, &SetClock::new(NEXT_DAY_MS), &store).await;
        let (status, told) = read(answer, NEXT_DAY_MS);
        assert_eq!(status, 503, "{told}");
    }
}

/// A clock that goes on by this at each look: so long a Lambda took to check the batch.
#[derive(Debug)]
struct Ticking(AtomicI64, i64);

impl Clock for Ticking {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(self.1, Ordering::SeqCst)
    }
}

#[tokio::test]
async fn what_was_spent_before_the_put_is_of_the_same_seconds() {
    let all_ms = STORE_WITHIN.as_millis() as i64;
    for spent_ms in [all_ms - 50, all_ms, 10 * all_ms] {
        let store = Slow { stalls_at: Some(0), ..Slow::default() };
        let (clock, sent) = (Ticking(NOON_MS.into(), spent_ms), request(&zstd(batch(1, 5).as_bytes())));
        let store = Adding(&store);
        let answer = ingest::put_metrics(&sent, &clock, &store);
        let answer = tokio::time::timeout(STORE_WITHIN / 2, answer).await.expect("given up long before");
        assert_eq!(read(answer, NOON_MS).0, 503, "{spent_ms} ms spent");
    }
}

/// The same with the times that a Lambda has, all at once: each answer is there before the gateway's 29 s are over.
#[tokio::test]
#[ignore = "waits for 25 s: .ci/s3 runs it with the tests that need a server"]
async fn a_bucket_that_never_answers_is_given_up_before_the_gateway_does() {
    let begun = Instant::now();
    let lambdas = async |script: &[_]| {
        let peer = Peer::start(script, Stall).await;
        let store = peer.store().await;
        let sent = request(&zstd(batch(1, 5).as_bytes()));
        let answer = ingest::put_metrics(&sent, &SetClock::new(NEXT_DAY_MS), &store).await;
        read(answer, NEXT_DAY_MS).0
    };
    let hung = async |stalls_at| {
        let sent = request(&zstd(batch(1, 5).as_bytes()));
        let store = Slow { stalls_at: Some(stalls_at), ..Slow::default() };
        let answer = ingest::put_metrics(&sent, &SetClock::new(NEXT_DAY_MS), &Adding(&store)).await;
        assert!(begun.elapsed() >= STORE_WITHIN);
        assert_eq!(store.under_way.load(Ordering::SeqCst), 0, "what is given up is cancelled");
        read(answer, NEXT_DAY_MS).0
    };
    let answers = tokio::join!(lambdas(&[]), lambdas(&[Answer(200, "")]), hung(0), hung(1));
    assert_eq!(answers, (503, 503, 503, 503));
    assert!(begun.elapsed() < Duration::from_secs(29), "{:?}", begun.elapsed());
}
