//! A store that fails, or a process that dies, at every call of a whole run over days on which everything happens: what
//! follows makes the same files.

use std::collections::BTreeMap;
use std::sync::Arc;

use compactor::compact;
use lake::{SetClock, TableName};

use crate::faulty::{Death, Failure, Fault, Meanwhile, Once, faulty};
use crate::fleet::{HOUR_MS, settings};
use crate::world::{NOW_MS, SNAPSHOTS, World, days, everything};

/// Lets a run meet a fault; whether it said that something failed.
pub(crate) async fn disturbed(world: &World, fault: Arc<dyn Fault>, hosts_per_shard: usize) -> bool {
    let buckets = faulty(&world.buckets(), fault);
    let outcome = compact(&buckets, &SetClock::new(NOW_MS), &settings(hosts_per_shard)).await;
    outcome.is_err() || outcome.is_ok_and(|outcome| !outcome.complaints().is_empty())
}

/// The files of a run that nothing disturbed.
async fn in_peace(world: &World) -> BTreeMap<String, Vec<u8>> {
    let world = world.copy();
    world.compact_well(NOW_MS, 1).await;
    world.files()
}

pub(crate) fn assert_same(
    found: &BTreeMap<String, Vec<u8>>,
    expected: &BTreeMap<String, Vec<u8>>,
    when: &str,
) {
    let differing = expected.iter().find(|(key, bytes)| found.get(*key) != Some(bytes));
    assert_eq!(differing.map(|(key, _)| key), None, "missing or other, {when}");
    assert_eq!(found.keys().find(|key| !expected.contains_key(*key)), None, "too many, {when}");
}

/// The fault is met at each call in turn. Either the run says that something failed, and the one an hour later makes good,
/// or it made good itself.
async fn made_good<F: Fault + 'static>(fault: impl Fn(usize) -> Arc<F>, what: &str) -> usize {
    let world = everything().await;
    let expected = in_peace(&world).await;
    let mut failures = 0;
    for at in 0.. {
        let world = world.copy();
        let fault = fault(at);
        let when = format!("{what} at call {at}");
        if disturbed(&world, fault.clone(), 1).await {
            assert!(fault.happened(), "{when}");
            failures += 1;
            world.compact_well(NOW_MS + HOUR_MS, 1).await;
        }
        assert_same(&world.files(), &expected, &when);
        if !fault.happened() {
            return failures;
        }
    }
    unreachable!()
}

/// What the runs below come to, whatever happens to them.
#[tokio::test]
async fn a_plain_scan_of_every_table_has_each_row_once() {
    let world = everything().await;
    world.compact_well(NOW_MS, 1).await;
    world.assert_identities(SNAPSHOTS, "in peace");
    world.assert_proven(&days(), "in peace").await;
    for (table, mut rows) in world.rows() {
        let all = rows.len();
        rows.dedup();
        assert!(all > 0 && rows.len() == all, "{table} has {all} rows, {} of them different", rows.len());
    }
    // Two processes a snapshot.
    assert_eq!(world.scan(TableName::Processes).len(), 2 * SNAPSHOTS);
}

/// Before the next call is after the one before: what took effect is there.
#[tokio::test]
async fn a_death_at_any_call_is_made_good() {
    let deaths = made_good(|at| Death::at(at, false), "death").await;
    assert!(deaths > 150, "{deaths}");
}

#[tokio::test]
async fn a_refusal_at_any_call_is_made_good() {
    let how = [Once::Unavailable, Once::Denied];
    let failures = made_good(|at| Failure::at(at, how[at % 2]), "503 or 403").await;
    assert!(failures > 150, "{failures}");
}

#[tokio::test]
async fn a_time_out_at_any_call_is_made_good() {
    let failures = made_good(|at| Failure::at(at, Once::Unanswered), "time-out").await;
    assert!(failures > 150, "{failures}");
}

#[tokio::test]
async fn a_412_to_the_first_writer_is_no_failure() {
    assert_eq!(made_good(|at| Failure::at(at, Once::Existed), "412").await, 0);
}

/// Another compactor does everything while this one is about to make a call.
#[tokio::test]
async fn another_run_at_any_call_comes_to_the_same() {
    let world = everything().await;
    let expected = in_peace(&world).await;
    for at in 0.. {
        let world = Arc::new(world.copy());
        let other = world.clone();
        let fault = Meanwhile::at(at, move || {
            let other = other.clone();
            Box::pin(async move { drop(other.compact_well(NOW_MS, 1).await) })
        });
        let when = format!("another run at call {at}");
        assert!(!disturbed(&world, fault.clone(), 1).await, "{when}");
        assert_same(&world.files(), &expected, &when);
        if !fault.happened() {
            return;
        }
    }
}
