//! What each question reads, measured on Trino: not a test but a table. `.ci/bytes` makes the fleet's day and runs this.
//!
//! Beside it stands what the same questions read of raw JSON, gzip as AWS's own tools write it: there a question about one
//! host reads its whole day of the fleet, since no reader can look for a host in compressed lines. Of those objects every
//! twentieth is really written and read, and what Trino says it read of them must be their size.

use std::io::Write as _;
use std::path::PathBuf;

use compactor::{HELD_ABOVE_PERCENT, Settings, compact};
use flate2::Compression;
use flate2::write::GzEncoder;
use lake::{Body, Day, Key, SetClock, Store};
use local::Folder;
use serde_json::Value;

use super::embedded::asked;
use crate::trino::servers::Servers;

const DAY: &str = "2026-11-20";
/// Of the raw objects one in so many is written as gzip.
const ONE_IN: usize = 20;
/// Athena's price of a byte, and the least that a query is charged for.
const DOLLARS_PER_BYTE: f64 = 5.0 / 1e12;
const LEAST_BYTES: u64 = 10_000_000;

/// A question, its parameters' values, and how many days it looks at.
type Question<'d> = (&'static str, Vec<(&'static str, &'d str)>, u64);

/// The questions with values that find something, and how many days each looks at unless told otherwise, those before included.
fn questions(digest: &str) -> Vec<Question<'_>> {
    let day = || vec![("from", DAY), ("to", DAY)];
    let and = |more: &[(&'static str, &'static str)]| [&day()[..], more].concat();
    let moment = |more: &[(&'static str, &'static str)]| {
        [&[("host", "web-005"), ("at", "2026-11-20T10:12")], more].concat()
    };
    let mut where_else = day();
    where_else.push(("digest", digest));
    vec![
        ("what-ran", moment(&[]), 1),
        ("where-else", where_else, 90),
        ("new-programs", vec![("day", DAY)], 91),
        ("hidden-binaries", day(), 7),
        ("raw-sockets", day(), 7),
        ("who-was-there", moment(&[]), 1),
        ("ssm-sessions", day(), 7),
        ("became-root", day(), 7),
        ("shells-without-login", day(), 7),
        ("interpreters-out", day(), 7),
        ("who-listened", moment(&[("port", "443")]), 1),
        ("who-talked-to", and(&[("address", "192.0.2.77")]), 90),
        ("new-listeners", vec![("day", DAY)], 8),
        ("login-chains", day(), 1),
        ("sent-much", day(), 9),
        ("persistence", day(), 7),
        ("package-version", and(&[("package", "xz"), ("version", "5.2.5")]), 90),
        ("hidden-threads", day(), 7),
        ("silent-hosts", day(), 1),
        ("blind-minute", moment(&[("name", "php-fpm")]), 1),
    ]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: .ci/bytes makes its data and runs it"]
async fn what_every_question_reads() {
    let data = PathBuf::from(std::env::var("BYTES_DATA").expect(".ci/bytes sets it"));
    let folder = Folder::existing(&data).unwrap();
    commit(&folder).await;
    let servers = Servers::new("bytes", DAY).await;
    let lake_bytes = copy_lake(&folder, &data, &servers).await;
    servers.make_tables().await;
    let raw = raw_json(&folder, &servers).await;

    let hosts = number(&servers, "SELECT count(DISTINCT host_id) FROM hosts").await;
    // A program that people start: on some hosts, in some rows.
    let digest = servers.rows("SELECT max(exe_sha256) FROM programs WHERE exe = '/usr/bin/vim'").await;
    let digest = digest[0][0].as_str().unwrap().to_owned();
    println!(
        "{hosts} hosts, one day: lake {}, raw as stored (zstd) {}, raw as gzip {}\n",
        mb(lake_bytes),
        mb(raw.stored_bytes),
        mb(raw.gzip_bytes)
    );
    println!(
        "| question | rows | read | of gzip JSON one in | asked as it is | its days at 1,000 hosts | dollars |\n|---|---:|---:|---:|---|---:|---:|"
    );
    for (name, values, days) in questions(&digest) {
        let (rows, bytes) = read(&servers, &asked(name, &values)).await;
        let of_one_host = values.iter().any(|(name, _)| *name == "host");
        // What is about one host does not grow with the fleet; what is about all of them does, and with the days.
        let at_thousand = if of_one_host { bytes } else { bytes * 1000 / hosts * days };
        let dollars = at_thousand.max(LEAST_BYTES) as f64 * DOLLARS_PER_BYTE;
        let of = if of_one_host { "one host, an hour".to_owned() } else { format!("the fleet, {days} d") };
        println!(
            "| {name} | {} | {} | {} | {of} | {} | {dollars:.5}{} |",
            rows.len(),
            mb(bytes),
            raw.gzip_bytes / bytes.max(1),
            mb(at_thousand),
            if at_thousand <= LEAST_BYTES { " (the least)" } else { "" }
        );
    }
}

