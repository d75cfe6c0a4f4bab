//! What the views cost besides what is asked for: the raw objects of committed days, and three years of manifests.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use compactor::{Buckets, Catalogue, move_starts};
use lake::{Clock, Day, Key, SetClock, SystemClock};
use local::simulate::{Fleet, simulate};
use serde_json::json;

use super::servers::Servers;
use crate::starts::manifest;
use crate::stopping::commit_the_day;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// 2026-11-20 00:00 UTC.
const DAY_MS: i64 = 1_795_132_800_000;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

async fn catalogue(servers: &Servers) -> Catalogue {
    let settings = aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(std::env::var("GLUE_URL").unwrap())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("ci", "secret", None, None, "test"));
    Catalogue::open_with(servers.database, settings).await.unwrap()
}

/// An hour of a fleet on the 20th and the 21st, of which the 20th is committed, two hours after its end.
async fn live(servers: &Servers) {
    let clock = Arc::new(SetClock::new(DAY_MS));
    let target = servers.gateway(clock.clone()).await;
    for day in 0..2 {
        let first = DAY_MS / MINUTE_MS + day * 24 * 60 + 9 * 60;
        simulate(&Fleet::new(7, 3), first..first + 60, &target, &clock, |_| {}).await.unwrap();
    }
    commit_the_day(&servers.buckets, &SetClock::new(DAY_MS + 26 * HOUR_MS)).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Trino, a Glue catalogue and an S3 server: .ci/trino starts them and runs this"]
async fn on_trino_a_question_about_committed_days_reads_no_raw() {
    let servers = Servers::new("bytes", "2026-11-18").await;
    servers.make_tables().await;
    live(&servers).await;
    let table = async |name: &str| {
        servers.glue("GetTable", json!({"DatabaseName": servers.database, "Name": name})).await["Table"]
            .take()
    };
    let names = ["raw_open", "manifest_days"];
    let before = [table(names[0]).await, table(names[1]).await];

    // A day after the commit the 20th leaves raw_open, in the catalogue that Trino reads.
    let catalogue = catalogue(&servers).await;
    let young =
        move_starts(&catalogue, &servers.buckets, &SetClock::new(DAY_MS + 49 * HOUR_MS)).await.unwrap();
    assert_eq!((young.len(), young[0].to), (1, day("2026-11-20")));
    let moved =
        move_starts(&catalogue, &servers.buckets, &SetClock::new(DAY_MS + 51 * HOUR_MS)).await.unwrap();
    assert_eq!((moved.len(), moved[0].table, moved[0].to), (1, "raw_open", day("2026-11-21")));
    for (name, mut before) in names.into_iter().zip(before) {
        let mut after = table(name).await;
        if name == "raw_open" {
            before["Parameters"]["projection.dt.range"] = "2026-11-21,NOW+1DAYS".into();
        }
        for one in [&mut before, &mut after] {
            let members = one.as_object_mut().unwrap();
            members.retain(|name, _| name != "VersionId" && name != "UpdateTime" && name != "CreateTime");
        }
        assert_eq!(after, before, "{name}");
    }

    for view in ["hosts", "processes", "process_runs", "programs", "socket_runs", "coverage"] {
        let (rows, bytes) = servers
            .cost(&format!("SELECT count(*), max(host_name) FROM {view} WHERE dt = '2026-11-20'"))
            .await;
        assert!(rows[0][0].as_i64().unwrap() > 0, "{view}: {rows:?}");
        assert_eq!(bytes.get("raw_open").copied().unwrap_or_default(), 0, "{view}: {bytes:?}");
        assert!(bytes[&format!("lake_{view}")] > 0, "{view}: {bytes:?}");
        println!("{view}, a committed day: {bytes:?}");
    }
    let (rows, bytes) =
        servers.cost("SELECT count(*), count(commit_id) FROM hosts WHERE dt >= '2026-11-20'").await;
    assert_eq!(rows, [[json!(360), json!(180)]]);
    let stored = servers.buckets.raw.list_all("raw/dt=2026-11-21/").await.unwrap();
    let stored: u64 = stored.iter().map(|found| found.bytes).sum();
    assert_eq!(bytes["raw_open"], stored, "the open day and no other: {bytes:?}");
    println!("hosts, both days: {bytes:?}");

    // The plan says so before anything is read: the branch is not in it at all.
    let plan = servers.rows("EXPLAIN SELECT host_name FROM hosts WHERE dt = '2026-11-20'").await;
    let plan = plan[0][0].as_str().unwrap().to_owned();
    assert!(plan.contains("lake_hosts") && !plan.contains("raw_open"), "{plan}");
    let plan = servers.rows("EXPLAIN SELECT host_name FROM hosts WHERE dt >= '2026-11-20'").await;
    assert!(plan[0][0].as_str().unwrap().contains("raw_open"), "the open day is");
}

/// Puts three years of commits, their whole months rolled up as the compactor does it.
async fn three_years(buckets: &Buckets, last: Day) {
    let lake = buckets.lake.as_ref();
    let mut month = last.back(3 * 365).month();
    while month < last.month() {
        let lines: String =
            month.days().map(|day| manifest(day, day.end_ms() + 2 * HOUR_MS) + "\n").collect();
        let key = Key::Month(month, 0).to_string();
        lake.put_if_absent(&key, lines.into_bytes().into()).await.unwrap();
        month = month.next();
    }
    let mut day = last.month().first_day().back(30);
    while day <= last {
        let key = format!("manifests/dt={day}/0.json");
        let line = manifest(day, day.end_ms() + 2 * HOUR_MS);
        lake.put_if_absent(&key, line.into_bytes().into()).await.unwrap();
        day = day.next();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Trino, a Glue catalogue and an S3 server: .ci/trino starts them and runs this"]
async fn on_trino_three_years_of_commits_cost_a_question_little() {
    // The most days that are not rolled up: this month's and the one before.
    let today = Day::of_ms(SystemClock.now_ms());
    let first = today.month().first_day().back(1).month().first_day();
    let servers = Servers::new("years", &first.to_string()).await;
    servers.make_tables().await;
    three_years(&servers.buckets, today.back(1)).await;
    let all = servers.rows("SELECT count(*), count(DISTINCT commit_id) FROM commits").await;
    assert!(all[0][0].as_i64().unwrap() > 1_000 && all[0][0] == all[0][1], "{all:?}");

    let question = |table: &str| format!("SELECT count(*) FROM {table} WHERE dt = '{}'", today.back(1));
    let mut figures: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut read = BTreeMap::new();
    for _ in 0..5 {
        for table in ["lake_hosts", "hosts"] {
            let began = std::time::Instant::now();
            let (_, bytes) = servers.cost(&question(table)).await;
            figures.entry(table).or_default().push(began.elapsed().as_secs_f64());
            read = bytes;
        }
    }
    let manifests: u64 =
        read.iter().filter(|(table, _)| table.starts_with("manifest_")).map(|(_, bytes)| bytes).sum();
    assert!(manifests > 0 && manifests < 2_000_000, "{read:?}");
    let median = |table: &str| {
        let mut times = figures[table].clone();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    println!(
        "three years of commits, {} of them, as {} months and {} days: {manifests} bytes a question; \
         median of 5: table alone {:.2} s, view {:.2} s",
        all[0][0],
        servers.buckets.lake.list_all("manifests/months/").await.unwrap().len(),
        servers.buckets.lake.list_all_prefixes("manifests/dt=").await.unwrap().len(),
        median("lake_hosts"),
        median("hosts"),
    );
}
