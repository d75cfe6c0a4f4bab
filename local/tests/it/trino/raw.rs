//! What ingest stores, read as it lies there by Athena's JSON reader: every line, every member, to the value.

use std::collections::BTreeMap;
use std::sync::Arc;

use compactor::{Shape, raw_columns};
use lake::{Body, Key, SetClock, Store};
use local::simulate::{Fleet, simulate};
use serde_json::{Value, json};

use super::servers::Servers;

const MINUTE_MS: i64 = 60_000;
/// 2026-11-20 12:00 UTC.
const NOON_MS: i64 = 1_795_176_000_000;
const DAY: &str = "2026-11-20";

/// The original program's request as Python's `json.dumps` writes it, with a session's begin as number and as text.
const ORIGINAL: &str = concat!(
    r#"{"processor": "x86_64", "running_processes": [{"pid": 1, "name": "systemd"}, {"pid": 77, "name": "caf\u00e9"}], "#,
    r#""users": [{"user": "ann", "terminal": null, "host": "", "started": 1795170000.5, "pid": null}, "#,
    r#"{"user": "bob", "terminal": "pts/1", "host": "198.51.100.7", "started": "2026-11-20 10:20:00", "pid": 4000}], "#,
    r#""os_name": "Linux", "os_version": "6.1", "ip": "10.0.0.7"}"#
);

/// A snapshot of the smallest kind with `members` joined to it.
fn line(seq: i64, members: &str) -> String {
    format!(
        r#"{{"version":1,"host_id":"i-0abc","stream":"00c0ffee00c0ffee","seq":{seq},"boot_id":"b","observed_at_ms":{NOON_MS}{members}}}"#
    )
}

