//! What a shard cost lies beside its report.

use compactor::Cost;
use lake::{Clock, CommitId, Key, Store};

use crate::fleet::{CLOSED_MS, Fleet, HOUR_MS, batch, day, settings};

/// A clock that moves on by a second whenever it is asked.
#[derive(Debug)]
struct Ticking(std::sync::atomic::AtomicI64);

impl Clock for Ticking {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1_000, std::sync::atomic::Ordering::SeqCst)
    }
}

#[tokio::test]
async fn the_run_that_finishes_a_shard_says_what_it_took() {
    let fleet = Fleet::new();
    for host in ["web-1", "web-2", "web-3"] {
        fleet.put(day(), &batch(host, 1, 0..3)).await;
    }
    let clock = Ticking(CLOSED_MS.into());
    let outcome = compactor::compact(&fleet.buckets(), &clock, &settings(2)).await.unwrap();
    let manifest = &outcome.committed[0];
    let mut costs = Vec::new();
    for shard in 0..2 {
        let key = Key::Cost(CommitId { day: day(), number: 0 }, shard).to_string();
        let cost: Cost = serde_json::from_slice(&fleet.lake().get(&key).await.unwrap()).unwrap();
        assert_eq!((cost.shard, cost.commit_id), (shard, manifest.commit_id));
        assert!(cost.milliseconds >= 1_000, "{cost:?}");
        costs.push(cost);
    }
    let sum = |of: fn(&Cost) -> u64| costs.iter().map(of).sum::<u64>();
    // Its raw objects, and the plan, lists and reports that are looked for; every file, each list and report.
    assert!(sum(|cost| cost.gets) >= 3 && sum(|cost| cost.bytes_read) >= manifest.raw_bytes);
    let files = fleet.files().keys().filter(|key| key.starts_with("lake/")).count() as u64;
    assert_eq!(sum(|cost| cost.puts), files + 2 + 2);
    assert!(sum(|cost| cost.bytes_written) >= manifest.lake_bytes);
    assert!(sum(|cost| cost.lists) >= 2);

    // Who finds it done pays nothing, and says nothing.
    let again = compactor::compact(&fleet.buckets(), &clock, &settings(2)).await.unwrap();
    assert_eq!(again.committed, []);
    std::fs::remove_file(fleet.lake().path("manifests/dt=2026-11-20/0.json")).unwrap();
    fleet.compact_well(CLOSED_MS + 5 * HOUR_MS).await;
    let key = Key::Cost(manifest.commit_id, 0).to_string();
    let now: Cost = serde_json::from_slice(&fleet.lake().get(&key).await.unwrap()).unwrap();
    assert_eq!(now, costs[0]);
}
