//! A row is seen once on Trino, wherever a commit stands. A view there lists the manifests more than once, and so decides by
//! two fixed moments: a commit counts 15 minutes after its stamp, as of the moment at which the query began.

use std::sync::Arc;

use lake::{Clock, SetClock, SystemClock};
use local::simulate::{Fleet, simulate};
use serde_json::{Value, json};

use super::servers::Servers;
use crate::stopping::{commit_the_day, one_put};

const MINUTE_MS: i64 = 60_000;
/// 2026-11-20 00:00 UTC.
const DAY_MS: i64 = 1_795_132_800_000;
const TABLES: [(&str, &str); 3] = [
    ("hosts", "host_id, stream, seq"),
    ("processes", "host_id, boot_id, pid, start_time, ts"),
    ("process_runs", "host_id, boot_id, pid, start_time, exe, euid, samples, cpu_ms"),
];

async fn live(servers: &Servers) {
    let clock = Arc::new(SetClock::new(DAY_MS));
    let target = servers.gateway(clock.clone()).await;
    let first = DAY_MS / MINUTE_MS + 9 * 60;
    simulate(&Fleet::new(7, 2), first..first + 3, &target, &clock, |_| {}).await.unwrap();
}

/// For each table and day: rows, rows that a commit wrote, and a sum over what tells a row from another.
fn sums() -> String {
    let of = |(table, identity): (&str, &str)| {
        format!(
            "SELECT '{table}', dt, count(*), count(commit_id), to_hex(checksum(ROW({identity}))) FROM {table} GROUP BY dt"
        )
    };
    TABLES.map(of).join(" UNION ALL ")
}

async fn seen(servers: &Servers) -> Vec<Vec<Value>> {
    let mut seen = servers.rows(&sums()).await;
    seen.sort_by_key(|row| format!("{row:?}"));
    seen
}

/// The same without saying where the rows come from.
fn whatever(seen: &[Vec<Value>]) -> Vec<Vec<Value>> {
    seen.iter().map(|row| [&row[..3], &row[4..]].concat()).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Trino, a Glue catalogue and an S3 server: .ci/trino starts them and runs this"]
async fn on_trino_between_any_two_writes_of_a_commit_each_row_is_there_once() {
    let servers = Servers::new("between", "2026-11-20").await;
    servers.make_tables().await;
    live(&servers).await;
    let before = seen(&servers).await;
    assert_eq!(before.len(), TABLES.len());
    // Stamped as it is put, by Trino's own clock: it does not count yet.
    let mut puts = 0;
    loop {
        let put = one_put(&servers.buckets, &SystemClock).await;
        assert_eq!(seen(&servers).await, before, "after put {puts}");
        if !put {
            break;
        }
        puts += 1;
    }
    assert!(puts > 10, "{puts} puts: plan, keys, report, files, record, manifest");
    let manifests = servers.rows("SELECT commit_id FROM commits").await;
    assert_eq!(manifests, [[json!("2026-11-20.0")]], "it is committed, and not a minute ago");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Trino, a Glue catalogue and an S3 server: .ci/trino starts them and runs this"]
async fn on_trino_a_commit_takes_over_at_one_moment_and_as_a_whole() {
    let servers = Servers::new("moment", "2026-11-20").await;
    servers.make_tables().await;
    live(&servers).await;
    let before = seen(&servers).await;
    // It begins to count eight seconds from now; queries are asked until one sees it, and one of them runs over that moment.
    let now_ms = SystemClock.now_ms();
    let clock = SetClock::new(now_ms - 15 * MINUTE_MS + 8_000);
    assert!(commit_the_day(&servers.buckets, &clock).await.unwrap().is_some());
    let mut queries = 0;
    loop {
        queries += 1;
        let now = seen(&servers).await;
        assert_eq!(whatever(&now), whatever(&before), "query {queries}");
        let of_the_lake: Vec<bool> = now.iter().map(|row| row[2] == row[3]).collect();
        let of_raw: Vec<bool> = now.iter().map(|row| row[3] == 0).collect();
        assert!(of_the_lake == [true; 3] || of_raw == [true; 3], "all of it or nothing: {now:?}");
        if of_the_lake[0] {
            break;
        }
        assert!(SystemClock.now_ms() < now_ms + 10 * MINUTE_MS, "it never counts");
    }
}

/// Ten thousand times ten thousand times so many rows to count, which takes seconds.
fn slow(times: u32) -> String {
    let numbers = |of: u32| format!("UNNEST(sequence(1, {of}))");
    let [a, b, c] = [10_000, 10_000, times].map(numbers);
    format!(
        "(SELECT count(*) AS n FROM {a} a (a) CROSS JOIN {b} b (b) CROSS JOIN {c} c (c) WHERE a * b % 7 = c + 9)"
    )
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Trino, a Glue catalogue and an S3 server: .ci/trino starts them and runs this"]
async fn on_trino_a_commit_that_lands_and_takes_over_while_a_query_runs_changes_nothing_in_it() {
    // A faster machine counts more.
    for (database, times) in [("within", 2), ("withinlonger", 8), ("withinlongest", 32)] {
        let servers = Servers::new(database, "2026-11-20").await;
        servers.make_tables().await;
        live(&servers).await;
        let before = seen(&servers).await;
        let tables = sums();
        // Read at once, and read when the counting is over: that is the side of a join which comes first.
        let both = format!(
            "SELECT 'early', a.* FROM ({tables}) a UNION ALL SELECT 'late', b.* FROM ({tables}) b CROSS JOIN {} s WHERE n = 0",
            slow(times)
        );
        let query = servers.begin(&both).await;
        // It lands as a whole, and three seconds later it counts.
        let moment_ms = SystemClock.now_ms() + 3_000;
        assert!(
            commit_the_day(&servers.buckets, &SetClock::new(moment_ms - 15 * MINUTE_MS))
                .await
                .unwrap()
                .is_some()
        );
        // Until another query sees it.
        while seen(&servers).await == before {
            assert!(SystemClock.now_ms() < moment_ms + 10 * MINUTE_MS, "it never counts");
        }
        let outlived = !servers.has_ended(&query).await;
        let mut rows = servers.end(query).await;
        rows.sort_by_key(|row| format!("{row:?}"));
        let (early, late) = rows.split_at(TABLES.len());
        for (part, name) in [(early, "early"), (late, "late")] {
            let part: Vec<Vec<Value>> = part.iter().map(|row| row[1..].to_vec()).collect();
            assert_eq!(part, before, "{name}");
        }
        if outlived {
            return;
        }
    }
    panic!("no query ran for as long as a commit takes");
}
