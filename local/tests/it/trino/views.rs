//! The views: the same rows before a commit and after it.

use std::sync::Arc;

use compactor::{HELD_ABOVE_PERCENT, Settings, Table, compact};
use lake::{SetClock, TableName};
use local::simulate::{Fleet, simulate};
use serde_json::Value;

use super::servers::Servers;

const MINUTE_MS: i64 = 60_000;
const DAY: &str = "2026-11-20";
/// Its first moment.
const DAY_MS: i64 = 1_795_132_800_000;
/// When its first commit is due.
const CLOSED_MS: i64 = DAY_MS + 25 * 60 * MINUTE_MS;

/// A small fleet's first minutes of the day, in which it says what is configured, and an hour in which people are there.
async fn live(servers: &Servers) {
    let clock = Arc::new(SetClock::new(DAY_MS));
    let target = servers.gateway(clock.clone()).await;
    let fleet = Fleet::new(7, 5);
    let day = DAY_MS / MINUTE_MS;
    for minutes in [day..day + 4, day + 9 * 60..day + 9 * 60 + 75] {
        simulate(&fleet, minutes, &target, &clock, |_| {}).await.unwrap();
    }
}

/// The rows of a view or table but for the commit that wrote them, in one order.
pub(super) async fn rows(servers: &Servers, from: &str, table: TableName) -> Vec<String> {
    let columns = Table::of(table).columns.iter().map(|column| column.name);
    let columns: Vec<&str> = columns.filter(|name| *name != "commit_id").chain(["dt"]).collect();
    let rows = servers.rows(&format!("SELECT {} FROM {from}", columns.join(", "))).await;
    let mut rows: Vec<String> = rows
        .iter()
        .map(|row| columns.iter().zip(row).map(|(name, value)| format!("{name}={value} ")).collect())
        .collect();
    rows.sort_unstable();
    rows
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Trino, a Glue catalogue and an S3 server: .ci/trino starts them and runs this"]
async fn on_trino_a_commit_changes_no_row_of_any_view() {
    let servers = Servers::new("rows", DAY).await;
    servers.make_tables().await;
    live(&servers).await;
    let mut raw = Vec::new();
    for table in TableName::ALL {
        let rows = rows(&servers, table.as_str(), table).await;
        assert!(!rows.is_empty(), "{table} has rows");
        raw.push(rows);
    }
    let settings = Settings {
        hosts_per_shard: 3,
        workers: 1,
        until_ms: i64::MAX,
        first_day: DAY.parse().ok(),
        held_above_percent: HELD_ABOVE_PERCENT,
        expiry: None,
        progress: &(),
    };
    let outcome = compact(&servers.buckets, &SetClock::new(CLOSED_MS), &settings).await.unwrap();
    assert_eq!((outcome.committed.len(), &outcome.failed), (1, &Vec::new()));
    for (table, raw) in TableName::ALL.into_iter().zip(raw) {
        let committed = servers.rows(&format!("SELECT count(*), count(commit_id) FROM {table}")).await;
        assert_eq!(committed, [vec![Value::from(raw.len()), Value::from(raw.len())]], "rows of {table}");
        let lake = rows(&servers, table.as_str(), table).await;
        for (raw, lake) in raw.iter().zip(&lake) {
            assert_eq!(raw, lake, "{table} before and after");
        }
    }
}