struct Raw {
    stored_bytes: u64,
    gzip_bytes: u64,
}

/// Commits the day as the Lambda does it, 500 hosts in a file, unless it is already.
async fn commit(folder: &Folder) {
    let day: Day = DAY.parse().unwrap();
    let settings = Settings {
        hosts_per_shard: 500,
        workers: 2,
        until_ms: i64::MAX,
        first_day: Some(day),
        held_above_percent: HELD_ABOVE_PERCENT,
        expiry: None,
        progress: &(),
    };
    let outcome =
        compact(&folder.buckets, &SetClock::new(day.end_ms() + 2 * 3_600_000), &settings).await.unwrap();
    assert_eq!(outcome.failed, []);
}

/// Copies the lake bucket as it lies.
async fn copy_lake(folder: &Folder, data: &std::path::Path, servers: &Servers) -> u64 {
    let from: &dyn Store = folder.buckets.lake.as_ref();
    let mut bytes = 0;
    for prefix in ["lake/", "manifests/"] {
        for found in from.list_all(prefix).await.unwrap() {
            let file = Body::File(data.join("lake-bucket").join(&found.key));
            servers.buckets.lake.put_if_absent(&found.key, file).await.unwrap();
            bytes += found.bytes;
        }
    }
    bytes
}

/// The day's raw objects: their size, and what it would be as gzip. What Trino reads of those that are really written
/// must be their size, or the factor would be nonsense.
async fn raw_json(folder: &Folder, servers: &Servers) -> Raw {
    let from: &dyn Store = folder.buckets.raw.as_ref();
    let all = from.list_all(&format!("raw/dt={DAY}/")).await.unwrap();
    let mut written = 0;
    for found in all.iter().step_by(ONE_IN) {
        let Ok(Key::Raw(key)) = found.key.parse() else { panic!("{}", found.key) };
        let text = compactor::text(&from.get(&found.key).await.unwrap()).unwrap().to_vec();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&text).unwrap();
        let gzip = gzip.finish().unwrap();
        written += gzip.len() as u64;
        let name = found.key.rsplit('/').next().unwrap().replace(".zst", ".gz");
        let key = format!("gzip/dt={DAY}/host={}/{name}", key.host);
        servers.buckets.raw.put_if_absent(&key, Body::from(gzip)).await.unwrap();
    }
    let raw = compactor::definitions(&servers.places).into_iter().find(|table| table.name == "raw").unwrap();
    let input = raw.table_input().to_string().replace("/raw/", "/gzip/");
    let mut input: Value = serde_json::from_str(&input).unwrap();
    input["Name"] = "raw_gzip".into();
    servers.glue("CreateTable", serde_json::json!({"DatabaseName": "bytes", "TableInput": input})).await;
    let sql = format!(
        "SELECT count(*) FROM raw_gzip CROSS JOIN UNNEST(running_processes) AS p \
         WHERE dt = '{DAY}' AND host_name = 'web-005' AND observed_at_ms BETWEEN 1795169520000 AND 1795173120000"
    );
    let (_, bytes) = read(servers, &sql).await;
    assert_eq!(bytes, written, "Trino reads gzip whole");
    let count = all.len() as u64;
    let sampled = all.iter().step_by(ONE_IN).count() as u64;
    Raw { stored_bytes: all.iter().map(|found| found.bytes).sum(), gzip_bytes: written * count / sampled }
}

/// The rows of a statement, and the bytes that were read for it, whatever they were of.
async fn read(servers: &Servers, sql: &str) -> (Vec<Vec<Value>>, u64) {
    let (rows, of_tables) = servers.cost(sql).await;
    (rows, of_tables.values().sum())
}

async fn number(servers: &Servers, sql: &str) -> u64 {
    servers.rows(sql).await[0][0].as_u64().unwrap()
}

fn mb(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}
