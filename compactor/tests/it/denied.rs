//! What may not be read or written: a read that fails says nothing about what was to be read, so nothing is ever
//! quarantined for it, and the other days go on.

use std::sync::Arc;

use lake::SetClock;

use crate::faulty::{Refusing, faulty};
use crate::fleet::{CLOSED_MS, HOUR_MS, batch, day, settings};
use crate::world::World;

/// Two days, of which the second has two hosts, a repeat and something that cannot be read.
async fn two_days() -> World {
    let world = World::default();
    world.put(day().back(1), &batch("web-1", 9, 0..3)).await;
    world.put(day(), &batch("web-1", 1, 0..3)).await;
    world.put(day(), &batch("web-2", 1, 0..2)).await;
    world.put(day(), &batch("web-2", 1, 1..4)).await;
    world.put_bytes(&crate::overlaps::key_of(5..8), b"damaged").await;
    world
}

#[tokio::test]
async fn a_prefix_without_access_fails_its_day_alone_and_quarantines_nothing() {
    let cases = [
        ("get", "raw/dt=2026-11-20/host=web-2/"),
        ("list", "raw/dt=2026-11-20/"),
        ("get", "commits/dt=2026-11-20/"),
        ("put", "commits/dt=2026-11-20/"),
        ("put", "lake/processes/dt=2026-11-20/"),
        ("look at", "lake/processes/dt=2026-11-20/"),
        ("get", "lake/processes/dt=2026-11-20/"),
        ("put", "quarantine/dt=2026-11-20/"),
        ("look at", "quarantine/dt=2026-11-20/"),
        ("get", "quarantine/dt=2026-11-20/"),
        ("put", "manifests/dt=2026-11-20/"),
    ];
    let peace = two_days().await;
    peace.compact_well(CLOSED_MS, 500).await;
    for (operation, containing) in cases {
        for denied in [true, false] {
            let world = two_days().await;
            let refusing = Refusing { operation, containing, denied };
            let buckets = faulty(&world.buckets(), Arc::new(refusing));
            let clock = SetClock::new(CLOSED_MS);
            let outcome = compactor::compact(&buckets, &clock, &settings(500)).await.unwrap();
            let case = format!("{operation} {containing}");
            let committed: Vec<_> = outcome.committed.iter().map(|it| it.commit_id.to_string()).collect();
            assert_eq!(committed, ["2026-11-19.0"], "{case}");
            assert_eq!(outcome.failed.len(), 1, "{case}");
            // Whoever is told knows what to look at.
            let said = &outcome.failed[0].1;
            assert!(said.contains(containing), "{case}: {said}");
            let words = if denied { "not permitted to" } else { "could not" };
            assert!(said.contains(words), "{case}: {said}");
            let expected = peace.files();
            for (key, bytes) in world.files() {
                assert!(expected.get(&key) == Some(&bytes), "{key} after {case}");
            }

            world.compact_well(CLOSED_MS + HOUR_MS, 500).await;
            crate::whole_run::assert_same(&world.files(), &expected, &case);
        }
    }
}
