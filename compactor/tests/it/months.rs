//! Full months, rolled up: their manifests in one object, what came later in the next generation.

use compactor::{Outcome, Rolled, Settings, compact};
use lake::{CommitId, Key, SetClock, Store};

use crate::faulty::{Death, Fault, faulty};
use crate::fleet::{CLOSED_MS, DAY_MS, Fleet, HOUR_MS, batch, day, settings};

/// 2026-12-20T00:00, from when on November may be rolled up.
const ROLLS_MS: i64 = DAY_MS + 30 * 24 * HOUR_MS;

/// Three days of November count, and the 20th, for which something lies there.
fn since_the_28th() -> Settings<'static> {
    Settings { first_day: Some("2026-11-28".parse().unwrap()), ..settings(500) }
}

async fn run(fleet: &Fleet, now_ms: i64) -> Outcome {
    let outcome = compact(&fleet.buckets(), &SetClock::new(now_ms), &since_the_28th()).await.unwrap();
    assert_eq!(outcome.complaints(), Vec::<String>::new());
    outcome
}

/// All of November is committed, and it is a moment too early to roll it up.
async fn committed() -> Fleet {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    let outcome = run(&fleet, ROLLS_MS - 1).await;
    assert!(outcome.committed.len() > 4, "December's days too");
    assert_eq!(outcome.rolled, []);
    fleet
}

fn rolled(generation: u32, manifests: usize) -> Rolled {
    Rolled { month: "2026-11".parse().unwrap(), generation, manifests }
}

async fn generation(fleet: &Fleet, generation: u32) -> String {
    let key = Key::Month("2026-11".parse().unwrap(), generation).to_string();
    String::from_utf8(fleet.lake().get(&key).await.unwrap().to_vec()).unwrap()
}

/// The lines as they lie by the days.
async fn lines(fleet: &Fleet, commits: &[&str]) -> String {
    let mut lines = String::new();
    for commit in commits {
        let commit: CommitId = commit.parse().unwrap();
        let line = fleet.lake().get(&Key::Manifest(commit).to_string()).await.unwrap();
        lines += &format!("{}\n", String::from_utf8(line.to_vec()).unwrap());
    }
    lines
}

const NOVEMBER: [&str; 4] = ["2026-11-20.0", "2026-11-28.0", "2026-11-29.0", "2026-11-30.0"];

#[tokio::test]
async fn a_month_is_rolled_up_once_nothing_can_be_filed_into_it() {
    let fleet = committed().await;
    assert_eq!(run(&fleet, ROLLS_MS).await.rolled, [rolled(0, 4)]);
    assert_eq!(generation(&fleet, 0).await, lines(&fleet, &NOVEMBER).await);
    let files = fleet.files();
    assert_eq!(run(&fleet, ROLLS_MS + 1).await, Outcome::default());
    assert!(fleet.files() == files);
}

#[tokio::test]
async fn what_lies_outside_its_commits_keeps_a_month_from_it() {
    let fleet = committed().await;
    fleet.put(day(), &batch("web-9", 1, 0..3)).await;
    assert_eq!(run(&fleet, ROLLS_MS).await.rolled, []);
    fleet.compact_day(ROLLS_MS).await.unwrap().unwrap();
    assert_eq!(run(&fleet, ROLLS_MS).await.rolled, [rolled(0, 5)]);
    let five = ["2026-11-20.0", "2026-11-20.1", "2026-11-28.0", "2026-11-29.0", "2026-11-30.0"];
    assert_eq!(generation(&fleet, 0).await, lines(&fleet, &five).await);
}

