//! Expiry under faults: a run that dies at each of its calls, something put by hand at each of them, rules that cannot be
//! read, and two runs side by side. Whatever happens, no rule takes what is not proven.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use compactor::Buckets;
use lake::lifecycle::{Configuration, Rule};
use lake::{Day, DirectoryStore, Lifecycle, SetClock, Store, StoreError, prefix};
use tempfile::TempDir;

use crate::beside::interleaved;
use crate::expiry::{LATE, after_days, at_risk_of, name, run_with};
use crate::faulty::{Death, Fault, Refusing, faulty};
use crate::fleet::{HOUR_MS, batch, day, settings};
use crate::world::World;

/// Rules with a fault, which a process's buckets share.
#[derive(Debug)]
struct FaultyRules {
    lifecycle: DirectoryStore,
    fault: Arc<dyn Fault>,
}

#[async_trait]
impl Lifecycle for FaultyRules {
    async fn read(&self) -> Result<Configuration, StoreError> {
        self.fault.before("read", "rules").await?;
        let done = self.lifecycle.read().await;
        self.fault.after("read", "rules").await?;
        done
    }

    async fn replace(&self, configuration: &Configuration) -> Result<(), StoreError> {
        self.fault.before("replace", "rules").await?;
        let done = self.lifecycle.replace(configuration).await;
        self.fault.after("replace", "rules").await?;
        done
    }
}

/// Two buckets in memory, and the raw one's rules in a folder.
struct Raw {
    world: World,
    rules: DirectoryStore,
    _folder: TempDir,
}

impl Raw {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rules = DirectoryStore::open(folder.path().join("rules")).unwrap();
        Self { world: World::default(), rules, _folder: folder }
    }

    /// One of its own that holds the same.
    async fn copy(&self) -> Self {
        let copied = Self { world: self.world.copy(), ..Self::new() };
        copied.rules.replace(&self.rules.read().await.unwrap()).await.unwrap();
        copied
    }

    /// Runs with a fault; whether everything went well.
    async fn run_faulty(&self, fault: Arc<dyn Fault>, now_ms: i64) -> bool {
        let buckets = faulty(&self.world.buckets(), fault.clone());
        let rules = FaultyRules { lifecycle: self.rules.clone(), fault };
        let outcome = run_with(&buckets, &rules, &SetClock::new(now_ms), settings(500)).await;
        outcome.is_ok_and(|outcome| outcome.complaints().is_empty())
    }

    /// A run of which nothing may fail.
    async fn run(&self, now_ms: i64) {
        let clock = SetClock::new(now_ms);
        let outcome = run_with(&self.world.buckets(), &self.rules, &clock, settings(500)).await.unwrap();
        assert_eq!((&outcome.failed, outcome.left, &outcome.closing.failed), (&vec![], 0, &vec![]));
    }

    async fn at_risk(&self) -> BTreeSet<String> {
        at_risk_of(&self.world.buckets(), &self.rules).await
    }

    async fn names(&self) -> BTreeSet<String> {
        self.rules.read().await.unwrap().rules.into_iter().map(|rule| rule.id).collect()
    }
}

/// Days with one snapshot each, the last of them the tests' day; all committed.
async fn committed(count: u64) -> (Raw, Vec<Day>) {
    let raw = Raw::new();
    let days: Vec<Day> = (0..count).rev().map(|back| day().back(back)).collect();
    for day in &days {
        raw.world.put(*day, &batch("web-1", 1, 0..1)).await;
    }
    raw.world.compact_well(after_days(16), 500).await;
    (raw, days)
}

/// Three days past filing, and somebody else's rule: one day is under a rule of ours, with something that was put by hand
/// since; one has something that was put by hand before; and one is as it should be.
async fn three_days() -> (Raw, Vec<Day>) {
    let (raw, days) = committed(3).await;
    let of_a_day = Rule::expire(name(days[0], "2026-12-05"), prefix::raw_all(days[0]), 30);
    let rules = Configuration::of(vec![Rule::expire("theirs", "raw/", 400), of_a_day]);
    raw.rules.replace(&rules).await.unwrap();
    raw.world.put(days[0], &batch("web-1", 1, 1..2)).await;
    raw.world.put(days[1], &batch("web-2", 1, 0..1)).await;
    (raw, days)
}

