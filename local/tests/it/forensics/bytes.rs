//! What each question reads, measured on Trino: not a test but a table. `.ci/bytes` makes the fleet's days and runs this.
//!
//! Beside it stands what the same questions read of raw JSON, gzip as AWS's own tools write it: there a question about one
//! host reads its whole day of the fleet, since no reader can look for a host in compressed lines, and one about the fleet
//! all of its days. Of those objects every twentieth is really written and read, and what Trino says it read of them must
//! be their size.

use std::io::Write as _;
use std::path::PathBuf;

use compactor::{HELD_ABOVE_PERCENT, Settings, compact};
use flate2::Compression;
use flate2::write::GzEncoder;
use lake::{Body, Day, Key, SetClock, Store, prefix};
use local::Folder;
use serde_json::Value;

use super::embedded::asked;
use crate::trino::servers::Servers;

/// Of the raw objects one in so many is written as gzip.
const ONE_IN: usize = 20;
/// Athena's price of a byte, and the least that a query is charged for.
const DOLLARS_PER_BYTE: f64 = 5.0 / 1e12;
const LEAST_BYTES: u64 = 10_000_000;

/// Which of the simulated days a question looks at, and how many it would look at by itself, those before included.
enum Looks {
    /// The last, at one host.
    AtOneHost,
    /// All of them, at the whole fleet.
    AtTheFleet { days: u64 },
}
use Looks::{AtOneHost, AtTheFleet};

/// A question, its parameters' values, and what it looks at.
type Question = (&'static str, Vec<(&'static str, String)>, Looks);

