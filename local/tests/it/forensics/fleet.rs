//! The fleet in which the facts are planted, the minutes that it lives through, and how its days come to lie in the buckets.

use std::ops::Range;
use std::sync::Arc;

use compactor::{Buckets, Settings, compact};
use lake::{Day, SetClock};
use local::gateway::{self, Gateway};
use local::simulate::{Fleet, Sample, Target, simulate};
use tokio::net::TcpListener;

use super::facts;
use super::plant::minute;

const SEED: u64 = 7;
const HOSTS: u32 = 52;
/// The day whose rows are still raw at first.
pub(super) const LAST_DAY: i64 = 2;

/// What the fleet lives through: on each day some minutes of the night, and of the first also some of the morning, when people
/// are about. A whole day of it would be 4 GB of JSON.
fn windows() -> [Range<i64>; 5] {
    [
        minute(0, 0, 0)..minute(0, 0, 5),
        minute(0, 3, 0)..minute(0, 3, 20),
        minute(0, 10, 0)..minute(0, 10, 10),
        // Over midnight.
        minute(1, 23, 45)..minute(2, 0, 5),
        minute(2, 3, 0)..minute(2, 3, 18),
    ]
}

/// The fleet with every fact in it.
pub(super) fn planted() -> Fleet {
    let mut fleet = Fleet::new(SEED, HOSTS);
    facts::plant(&mut fleet);
    fleet
}

/// What a host shows in a minute.
pub(super) fn sample(fleet: &Fleet, host: &str, minute: i64) -> Sample {
    let number = fleet.number_of(host).unwrap();
    let sample = fleet.host(number).unwrap().sample(minute).unwrap();
    sample.unwrap_or_else(|| panic!("{host} is down in minute {minute}"))
}

/// Lets the fleet live and post over HTTP into the raw bucket, and commits the days that are over by then: all but the
/// last.
pub(super) async fn fill(fleet: &Fleet, buckets: &Buckets) {
    let clock = Arc::new(SetClock::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}{}", listener.local_addr().unwrap(), gateway::PUT_METRICS);
    let target = Target { url, api_key: "key".to_owned() };
    let gateway = Gateway { api_key: "key".to_owned(), store: buckets.raw.clone(), clock: clock.clone() };
    let serving = tokio::spawn(gateway::serve(listener, gateway, std::future::pending()));
    for window in windows() {
        simulate(fleet, window, &target, &clock, |_| {}).await.unwrap();
    }
    serving.abort();
    commit_before(buckets, minute(LAST_DAY, 4, 0)).await;
}

/// Commits every day that is over in a minute.
pub(super) async fn commit_before(buckets: &Buckets, minute: i64) {
    let clock = SetClock::new(minute * 60_000);
    // Two shards a day, so that a table is more than one file.
    let settings = Settings {
        hosts_per_shard: 30,
        workers: 2,
        until_ms: i64::MAX,
        first_day: None,
        held_above_percent: 1.0,
        expiry: None,
        progress: &(),
    };
    let outcome = compact(buckets, &clock, &settings).await.unwrap();
    assert_eq!(outcome.failed, []);
    let today = Day::of_ms(minute * 60_000);
    assert!(outcome.committed.iter().all(|manifest| manifest.day < today && manifest.quarantined == 0));
    assert!(!outcome.committed.is_empty());
}