#[tokio::test]
async fn a_day_without_a_commit_keeps_a_month_from_it() {
    let fleet = committed().await;
    let missing = fleet.lake().path(&Key::Manifest(NOVEMBER[2].parse().unwrap()).to_string());
    let line = std::fs::read(&missing).unwrap();
    std::fs::remove_file(&missing).unwrap();
    // Its plan is of a program to come, so that it cannot be committed again.
    let plan = fleet.lake().path(&Key::Plan(NOVEMBER[2].parse().unwrap()).to_string());
    let sound = std::fs::read(&plan).unwrap();
    std::fs::write(&plan, r#"{"version":2}"#).unwrap();
    let outcome = compact(&fleet.buckets(), &SetClock::new(ROLLS_MS), &since_the_28th()).await.unwrap();
    assert_eq!((outcome.failed.len(), outcome.rolled), (1, vec![]));
    std::fs::write(&plan, sound).unwrap();
    std::fs::write(&missing, line).unwrap();
    assert_eq!(run(&fleet, ROLLS_MS).await.rolled, [rolled(0, 4)]);
}

#[tokio::test]
async fn a_commit_made_by_hand_later_comes_in_the_next_generation() {
    let fleet = committed().await;
    run(&fleet, ROLLS_MS).await;
    let first = generation(&fleet, 0).await;
    for number in 1..3 {
        fleet.put(day(), &batch("web-9", number, 0..3)).await;
        fleet.compact_day(ROLLS_MS).await.unwrap().unwrap();
        assert_eq!(run(&fleet, ROLLS_MS).await.rolled, [rolled(number as u32, 1)]);
        let line = lines(&fleet, &[&format!("2026-11-20.{number}")]).await;
        assert_eq!(generation(&fleet, number as u32).await, line);
    }
    assert_eq!(generation(&fleet, 0).await, first);
    assert_eq!(run(&fleet, ROLLS_MS).await.rolled, []);
}

/// A run that listed before a commit came was first with a generation that lacks it.
#[tokio::test]
async fn what_a_first_writer_lacked_comes_in_the_next_generation() {
    let fleet = committed().await;
    let key = Key::Month("2026-11".parse().unwrap(), 0).to_string();
    let fewer = lines(&fleet, &NOVEMBER[..3]).await;
    fleet.lake().put_if_absent(&key, fewer.into_bytes().into()).await.unwrap();
    assert_eq!(run(&fleet, ROLLS_MS).await.rolled, [rolled(1, 1)]);
    assert_eq!(generation(&fleet, 1).await, lines(&fleet, &NOVEMBER[3..]).await);
    assert_eq!(run(&fleet, ROLLS_MS).await.rolled, []);
}

#[tokio::test]
async fn two_at_once_write_one_generation() {
    let fleet = committed().await;
    let (one, other) = tokio::join!(run(&fleet, ROLLS_MS), run(&fleet, ROLLS_MS));
    assert_eq!([one.rolled, other.rolled].concat(), [rolled(0, 4)]);
    assert_eq!(generation(&fleet, 0).await, lines(&fleet, &NOVEMBER).await);
    assert_eq!(run(&fleet, ROLLS_MS).await.rolled, []);
}

#[tokio::test]
async fn a_death_at_any_call_is_made_good() {
    let fleet = committed().await;
    run(&fleet, ROLLS_MS).await;
    let expected = fleet.files();
    let generation = fleet.lake().path(&Key::Month("2026-11".parse().unwrap(), 0).to_string());
    for after_effect in [false, true] {
        let mut at = 0;
        loop {
            std::fs::remove_file(&generation).unwrap();
            let death = Death::at(at, after_effect);
            let buckets = faulty(&fleet.buckets(), death.clone());
            let died = compact(&buckets, &SetClock::new(ROLLS_MS), &since_the_28th()).await;
            assert_eq!(death.happened(), died.is_err() || !died.unwrap().complaints().is_empty(), "{at}");
            run(&fleet, ROLLS_MS).await;
            assert!(fleet.files() == expected, "death at call {at}");
            if !death.happened() {
                break;
            }
            at += 1;
        }
        assert!(at > 20, "a run has {at} calls");
    }
}

#[tokio::test]
async fn what_is_none_of_ours_among_the_months_is_named() {
    let fleet = committed().await;
    let stray = "manifests/months/notes.txt";
    fleet.lake().put_if_absent(stray, b"x".to_vec().into()).await.unwrap();
    let outcome = compact(&fleet.buckets(), &SetClock::new(ROLLS_MS), &since_the_28th()).await.unwrap();
    assert!(outcome.complaints()[0].contains(stray), "{:?}", outcome.complaints());
}

#[tokio::test]
async fn no_month_is_begun_after_the_time_is_up() {
    let fleet = committed().await;
    let until = Settings { until_ms: ROLLS_MS, ..since_the_28th() };
    let outcome = compact(&fleet.buckets(), &SetClock::new(ROLLS_MS), &until).await.unwrap();
    assert_eq!((outcome.complaints(), outcome.rolled), (vec![], vec![]));
}

/// Somebody put a day far in the past: what lies there is committed, and no empty commits with it.
#[tokio::test]
async fn a_day_far_in_the_past_brings_no_others() {
    let far = "2019-03-01".parse().unwrap();
    let first = Some("2026-11-18".parse().unwrap());
    for (first_day, expected) in [
        (first, &["2019-03-01.0", "2026-11-18.0", "2026-11-19.0", "2026-11-20.0"][..]),
        (None, &["2019-03-01.0", "2026-11-20.0"][..]),
    ] {
        let fleet = Fleet::new();
        fleet.put(far, &batch("web-1", 1, 0..3)).await;
        fleet.put(day(), &batch("web-1", 1, 3..5)).await;
        let settings = Settings { first_day, ..settings(500) };
        let outcome = compact(&fleet.buckets(), &SetClock::new(CLOSED_MS), &settings).await.unwrap();
        let committed: Vec<_> = outcome.committed.iter().map(|it| it.commit_id.to_string()).collect();
        assert_eq!(committed, expected);
        assert_eq!(outcome.committed[0].snapshots, 3);
        // All of that month that counts is committed: it is rolled up.
        assert_eq!(outcome.rolled.iter().map(|it| it.month.to_string()).collect::<Vec<_>>(), ["2019-03"]);
        let again = compact(&fleet.buckets(), &SetClock::new(CLOSED_MS), &settings).await.unwrap();
        assert_eq!(again, Outcome::default());
    }
}
