//! A commit of which too much cannot be read waits for a person.

use compactor::{Held, Outcome, Settings, accept, compact};
use lake::{CommitId, Key, SetClock};

use crate::fleet::{CLOSED_MS, Fleet, HOUR_MS, batch, day, settings};
use crate::overlaps::key_of;
use crate::rows::identities;

fn above(held_above_percent: f64) -> Settings<'static> {
    Settings { held_above_percent, ..settings(500) }
}

async fn run(fleet: &Fleet, percent: f64) -> Outcome {
    compact(&fleet.buckets(), &SetClock::new(CLOSED_MS), &above(percent)).await.unwrap()
}

async fn accepted(fleet: &Fleet, commit: CommitId) -> anyhow::Result<compactor::Accepted> {
    accept(&fleet.buckets(), commit, &SetClock::new(CLOSED_MS + HOUR_MS), 1.0).await
}

fn commit(number: u32) -> CommitId {
    CommitId { day: day(), number }
}

/// A day with an object that cannot be read, and the day before, of which all can be.
async fn damaged() -> Fleet {
    let fleet = Fleet::new();
    fleet.put(day().back(1), &batch("web-1", 9, 0..3)).await;
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    fleet.put_bytes(&key_of(5..8), b"damaged").await;
    fleet
}

#[tokio::test]
async fn a_held_day_blocks_no_other_and_waits_until_it_is_accepted() {
    let fleet = damaged().await;
    for _ in 0..2 {
        let outcome = run(&fleet, 1.0).await;
        assert_eq!(outcome.held, [commit(0)]);
        let (failed, why) = &outcome.failed[0];
        assert_eq!((*failed, outcome.failed.len()), (commit(0), 1));
        for said in ["held: 7 of its ", "explain 2026-11-20", "accept 2026-11-20.0"] {
            assert!(why.contains(said), "'{said}' in: {why}");
        }
        assert!(!fleet.files().contains_key(&Key::Manifest(commit(0)).to_string()));
    }
    assert!(fleet.files().contains_key("manifests/dt=2026-11-19/0.json"));

    let first = accepted(&fleet, commit(0)).await.unwrap();
    assert_eq!((first.unreadable_bytes, first.accepted_at_ms), (7, CLOSED_MS + HOUR_MS));
    assert_eq!(accepted(&fleet, commit(0)).await.unwrap(), first);
    let outcome = run(&fleet, 1.0).await;
    assert_eq!((outcome.complaints(), outcome.held), (vec![], vec![]));
    assert_eq!((outcome.committed[0].commit_id, outcome.committed[0].quarantined), (commit(0), 1));
    assert_eq!(identities(&fleet).len(), 6);
}

/// Of an object of ten lines one line is a tenth.
#[tokio::test]
async fn a_line_counts_for_its_share_of_the_object() {
    for (percent, held) in [(9.0, true), (11.0, false)] {
        let fleet = Fleet::new();
        let mut lines = batch("web-1", 1, 0..10);
        lines[4]["version"] = 99.into();
        fleet.put(day(), &lines).await;
        assert_eq!(run(&fleet, percent).await.held, if held { vec![commit(0)] } else { vec![] });
    }
}

#[tokio::test]
async fn overlaps_can_be_read_and_hold_nothing() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    let mut other = batch("web-1", 1, 1..3);
    other.iter_mut().for_each(|line| line["forks"] = 7.into());
    fleet.put(day(), &other).await;
    let outcome = run(&fleet, 0.0).await;
    assert_eq!((outcome.complaints(), outcome.committed[0].quarantined), (vec![], 2));
}

#[tokio::test]
async fn a_late_commit_is_held_like_a_first_one() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    run(&fleet, 1.0).await;
    fleet.put_bytes(&key_of(5..8), b"damaged").await;
    let clock = SetClock::new(CLOSED_MS);
    let held = compactor::compact_day(&fleet.buckets(), day(), &clock, &above(1.0)).await.unwrap_err();
    let expected = Held { commit: commit(1), unreadable_bytes: 7, raw_bytes: 7 };
    assert_eq!(held.downcast_ref::<Held>(), Some(&expected));
    accepted(&fleet, commit(1)).await.unwrap();
    let manifest = compactor::compact_day(&fleet.buckets(), day(), &clock, &above(1.0)).await.unwrap();
    assert_eq!(manifest.unwrap().commit_id, commit(1));
}

#[tokio::test]
async fn what_is_not_held_cannot_be_accepted() {
    let fleet = damaged().await;
    let refused = |fleet, commit| async move { accepted(fleet, commit).await.unwrap_err().to_string() };
    assert_eq!(refused(&fleet, commit(0)).await, "2026-11-20.0 is not planned: run compact first");
    compactor::plan(&fleet.buckets(), commit(0), 500, CLOSED_MS).await.unwrap();
    assert_eq!(refused(&fleet, commit(0)).await, "shard 0 of 2026-11-20.0 is not done: run compact first");
    run(&fleet, 1.0).await;
    let yesterday = CommitId { day: day().back(1), number: 0 };
    assert!(refused(&fleet, yesterday).await.contains("is committed"));
    run(&fleet, 100.0).await;
    assert!(refused(&fleet, commit(0)).await.contains("is committed"));

    let sound = Fleet::new();
    sound.put(day(), &batch("web-1", 1, 0..3)).await;
    let plan = compactor::plan(&sound.buckets(), commit(0), 500, CLOSED_MS).await.unwrap();
    compactor::shard(&sound.buckets(), &plan, 0, &()).await.unwrap();
    let said = refused(&sound, commit(0)).await;
    assert_eq!(said, "2026-11-20.0 is not held: 0.0 % of it cannot be read, no more than 1 %");
    assert!(!sound.files().contains_key(&Key::Accepted(commit(0)).to_string()));
}
