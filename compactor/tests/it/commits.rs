//! Which commits are made, and that a second run makes nothing.

use lake::{CommitId, Key, TableName};

use crate::fleet::{CLOSED_MS, DAY_MS, Fleet, HOUR_MS, MINUTE_MS, batch, day, settings};
use crate::rows::{columns, identities, scan};

#[tokio::test]
async fn a_second_run_changes_no_byte() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..5)).await;
    let first = fleet.compact_well(CLOSED_MS).await;
    assert_eq!(first.committed.len(), 1);
    let manifest =
        std::fs::read(fleet.lake().path(&Key::Manifest(first.committed[0].commit_id).to_string())).unwrap();
    let files = fleet.files();

    let second = fleet.compact_well(CLOSED_MS + HOUR_MS).await;
    assert_eq!(second, compactor::Outcome::default());
    assert_eq!(fleet.compact_day(CLOSED_MS + HOUR_MS).await.unwrap(), None);
    assert!(fleet.files() == files);
    let again =
        std::fs::read(fleet.lake().path(&Key::Manifest(first.committed[0].commit_id).to_string())).unwrap();
    assert_eq!(manifest, again);
}

#[tokio::test]
async fn a_day_is_due_from_one_o_clock_on() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..2)).await;
    assert_eq!(compactor::due(&fleet.buckets(), CLOSED_MS - 1, None).await.unwrap().commits, []);
    assert_eq!(fleet.compact_well(CLOSED_MS - 1).await, compactor::Outcome::default());
    let refused = fleet.compact_day(CLOSED_MS - 1).await.unwrap_err().to_string();
    assert_eq!(refused, "2026-11-20 is not closed: its first commit is due from 01:00 UTC of 2026-11-21 on");
    assert!(fleet.files().is_empty());
    assert_eq!(
        compactor::due(&fleet.buckets(), CLOSED_MS, None).await.unwrap().commits,
        [CommitId { day: day(), number: 0 }]
    );
}

#[tokio::test]
async fn a_day_without_data_gets_an_empty_commit() {
    let fleet = Fleet::new();
    fleet.put(day().back(2), &batch("web-1", 1, 0..2)).await;
    fleet.put(day(), &batch("web-1", 1, 2..4)).await;
    let committed = fleet.compact_well(CLOSED_MS).await.committed;
    let said: Vec<_> =
        committed.iter().map(|it| (it.commit_id.to_string(), it.snapshots, it.objects)).collect();
    let expected = [("2026-11-18.0", 2, 1), ("2026-11-19.0", 0, 0), ("2026-11-20.0", 2, 1)];
    assert_eq!(said, expected.map(|(id, snapshots, objects)| (id.to_owned(), snapshots, objects)));
    for manifest in committed {
        let verified = compactor::verify(&fleet.buckets(), manifest.day).await.unwrap();
        assert_eq!((verified.findings, verified.waiting), (vec![], 0));
    }
}

#[tokio::test]
async fn shards_change_nothing_in_the_rows() {
    let all: [&str; 7] = ["a", "a-1", "a.1", "a1", "b", "b-2", "c"];
    let mut found = Vec::new();
    for hosts_per_shard in [1, 2, 3, 500] {
        let fleet = Fleet::new();
        for host in all {
            fleet.put(day(), &batch(host, 1, 0..3)).await;
        }
        let clock = lake::SetClock::new(CLOSED_MS);
        compactor::compact(&fleet.buckets(), &clock, &settings(hosts_per_shard)).await.unwrap();
        let shards = crate::rows::files(&fleet, TableName::Hosts).len();
        assert_eq!(shards, all.len().div_ceil(hosts_per_shard));
        let tables = TableName::ALL.map(|table| {
            let mut rows = scan(&fleet, table);
            rows.sort();
            rows
        });
        found.push(tables);
    }
    assert!(found.iter().all(|tables| *tables == found[0]));
    assert_eq!(found[0][0].len(), all.len() * 3);
}

#[tokio::test]
async fn no_shard_is_begun_after_the_time_is_up() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    let until = compactor::Settings { until_ms: CLOSED_MS, ..settings(500) };
    let clock = lake::SetClock::new(CLOSED_MS);
    let outcome = compactor::compact(&fleet.buckets(), &clock, &until).await.unwrap();
    assert_eq!((outcome.committed.len(), outcome.left), (0, 1));
    assert!(fleet.files().is_empty());
    fleet.compact_well(CLOSED_MS + MINUTE_MS).await;
    assert_eq!(identities(&fleet).len(), 3);
}

#[tokio::test]
async fn the_fixture_is_about_the_day_it_says() {
    assert_eq!(day().start_ms(), DAY_MS);
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..1)).await;
    fleet.compact_well(CLOSED_MS).await;
    assert_eq!(columns(&scan(&fleet, TableName::Hosts), &["ts"]), ["2026-11-20T00:00:07.123Z"]);
}