/// The questions with values that find something.
fn questions(first: Day, last: Day, digest: &str) -> Vec<Question> {
    let with = |values: &[(&'static str, &str)], more: &[(&'static str, &str)]| {
        values.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>()
    };
    let (first, last) = (first.to_string(), last.to_string());
    let at = format!("{last}T10:12");
    let days = |more: &[(&'static str, &str)]| with(&[("from", &first), ("to", &last)], more);
    let moment = |more: &[(&'static str, &str)]| with(&[("host", "web-005"), ("at", &at)], more);
    let day = || with(&[("day", &last)], &[]);
    vec![
        ("what-ran", moment(&[]), AtOneHost),
        ("where-else", days(&[("digest", digest)]), AtTheFleet { days: 90 }),
        ("new-programs", day(), AtTheFleet { days: 91 }),
        ("hidden-binaries", days(&[]), AtTheFleet { days: 7 }),
        ("raw-sockets", days(&[]), AtTheFleet { days: 7 }),
        ("who-was-there", moment(&[]), AtOneHost),
        ("ssm-sessions", days(&[]), AtTheFleet { days: 7 }),
        ("became-root", days(&[]), AtTheFleet { days: 7 }),
        ("shells-without-login", days(&[]), AtTheFleet { days: 7 }),
        ("interpreters-out", days(&[]), AtTheFleet { days: 7 }),
        ("who-listened", moment(&[("port", "443")]), AtOneHost),
        ("who-talked-to", days(&[("address", "192.0.2.77")]), AtTheFleet { days: 90 }),
        ("new-listeners", day(), AtTheFleet { days: 8 }),
        ("login-chains", days(&[]), AtTheFleet { days: 1 }),
        ("sent-much", days(&[]), AtTheFleet { days: 9 }),
        ("persistence", days(&[]), AtTheFleet { days: 7 }),
        ("package-version", days(&[("package", "xz"), ("version", "5.2.5")]), AtTheFleet { days: 90 }),
        ("hidden-threads", days(&[]), AtTheFleet { days: 7 }),
        ("silent-hosts", days(&[]), AtTheFleet { days: 2 }),
        ("blind-minute", moment(&[("name", "php-fpm")]), AtOneHost),
    ]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: .ci/bytes makes its data and runs it"]
async fn what_every_question_reads() {
    let data = PathBuf::from(std::env::var("BYTES_DATA").expect(".ci/bytes sets it"));
    let folder = Folder::existing(&data).unwrap();
    let days = days(&folder).await;
    let (first, last) = (days[0], days[days.len() - 1]);
    commit(&folder, first, last).await;
    let servers = Servers::new("bytes", &first.to_string()).await;
    let lake_bytes = copy_lake(&folder, &data, &servers).await;
    servers.make_tables().await;
    let mut raw = Vec::new();
    for day in &days {
        raw.push(raw_json(*day, &folder, &servers).await);
    }
    read_whole(first, last, &raw, &servers).await;
    let sum = |bytes: fn(&Raw) -> u64| raw.iter().map(bytes).sum::<u64>();

    let hosts = number(&servers, "SELECT count(DISTINCT host_id) FROM hosts").await;
    // A program that people start: on some hosts, in some rows.
    let digest = servers.rows("SELECT max(exe_sha256) FROM programs WHERE exe = '/usr/bin/vim'").await;
    let digest = digest[0][0].as_str().unwrap().to_owned();
    println!(
        "{hosts} hosts, {} day(s): lake {}, raw as stored (zstd) {}, raw as gzip {}\n",
        days.len(),
        mb(lake_bytes),
        mb(sum(|raw| raw.stored_bytes)),
        mb(sum(|raw| raw.gzip_bytes))
    );
    println!(
        "| question | looks at | rows | read | of gzip JSON one in | by itself, at 1,000 hosts | dollars |\n|---|---|---:|---:|---:|---:|---:|"
    );
    for (name, values, looks) in questions(first, last, &digest) {
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (rows, bytes) = read(&servers, &asked(name, &values)).await;
        // What is about one host reads of one file, which is of at most 500 hosts: beyond them it grows no more. What is
        // about all of them does, and with the days.
        let (of, of_gzip, at_thousand) = match looks {
            AtOneHost => ("one host at a moment".to_owned(), raw[raw.len() - 1].gzip_bytes, bytes),
            AtTheFleet { days: by_itself } => {
                // A question about a day looks at so many before it; others at all that they were told.
                let about_a_day = values.iter().any(|(name, _)| *name == "day");
                let read = if about_a_day { days.len().min(by_itself as usize) } else { days.len() };
                let of_gzip = raw[raw.len() - read..].iter().map(|raw| raw.gzip_bytes).sum();
                let at_thousand = bytes * 1000 / hosts * by_itself / read as u64;
                (format!("the fleet, {by_itself} d"), of_gzip, at_thousand)
            }
        };
        let dollars = at_thousand.max(LEAST_BYTES) as f64 * DOLLARS_PER_BYTE;
        println!(
            "| {name} | {of} | {} | {} | {} | {} | {dollars:.5}{} |",
            rows.len(),
            mb(bytes),
            of_gzip / bytes.max(1),
            mb(at_thousand),
            if at_thousand <= LEAST_BYTES { " (least)" } else { "" }
        );
    }
}

struct Raw {
    stored_bytes: u64,
    /// Of the sample that was written.
    written_bytes: u64,
    gzip_bytes: u64,
}

/// The days that there are raw objects of, in order.
async fn days(folder: &Folder) -> Vec<Day> {
    let all = folder.buckets.raw.list_all_prefixes(prefix::RAW_DAYS).await.unwrap();
    let days: Vec<Day> = all.iter().filter_map(|beginning| prefix::day_of(beginning)).collect();
    assert!(!days.is_empty());
    days
}

/// Commits the days as the Lambda does it, 500 hosts in a file, unless they are already.
async fn commit(folder: &Folder, first: Day, last: Day) {
    let settings = Settings {
        hosts_per_shard: 500,
        workers: 2,
        until_ms: i64::MAX,
        first_day: Some(first),
        held_above_percent: HELD_ABOVE_PERCENT,
        expiry: None,
        progress: &(),
    };
    let outcome =
        compact(&folder.buckets, &SetClock::new(last.end_ms() + 2 * 3_600_000), &settings).await.unwrap();
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

/// A day's raw objects: their size, and what it would be as gzip.
async fn raw_json(day: Day, folder: &Folder, servers: &Servers) -> Raw {
    let from: &dyn Store = folder.buckets.raw.as_ref();
    let all = from.list_all(&format!("raw/dt={day}/")).await.unwrap();
    let mut written_bytes = 0;
    for found in all.iter().step_by(ONE_IN) {
        let Ok(Key::Raw(key)) = found.key.parse() else { panic!("{}", found.key) };
        let text = compactor::text(&from.get(&found.key).await.unwrap()).unwrap().to_vec();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&text).unwrap();
        let gzip = gzip.finish().unwrap();
        written_bytes += gzip.len() as u64;
        let name = found.key.rsplit('/').next().unwrap().replace(".zst", ".gz");
        let key = format!("gzip/dt={day}/host={}/{name}", key.host);
        servers.buckets.raw.put_if_absent(&key, Body::from(gzip)).await.unwrap();
    }
    let (count, written) = (all.len() as u64, all.iter().step_by(ONE_IN).count() as u64);
    let stored_bytes = all.iter().map(|found| found.bytes).sum();
    Raw { stored_bytes, written_bytes, gzip_bytes: written_bytes * count / written }
}

/// What Trino reads of those gzip objects that were written must be their size, or the factor would be nonsense.
async fn read_whole(first: Day, last: Day, written: &[Raw], servers: &Servers) {
    let raw = compactor::definitions(&servers.places).into_iter().find(|table| table.name == "raw").unwrap();
    let input = raw.table_input().to_string().replace("/raw/", "/gzip/");
    let mut input: Value = serde_json::from_str(&input).unwrap();
    input["Name"] = "raw_gzip".into();
    servers.glue("CreateTable", serde_json::json!({"DatabaseName": "bytes", "TableInput": input})).await;
    let noon_ms = last.start_ms() + 43_200_000;
    let sql = format!(
        "SELECT count(*) FROM raw_gzip CROSS JOIN UNNEST(running_processes) AS p \
         WHERE dt BETWEEN '{first}' AND '{last}' AND host_name = 'web-005' \
         AND observed_at_ms BETWEEN {} AND {noon_ms}",
        noon_ms - 3_600_000
    );
    let (_, bytes) = read(servers, &sql).await;
    assert_eq!(bytes, written.iter().map(|raw| raw.written_bytes).sum::<u64>(), "Trino reads gzip whole");
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
