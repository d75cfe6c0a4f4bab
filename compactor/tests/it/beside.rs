//! Two compactors at once on the same buckets, their calls interleaved one by one as a seed says.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use compactor::{Outcome, compact};
use lake::{SetClock, StoreError};
use tokio::sync::Notify;

use crate::faulty::{Fault, faulty};
use crate::fleet::{CLOSED_MS, MINUTE_MS, settings};
use crate::world::{SNAPSHOTS_OF_THE_DAY, World, days, full_day};

/// Lets one of two have a turn at the store.
#[derive(Debug)]
struct Turnstile {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    chance: fastrand::Rng,
    turn: usize,
    finished: [bool; 2],
}

#[derive(Debug)]
struct Player(Arc<Turnstile>, usize);

impl Turnstile {
    fn next(&self) {
        let mut state = self.state.lock().unwrap();
        state.turn = state.chance.usize(..2);
        if state.finished[state.turn] {
            state.turn = 1 - state.turn;
        }
        drop(state);
        self.changed.notify_waiters();
    }

    fn finish(&self, player: usize) {
        self.state.lock().unwrap().finished[player] = true;
        self.next();
    }
}

#[async_trait]
impl Fault for Player {
    async fn before(&self, _: &'static str, _: &str) -> Result<(), StoreError> {
        loop {
            let mut changed = std::pin::pin!(self.0.changed.notified());
            changed.as_mut().enable();
            if self.0.state.lock().unwrap().turn == self.1 {
                return Ok(());
            }
            changed.await;
        }
    }

    async fn after(&self, _: &'static str, _: &str) -> Result<(), StoreError> {
        self.0.next();
        Ok(())
    }
}

/// Two runs at once; each is given the fault that lets it have its turns.
pub(crate) async fn interleaved<R, F: Future<Output = R>>(
    seed: u64,
    run: impl Fn(usize, Arc<dyn Fault>) -> F,
) -> [R; 2] {
    let state = State { chance: fastrand::Rng::with_seed(seed), turn: 0, finished: [false; 2] };
    let turnstile = Arc::new(Turnstile { state: Mutex::new(state), changed: Notify::new() });
    let run = |player: usize| {
        let running = run(player, Arc::new(Player(turnstile.clone(), player)));
        let turnstile = turnstile.clone();
        async move {
            let outcome = running.await;
            turnstile.finish(player);
            outcome
        }
    };
    let (one, other) = tokio::join!(run(0), run(1));
    [one, other]
}

async fn both(fleet: &World, seed: u64, shards: [usize; 2]) -> [Outcome; 2] {
    let state = State { chance: fastrand::Rng::with_seed(seed), turn: 0, finished: [false; 2] };
    let turnstile = Arc::new(Turnstile { state: Mutex::new(state), changed: Notify::new() });
    let run = |player: usize| {
        let turnstile = turnstile.clone();
        let buckets = faulty(&fleet.buckets(), Arc::new(Player(turnstile.clone(), player)));
        async move {
            let clock = SetClock::new(CLOSED_MS + player as i64 * MINUTE_MS);
            let outcome = compact(&buckets, &clock, &settings(shards[player])).await.unwrap();
            turnstile.finish(player);
            outcome
        }
    };
    let (one, other) = tokio::join!(run(0), run(1));
    [one, other]
}

#[tokio::test]
async fn two_at_once_come_to_one_result() {
    let template = full_day().await;
    let alone = template.copy();
    alone.compact_well(CLOSED_MS, 1).await;
    for seed in 0..24 {
        let world = template.copy();
        let [one, other] = both(&world, seed, [1, 1]).await;
        assert_eq!((one.complaints(), other.complaints()), (vec![], vec![]), "seed {seed}");
        for (mine, theirs) in one.committed.iter().zip(&other.committed) {
            assert_eq!(mine, theirs, "seed {seed}");
        }
        crate::whole_run::assert_same(&world.files(), &alone.files(), &format!("seed {seed}"));
    }
}

#[tokio::test]
async fn two_that_would_cut_shards_differently_follow_one_plan() {
    let template = full_day().await;
    let alone = template.copy();
    alone.compact_well(CLOSED_MS, 1).await;
    for seed in 100..124 {
        let world = template.copy();
        let [one, other] = both(&world, seed, [1, 500]).await;
        let when = format!("seed {seed}");
        assert_eq!((one.complaints(), other.complaints()), (vec![], vec![]), "{when}");
        world.assert_identities(SNAPSHOTS_OF_THE_DAY, &when);
        assert!(world.rows() == alone.rows(), "{when}");
        world.assert_proven(&days()[3..], &when).await;
    }
}