async fn whatever_the_call(after_effect: bool) {
    let (prepared, days) = three_days().await;
    let before = prepared.at_risk().await;
    assert_eq!(before.len(), 1, "what was put under a rule");
    let expected: BTreeSet<String> = days
        .iter()
        .map(|day| name(*day, "2026-12-06"))
        .chain([LATE.to_owned(), "theirs".to_owned()])
        .collect();

    let mut at = 0;
    loop {
        let raw = prepared.copy().await;
        let death = Death::at(at, after_effect);
        let well = raw.run_faulty(death.clone(), after_days(16)).await;
        assert_ne!(well, death.happened(), "death at call {at}");
        let left = raw.at_risk().await;
        assert!(left.is_subset(&before), "death at call {at}: {left:?}");

        raw.run(after_days(16) + HOUR_MS).await;
        assert_eq!(raw.at_risk().await, BTreeSet::new(), "death at call {at}");
        assert_eq!(raw.names().await, expected, "death at call {at}");
        if !death.happened() {
            break;
        }
        at += 1;
    }
    assert!(at > 100, "a whole run has {at} calls");
}

#[tokio::test]
async fn a_death_before_any_call_leaves_no_rule_too_many() {
    whatever_the_call(false).await;
}

#[tokio::test]
async fn a_death_after_any_call_leaves_no_rule_too_many() {
    whatever_the_call(true).await;
}

/// Puts something by hand at one of a run's calls.
#[derive(Debug)]
struct Hand {
    calls: AtomicUsize,
    at: usize,
    store: Arc<dyn Store>,
    key: String,
}

#[async_trait]
impl Fault for Hand {
    async fn before(&self, _: &'static str, _: &str) -> Result<(), StoreError> {
        if self.calls.fetch_add(1, Ordering::SeqCst) == self.at {
            self.store.put_if_absent(&self.key, "by hand".into()).await?;
        }
        Ok(())
    }

