//! A process that dies at every call of a whole run, before and after the call took effect: what follows makes the same
//! files, and each row is there once.

use compactor::compact;
use lake::{Key, SetClock};

use crate::faulty::{Death, Refusing, faulty};
use crate::fleet::{CLOSED_MS, Fleet, HOUR_MS, MINUTE_MS, batch, day, settings};
use crate::rows::identities;

/// Two hosts, a line that cannot be read and a repeat: everything that a shard can have to put.
async fn fleet() -> Fleet {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    fleet.put(day(), &batch("web-2", 1, 0..2)).await;
    fleet.put(day(), &batch("web-2", 1, 1..4)).await;
    let mut bad = batch("web-2", 2, 0..2);
    bad[1]["pid"] = "x".into();
    bad[1]["version"] = 99.into();
    fleet.put(day(), &bad).await;
    fleet
}

/// Lets a process die at its call number `at`; whether it came to that.
async fn die(fleet: &Fleet, at: usize, after_effect: bool) -> bool {
    let death = Death::at(at, after_effect);
    let buckets = faulty(&fleet.buckets(), death.clone());
    let outcome = compact(&buckets, &SetClock::new(CLOSED_MS), &settings(1)).await;
    let died = death.happened();
    assert_eq!(
        died,
        outcome.is_err() || outcome.is_ok_and(|outcome| !outcome.complaints().is_empty()),
        "{at}"
    );
    died
}

async fn run(fleet: &Fleet, now_ms: i64) {
    let outcome = compact(&fleet.buckets(), &SetClock::new(now_ms), &settings(1)).await.unwrap();
    assert_eq!((outcome.complaints(), outcome.left), (vec![], 0));
}

async fn whatever_the_call(after_effect: bool) {
    let undisturbed = fleet().await;
    run(&undisturbed, CLOSED_MS).await;
    let (files, rows) = (undisturbed.files(), identities(&undisturbed));
    assert_eq!(rows.len(), 8);

    let mut at = 0;
    loop {
        let fleet = fleet().await;
        let died = die(&fleet, at, after_effect).await;
        run(&fleet, CLOSED_MS + HOUR_MS).await;
        let found = fleet.files();
        assert_eq!(found.keys().collect::<Vec<_>>(), files.keys().collect::<Vec<_>>(), "death at call {at}");
        let differing = files.iter().find(|(key, bytes)| found[*key] != **bytes);
        assert_eq!(differing.map(|(key, _)| key), None, "death at call {at}");
        assert_eq!(identities(&fleet), rows, "death at call {at}");
        if !died {
            break;
        }
        at += 1;
    }
    assert!(at > 50, "a whole run has {at} calls");
}

#[tokio::test]
async fn a_death_before_any_call_is_made_good() {
    whatever_the_call(false).await;
}

#[tokio::test]
async fn a_death_after_any_call_is_made_good() {
    whatever_the_call(true).await;
}

/// More arrives between death and the next run. What was decided is followed, what came later is taken by the next
/// commit, and nothing is there twice, wherever the death was.
#[tokio::test]
async fn what_arrives_after_a_death_is_taken_once() {
    let mut at = 0;
    let mut commits = std::collections::BTreeSet::new();
    loop {
        let fleet = fleet().await;
        let died = die(&fleet, at, at % 2 == 0).await;
        let decided = decided(&fleet);
        fleet.put(day(), &batch("web-1", 1, 3..5)).await;
        fleet.put(day(), &batch("web-0", 7, 0..2)).await;
        fleet.mark_late(CLOSED_MS + MINUTE_MS, day()).await;

        run(&fleet, CLOSED_MS + 2 * MINUTE_MS).await;
        for (key, list) in decided {
            assert_eq!(fleet.files()[&key], list, "{key}, death at call {at}");
        }
        // The marker's hour is over, and so is what clocks may differ by.
        run(&fleet, CLOSED_MS + 2 * HOUR_MS).await;
        let verified = compactor::verify(&fleet.buckets(), day()).await.unwrap();
        assert_eq!((verified.findings, verified.waiting), (vec![], 0), "death at call {at}");
        assert_eq!(verified.commits.len(), 2);
        commits.insert(verified.commits[0].snapshots);
        let mut rows = identities(&fleet);
        assert_eq!(rows.len(), 12, "death at call {at}");
        rows.dedup();
        assert_eq!(rows.len(), 12, "death at call {at}");
        assert_eq!(fleet.compact_day(CLOSED_MS + 3 * HOUR_MS).await.unwrap(), None);
        if !died {
            break;
        }
        at += 3;
    }
    assert!(commits.contains(&8) && commits.contains(&12), "both before and after the lists: {commits:?}");
}

fn decided(fleet: &Fleet) -> Vec<(String, Vec<u8>)> {
    let list = |key: &String| matches!(key.parse(), Ok(Key::ShardKeys(..) | Key::Report(..)));
    fleet.files().into_iter().filter(|(key, _)| list(key)).collect()
}

/// A read that fails says nothing about what was to be read.
#[tokio::test]
async fn a_read_that_fails_fails_its_day_alone() {
    for denied in [true, false] {
        let fleet = fleet().await;
        fleet.put(day().back(1), &batch("web-1", 9, 0..3)).await;
        let refusing = Refusing { operation: "get", containing: "dt=2026-11-20/host=web-2", denied };
        let buckets = faulty(&fleet.buckets(), std::sync::Arc::new(refusing));
        let outcome = compact(&buckets, &SetClock::new(CLOSED_MS), &settings(1)).await.unwrap();
        let committed: Vec<_> = outcome.committed.iter().map(|it| it.commit_id.to_string()).collect();
        assert_eq!(committed, ["2026-11-19.0"]);
        assert_eq!(outcome.failed.len(), 1);
        assert!(outcome.failed[0].1.contains("raw/dt=2026-11-20/host=web-2/"), "{}", outcome.failed[0].1);
        assert!(!fleet.files().keys().any(|key| key.starts_with("quarantine/")));

        run(&fleet, CLOSED_MS + HOUR_MS).await;
        assert_eq!(identities(&fleet).len(), 3 + 8);
    }
}