/// What a reader could trip over, a line each; of one stream, so that they are one batch.
fn awkward() -> Vec<String> {
    let full = include_str!("../../../../snapshot/tests/golden/full.json").trim_end();
    let many: Vec<String> = (1..=2000)
        .map(|pid| format!(r#"{{"pid":{pid},"name":"worker-{pid}","cmdline":"/srv/worker --shard {pid} \"ü\"","cpu_ms":{}}}"#, i64::MAX - pid))
        .collect();
    let members = [
        // Nothing at all; everything empty; everything NULL; zero, which is something else than absent.
        String::new(),
        r#","addresses":[],"disks":[],"networks":[],"users":[],"running_processes":[],"sockets":[],"host_name":"""#.into(),
        r#","host_name":null,"load1":null,"forks":null,"users":null,"running_processes":[{"pid":1,"name":"a","exe":null,"cpu_ms":null}]"#.into(),
        r#","load1":0,"forks":0,"threads_unlisted":0,"agent_stopping":false,"running_processes":[{"pid":0,"name":"","cpu_ms":0,"exe_deleted":false}]"#.into(),
        // The ends of each range, and doubles that decimals do not hit.
        format!(r#","cpu_count":{},"forks":{},"load1":0.1,"running_processes":[{{"pid":{},"name":"n","nice":-20,"virtual_bytes":{}}}]"#, i32::MAX, i64::MAX, i32::MAX, i64::MAX),
        r#","load1":1.7976931348623157e308,"memory_total_bytes":9007199254740993"#.into(),
        r#","load1":5e-324,"uptime_s":9223372036854775806"#.into(),
        // Members of a newer agent: at the top, within an object, before and behind what is known.
        r#","from_tomorrow":{"deep":[1,{"er":"\u00e9"}],"host_id":"not this"},"running_processes":[{"from_tomorrow":[[]],"pid":5,"name":"p","seq":9}],"load2":[null,true,-1e9]"#.into(),
        // Text: escapes, quotes, control characters, beyond the first plane as itself and as a pair, brackets and commas.
        r#","host_name":"\u0068\t\n\r\b\f\/\\\"\u0000\u001f","os_name":"日本語 😀","os_version":"\ud83d\ude00\u00fc","kernel":"},{\"a\":[1,2],","unreadable":"\u2028 '' null","collect_off":"null""#.into(),
        format!(r#","running_processes":[{}]"#, many.join(",")),
    ];
    let mut lines: Vec<String> = members.iter().enumerate().map(|(n, m)| line(8 + n as i64, m)).collect();
    // The full snapshot has the number 7.
    lines.insert(0, full.to_owned());
    lines
}

/// The row that Trino must show of a line.
fn row(shape: Shape, found: Option<&Value>) -> Value {
    let Some(found) = found.filter(|value| !value.is_null()) else { return Value::Null };
    match shape {
        Shape::string if found.is_number() => found.to_string().into(),
        Shape::double => found.as_f64().into(),
        Shape::array(of) => found.as_array().unwrap().iter().map(|item| row(*of, Some(item))).collect(),
        Shape::record(members) => members.iter().map(|(name, shape)| row(*shape, found.get(name))).collect(),
        Shape::string | Shape::int | Shape::bigint | Shape::boolean => found.clone(),
    }
}

/// Every line that lies in the bucket, by the identity that it has, and its day.
async fn stored(servers: &Servers) -> BTreeMap<(String, String, i64), (String, Value)> {
    let raw: &dyn Store = servers.buckets.raw.as_ref();
    let mut lines = BTreeMap::new();
    for found in raw.list_all("raw/").await.unwrap() {
        let Ok(Key::Raw(key)) = found.key.parse() else { panic!("{}", found.key) };
        let text = compactor::text(&raw.get(&found.key).await.unwrap()).unwrap();
        for (_, line) in compactor::lines(&text) {
            // What the compactor's reader takes, no more and no less.
            let snapshot = compactor::snapshot(line, &key).unwrap();
            let value: Value = serde_json::from_slice(line).unwrap();
            let identity = (snapshot.host_id.to_string(), snapshot.stream.to_string(), snapshot.seq.get());
            assert!(lines.insert(identity, (key.day.to_string(), value)).is_none());
        }
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Trino, a Glue catalogue and an S3 server: .ci/trino starts them and runs this"]
async fn on_trino_every_line_that_ingest_stored_is_a_row_with_each_of_its_values() {
    let servers = Servers::new("lines", DAY).await;
    let clock = Arc::new(SetClock::new(NOON_MS));
    let target = servers.gateway(clock.clone()).await;

    // Lines end as on Windows, and have a carriage return inside: either would end a row.
    let batch = awkward().join("\r\n").replace(r#""boot_id":"b","#, "\"boot_id\":\"b\",\r");
    let sent_at = NOON_MS.to_string();
    let headers = [(snapshot::FILED_DAY, DAY), (snapshot::SENT_AT_MS, sent_at.as_str())];
    servers.post(&target, &headers, &batch).await;
    servers.post(&target, &[("content-type", "application/json")], ORIGINAL).await;
    // The way of every agent: batches of a fleet, compressed, around midnight, so that two days have some.
    let first = NOON_MS / MINUTE_MS + 12 * 60 - 20;
    let fleet = Fleet::new(7, 5);
    let posted = simulate(&fleet, first..first + 40, &target, &clock, |_| {}).await.unwrap();

    let stored = stored(&servers).await;
    assert_eq!(stored.len() as u64, posted.snapshots + 11 + 1);
    servers.make_tables().await;
    let columns: Vec<&str> = raw_columns().iter().map(|(name, _)| *name).collect();
    let rows = servers.rows(&format!("SELECT {}, dt FROM raw", columns.join(", "))).await;
    assert_eq!(rows.len(), stored.len(), "rows and lines");
    let at = |name: &str| columns.iter().position(|column| *column == name).unwrap();
    let (host, stream, seq) = (at("host_id"), at("stream"), at("seq"));
    for found in rows {
        let text = |at: usize| found[at].as_str().unwrap().to_owned();
        let identity = (text(host), text(stream), found[seq].as_i64().unwrap());
        let (day, line) = &stored[&identity];
        for ((name, shape), found) in raw_columns().iter().zip(&found) {
            assert_eq!(*found, row(*shape, line.get(name)), "{name} of {identity:?}");
        }
        assert_eq!(found.last().unwrap(), day, "{identity:?}");
    }

    // As a question would ask: by day, into the processes.
    let sql = format!(
        "SELECT count(*), count(DISTINCT p.pid), sum(CAST(p.cpu_ms AS decimal(38,0))), max(p.cmdline) FROM raw \
         CROSS JOIN UNNEST(running_processes) AS p WHERE dt = '{DAY}' AND host_id = 'i-0abc' AND seq = 17"
    );
    let sum: i128 = (1..=2000).map(|pid| i128::from(i64::MAX - pid)).sum();
    let last = "/srv/worker --shard 999 \"ü\"";
    assert_eq!(
        servers.rows(&sql).await,
        [vec![json!(2000), json!(2000), json!(sum.to_string()), json!(last)]]
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Trino, a Glue catalogue and an S3 server: .ci/trino starts them and runs this"]
async fn on_trino_a_line_that_is_no_json_is_a_row_without_a_host_and_fails_no_query() {
    let servers = Servers::new("damage", DAY).await;
    let text =
        [line(0, ""), "{\"version\":1,\"host_id".to_owned(), line(2, ""), "garbage".to_owned()].join("\n");
    let object = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let key = format!(
        "raw/dt={DAY}/host=i-0abc/00c0ffee00c0ffee-0000000000-04-{}.json.zst",
        lake::Digest::of(&object)
    );
    servers.buckets.raw.put_if_absent(&key, Body::from(object)).await.unwrap();
    servers.make_tables().await;
    let rows = servers.rows("SELECT host_id, seq FROM raw ORDER BY seq").await;
    let none = vec![Value::Null, Value::Null];
    assert_eq!(rows, [vec![json!("i-0abc"), json!(0)], vec![json!("i-0abc"), json!(2)], none.clone(), none]);
}