    async fn after(&self, _: &'static str, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Something is put into the day that is being closed, at each call in turn. It is taken by that run or found by the next
/// day's; a rule that was set before it was seen takes it 30 days after it was put.
#[tokio::test]
async fn what_is_put_at_any_call_is_found_before_it_can_expire() {
    let (prepared, _) = committed(1).await;
    let (mut at, mut taken_at_once, mut found_later) = (0, 0, 0);
    loop {
        let raw = prepared.copy().await;
        let key = "raw/dt=2026-11-20/host=web-1/by-hand".to_owned();
        let store = raw.world.buckets().raw;
        let hand = Arc::new(Hand { calls: AtomicUsize::new(0), at, store, key: key.clone() });
        assert!(raw.run_faulty(hand.clone(), after_days(16)).await, "at call {at}");
        if hand.calls.load(Ordering::SeqCst) <= at {
            break;
        }
        let risk = raw.at_risk().await;
        if risk.is_empty() {
            taken_at_once += 1
        } else {
            found_later += 1
        }
        assert!(risk.is_subset(&[key].into()), "at call {at}: {risk:?}");
        raw.run(after_days(17)).await;
        assert_eq!(raw.at_risk().await, BTreeSet::new(), "at call {at}");
        let expected = [name(day(), "2026-12-07"), LATE.to_owned()].into();
        assert_eq!(raw.names().await, expected, "at call {at}");
        at += 1;
    }
    assert!(taken_at_once > 10 && found_later > 3, "{taken_at_once} and {found_later}");
}

/// When the rules cannot be read nothing is written, and commits are made all the same.
#[tokio::test]
async fn rules_that_cannot_be_read_are_not_replaced() {
    for (operation, denied) in [("read", false), ("read", true), ("replace", false), ("replace", true)] {
        let (raw, _) = committed(1).await;
        raw.world.put(day().back(1), &batch("web-1", 1, 0..1)).await;
        let fault: Arc<dyn Fault> = Arc::new(Refusing { operation, containing: "rules", denied });
        let rules = FaultyRules { lifecycle: raw.rules.clone(), fault };
        let clock = SetClock::new(after_days(16));
        let outcome = run_with(&raw.world.buckets(), &rules, &clock, settings(500)).await.unwrap();
        let words = outcome.complaints().join("; ");
        assert!(
            words.starts_with("the rules by which raw expires: ") && words.contains(operation),
            "{words}"
        );
        assert_eq!((outcome.committed.len(), outcome.closing.writes), (1, 0));
        assert_eq!(raw.names().await, BTreeSet::new());
    }
}

/// Rules that tell whenever one was set for something that is not proven.
#[derive(Debug)]
struct Watched {
    rules: FaultyRules,
    buckets: Buckets,
    before: BTreeSet<String>,
}

#[async_trait]
impl Lifecycle for Watched {
    async fn read(&self) -> Result<Configuration, StoreError> {
        self.rules.read().await
    }

    async fn replace(&self, configuration: &Configuration) -> Result<(), StoreError> {
        self.rules.fault.before("replace", "rules").await?;
        let done = self.rules.lifecycle.replace(configuration).await;
        let risk = at_risk_of(&self.buckets, &self.rules.lifecycle).await;
        assert!(risk.is_subset(&self.before), "{risk:?} by {configuration:?}");
        self.rules.fault.after("replace", "rules").await?;
        done
    }
}

/// Two compactors at once, their calls interleaved one by one, among rules of others: of what is not proven, no rule of
/// theirs ever takes anything but what lay under one before, and at the end not that either.
#[tokio::test]
async fn two_at_once_set_no_rule_for_what_is_not_proven() {
    let (prepared, days) = three_days().await;
    // The third is under a rule too, and its file was damaged since.
    let damaged = days[2];
    let key = prepared
        .world
        .lake
        .all()
        .into_keys()
        .find(|key| key.starts_with(&format!("lake/processes/dt={damaged}/")));
    prepared.world.lake.overwrite(&key.unwrap(), "damaged");
    let mut rules = prepared.rules.read().await.unwrap();
    rules.rules.push(Rule::expire(name(damaged, "2026-12-05"), prefix::raw_all(damaged), 30));
    prepared.rules.replace(&rules).await.unwrap();
    let before = prepared.at_risk().await;
    assert_eq!(before.len(), 2);

    for seed in 0..48 {
        let raw = prepared.copy().await;
        let (buckets, rules) = (&raw.world.buckets(), &raw.rules);
        let done = interleaved(seed, |player, fault| {
            let before = before.clone();
            async move {
                let faulty_buckets = faulty(buckets, fault.clone());
                let rules = FaultyRules { lifecycle: rules.clone(), fault };
                let watched = Watched { rules, buckets: buckets.clone(), before };
                let clock = SetClock::new(after_days(16) + player as i64 * 1000);
                run_with(&faulty_buckets, &watched, &clock, settings(500)).await.unwrap()
            }
        })
        .await;
        for outcome in done {
            assert_eq!((outcome.failed, outcome.closing.failed), (vec![], vec![]), "seed {seed}");
        }
        assert_eq!(raw.at_risk().await, BTreeSet::new(), "seed {seed}");
        // Rules that one of them lost come back with the next run.
        raw.run(after_days(16) + HOUR_MS).await;
        assert_eq!(raw.at_risk().await, BTreeSet::new(), "seed {seed}");
        let closed = days[..2].iter().map(|day| name(*day, "2026-12-06"));
        let expected = closed.chain([LATE.to_owned(), "theirs".to_owned()]).collect();
        assert_eq!(raw.names().await, expected, "seed {seed}");
    }
}
