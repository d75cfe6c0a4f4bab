//! Between a death and the next run the world goes on: more arrives, a program of another version or with another shard
//! size comes next. At every call of a whole run.

use std::sync::Arc;

use compactor::CONTENT_ENTRY;
use lake::{Digest, TableName};

use crate::faulty::{Death, Fault, Meanwhile};
use crate::fleet::{CLOSED_MS, HOUR_MS, batch};
use crate::whole_run::disturbed;
use crate::world::{NOW_MS, SNAPSHOTS_OF_THE_DAY, World, days, everything, full_day};

/// Rows of every table of a run that nothing disturbed.
async fn rows_in_peace(world: &World) -> Vec<(TableName, Vec<String>)> {
    let world = world.copy();
    world.compact_well(NOW_MS, 1).await;
    world.rows()
}

/// Deaths at each call in turn, before and after it; `next` is what follows. Every row is there once.
async fn whatever_comes_next<F: Future<Output = ()>>(next: impl Fn(Arc<World>) -> F, what: &str) {
    let world = everything().await;
    let expected = rows_in_peace(&world).await;
    for at in 0.. {
        let world = Arc::new(world.copy());
        let death = Death::at(at, at % 2 == 0);
        disturbed(&world, death.clone(), 1).await;
        next(world.clone()).await;
        let when = format!("{what} after a death at call {at}");
        for ((table, found), (_, expected)) in world.rows().iter().zip(&expected) {
            assert!(found == expected, "{table}, {when}");
        }
        world.assert_proven(&days(), &when).await;
        if !death.happened() {
            return;
        }
    }
}

#[tokio::test]
async fn another_shard_size_in_between() {
    let next = |world: Arc<World>| async move { drop(world.compact_well(NOW_MS + HOUR_MS, 500).await) };
    whatever_comes_next(next, "a run with one shard a day").await;
}

#[tokio::test]
async fn another_version_in_between() {
    let next = |world: Arc<World>| async move {
        by_an_older_version(&world);
        world.compact_well(NOW_MS + HOUR_MS, 1).await;
    };
    whatever_comes_next(next, "a newer version").await;
}

const OURS: &str = concat!("endpoint-metrics ", env!("CARGO_PKG_VERSION"));
const OLDER: &str = "endpoint-metrics 0.0.9";

/// Makes everything that lies in the lake the work of an older version, which packs the same rows into other bytes.
fn by_an_older_version(world: &World) {
    for (key, bytes) in world.lake.all() {
        let mut bytes = replaced(&bytes, OURS.as_bytes(), OLDER.as_bytes());
        if key.ends_with(".parquet") {
            seal(&mut bytes);
        }
        world.lake.overwrite(&key, bytes);
    }
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "the lengths in a file's footer stay");
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len().saturating_sub(from.len() - 1) {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

/// The digest over a whole file with 32 zeros in its place, in its place.
fn seal(file: &mut [u8]) {
    let name = [CONTENT_ENTRY.as_bytes(), b"\x18\x20"].concat();
    let place = file.windows(name.len()).rposition(|window| window == name).unwrap() + name.len();
    file[place..place + 32].fill(b'0');
    let digest = Digest::of(file).to_string();
    file[place..place + 32].copy_from_slice(digest.as_bytes());
}

/// What arrives late is a batch of a known host, one of a new host that comes before all others, and their marker.
async fn arrive(world: &World) {
    let [.., full] = days();
    world.put(full, &batch("web-2", 1, 4..6)).await;
    world.put(full, &batch("a-web-0", 7, 0..2)).await;
    world.mark_late(CLOSED_MS, full).await;
}
const ARRIVED: usize = 4;

/// Once the marker's hour is over everything is there, once.
async fn settled(world: &World, when: &str) {
    world.compact_well(NOW_MS + 2 * HOUR_MS, 1).await;
    world.assert_identities(SNAPSHOTS_OF_THE_DAY + ARRIVED, when);
    world.assert_proven(&days()[3..], when).await;
    let samples = world.columns(TableName::Processes, &["host_id", "ts", "pid"]);
    assert_eq!(samples.len(), 2 * (SNAPSHOTS_OF_THE_DAY + ARRIVED), "{when}");
    let sum =
        |table| world.scan(table).iter().map(|row| row["samples"].parse::<usize>().unwrap()).sum::<usize>();
    assert_eq!(sum(TableName::ProcessRuns), samples.len(), "{when}");
    assert_eq!(sum(TableName::Coverage), SNAPSHOTS_OF_THE_DAY + ARRIVED, "{when}");
    let again = world.compact_well(NOW_MS + 3 * HOUR_MS, 1).await.committed;
    assert_eq!(again, [], "{when}");
}

#[tokio::test]
async fn what_arrives_after_a_death_is_taken_once() {
    let world = full_day().await;
    for at in 0.. {
        let world = world.copy();
        let death = Death::at(at, at % 2 == 1);
        disturbed(&world, death.clone(), 1).await;
        arrive(&world).await;
        world.compact_well(NOW_MS, 1).await;
        settled(&world, &format!("arrived after a death at call {at}")).await;
        if !death.happened() {
            return;
        }
    }
}

#[tokio::test]
async fn what_arrives_at_any_call_of_a_running_commit_is_taken_once() {
    let world = full_day().await;
    for at in 0.. {
        let world = Arc::new(world.copy());
        let arriving = world.clone();
        let fault = Meanwhile::at(at, move || {
            let world = arriving.clone();
            Box::pin(async move { arrive(&world).await })
        });
        let when = format!("arrived at call {at}");
        assert!(!disturbed(&world, fault.clone(), 1).await, "{when}");
        if !fault.happened() {
            return;
        }
        settled(&world, &when).await;
    }
}
