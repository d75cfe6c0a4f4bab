//! A day's story.

use compactor::{Explained, Next, compact, explain};
use lake::{CommitId, SetClock};

use crate::fleet::{CLOSED_MS, Fleet, HOUR_MS, MINUTE_MS, batch, day, settings};
use crate::overlaps::key_of;

async fn explained(fleet: &Fleet, now_ms: i64) -> Explained {
    explain(&fleet.buckets(), day(), now_ms, 1.0).await.unwrap()
}

fn commit(number: u32) -> CommitId {
    CommitId { day: day(), number }
}

#[tokio::test]
async fn why_a_day_is_not_compacted() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    fleet.put(day(), &batch("web-2", 1, 0..3)).await;
    assert_eq!(explained(&fleet, CLOSED_MS - 1).await.next, Next::NotClosed(CLOSED_MS));
    let story = explained(&fleet, CLOSED_MS).await;
    assert_eq!((story.next, story.commits.len(), story.raw.objects), (Next::NotBegun(commit(0)), 0, 2));

    let plan = compactor::plan(&fleet.buckets(), commit(0), 1, CLOSED_MS).await.unwrap();
    compactor::shard(&fleet.buckets(), &plan, 1, &()).await.unwrap();
    let begun = Next::Unfinished {
        commit: commit(0),
        planned_at_ms: CLOSED_MS,
        program: "endpoint-metrics 0.1.0".to_owned(),
        reported: 1,
        shards: 2,
    };
    assert_eq!(explained(&fleet, CLOSED_MS).await.next, begun);

    // Without anything there, too.
    let nothing = explained(&Fleet::new(), CLOSED_MS).await;
    assert_eq!((nothing.next, nothing.raw.objects), (Next::NotBegun(commit(0)), 0));
}

#[tokio::test]
async fn a_held_day_says_why() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    fleet.put_bytes(&key_of(5..8), b"damaged").await;
    fleet.put_bytes(&key_of(8..10), b"").await;
    let held = compactor::Settings { held_above_percent: 1.0, ..settings(500) };
    compact(&fleet.buckets(), &SetClock::new(CLOSED_MS), &held).await.unwrap();
    let Next::Held(held, reasons) = explained(&fleet, CLOSED_MS).await.next else { panic!("not held") };
    assert_eq!((held.commit, held.unreadable_bytes), (commit(0), 7));
    let mut words: Vec<_> = reasons.iter().map(|reason| (reason.words.as_str(), reason.count)).collect();
    words.sort();
    assert_eq!(words, [("not readable as zstd: Unknown frame descriptor", 1), ("… bytes, expected zstd", 1)]);
    assert!(reasons.iter().all(|reason| reason.example.0.starts_with("raw/dt=2026-11-20/host=web-1/")));
}

#[tokio::test]
async fn what_became_of_everything() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..5)).await;
    fleet.put(day(), &batch("web-1", 1, 3..6)).await;
    let mut bad = batch("web-2", 1, 0..3);
    bad[0]["version"] = 99.into();
    bad[2]["version"] = 98.into();
    fleet.put(day(), &bad).await;
    fleet.compact_well(CLOSED_MS).await;
    fleet.put(day(), &batch("web-1", 1, 5..7)).await;
    fleet.mark_late(CLOSED_MS + 10 * MINUTE_MS, day()).await;

    let story = explained(&fleet, CLOSED_MS + 30 * MINUTE_MS).await;
    assert_eq!(story.commits.len(), 1);
    let first = &story.commits[0];
    assert_eq!((first.planned_at_ms, first.shards, first.cost_of_shards), (Some(CLOSED_MS), 1, 1));
    assert!(first.cost.puts > 5 && first.cost.bytes_written > 0, "{:?}", first.cost);
    assert_eq!((first.manifest.dropped, first.manifest.quarantined), (2, 2));
    // Two lines whose numbers differ are quarantined for one reason.
    assert_eq!(first.quarantined.len(), 1);
    let reason = &first.quarantined[0];
    assert_eq!((reason.count, reason.overlap, reason.example.1), (2, false, Some(1)));
    assert!(reason.words.starts_with("number …"), "{}", reason.words);
    // The late batch is there, in no commit, and the marker's hour is not settled.
    assert_eq!((story.raw.objects, story.raw.unlisted, story.raw.listed), (4, 1, 3));
    assert!(story.raw.unlisted_keys[0].contains("0000000005-02-"), "{:?}", story.raw);
    assert_eq!(story.late, [("2026-11-21T01".parse().unwrap(), false)]);
    assert_eq!(story.next, Next::NotBegun(commit(1)));

    fleet.compact_well(CLOSED_MS + 2 * HOUR_MS).await;
    let story = explained(&fleet, CLOSED_MS + 3 * HOUR_MS).await;
    assert_eq!((story.commits.len(), story.raw.unlisted, story.next), (2, 0, Next::Nothing));
    assert_eq!(story.late, [("2026-11-21T01".parse().unwrap(), true)]);
    let overlap = &story.commits[1].quarantined[0];
    assert_eq!((overlap.words.as_str(), overlap.overlap), ("… is in an earlier commit of the day", true));

    // Raw has expired.
    std::fs::remove_dir_all(fleet.raw().path("raw/dt=2026-11-20")).unwrap();
    let story = explained(&fleet, CLOSED_MS + 3 * HOUR_MS).await;
    assert_eq!((story.raw.objects, story.raw.listed, story.next), (0, 4, Next::Nothing));
}
