//! Range starts, moved in a catalogue that is played: what Glue answers only when two change a table at once.

use std::sync::{Arc, Mutex};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use compactor::{Buckets, Catalogue, Moved, Places, move_starts};
use lake::{CommitId, Day, DirectoryStore, Key, Manifest, SetClock, Store};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The manifest of the day's first commit, stamped at this moment.
pub(crate) fn manifest(day: Day, committed_at_ms: i64) -> String {
    let manifest = Manifest {
        version: 1,
        commit_id: CommitId { day, number: 0 },
        day,
        committed_at_ms,
        snapshots: 0,
        hosts: 0,
        rows: 0,
        raw_bytes: 0,
        lake_bytes: 0,
        objects: 0,
        dropped: 0,
        quarantined: 0,
        quarantined_bytes: 0,
        program: "a test".to_owned(),
    };
    serde_json::to_string(&manifest).unwrap()
}

async fn commit(lake: &dyn Store, day: Day, committed_at_ms: i64) {
    let key = Key::Manifest(CommitId { day, number: 0 }).to_string();
    lake.put_if_absent(&key, manifest(day, committed_at_ms).into_bytes().into()).await.unwrap();
}

/// A catalogue of two tables. It takes an update only of the version that it has, and only from who signed.
#[derive(Default)]
struct Glue {
    tables: Vec<Value>,
    /// What happens to a table right before an update of it, once each.
    meanwhile: Vec<fn(&mut Value)>,
    /// Answers that come first, once each.
    first: Vec<(u16, Value)>,
    updates: Vec<Value>,
    calls: usize,
}

type Shared = Arc<Mutex<Glue>>;

async fn answer(State(glue): State<Shared>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let signed = header("authorization");
    assert!(
        signed.starts_with("AWS4-HMAC-SHA256 Credential=id/20261120/eu-central-1/glue/aws4_request"),
        "{signed}"
    );
    assert!(signed.contains("content-type;host;x-amz-date;x-amz-target"), "{signed}");
    let request: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(request["DatabaseName"], "metrics");
    let mut glue = glue.lock().unwrap();
    glue.calls += 1;
    let (status, answer) = match glue.first.pop() {
        Some(first) => first,
        None => glue.answer(&header("x-amz-target"), request),
    };
    (StatusCode::from_u16(status).unwrap(), answer.to_string())
}

impl Glue {
    fn answer(&mut self, target: &str, request: Value) -> (u16, Value) {
        let name = request.get("Name").unwrap_or(&request["TableInput"]["Name"]).clone();
        let Some(table) = self.tables.iter_mut().find(|table| table["Name"] == name) else {
            return (400, json!({"__type": "EntityNotFoundException", "Message": "Entity Not Found"}));
        };
        if target == "AWSGlue.GetTable" {
            return (200, json!({"Table": table}));
        }
        assert_eq!(target, "AWSGlue.UpdateTable");
        if let Some(change) = self.meanwhile.pop() {
            change(table);
        }
        if request["VersionId"] != table["VersionId"] {
            let words = "Update table failed due to concurrent modifications.";
            return (
                400,
                json!({"__type": "com.amazonaws.glue#ConcurrentModificationException", "Message": words}),
            );
        }
        for (member, value) in request["TableInput"].as_object().unwrap() {
            table[member] = value.clone();
        }
        next_version(table);
        self.updates.push(request["TableInput"].clone());
        (200, json!({}))
    }
}

fn next_version(table: &mut Value) {
    let version: u64 = table["VersionId"].as_str().unwrap().parse().unwrap();
    table["VersionId"] = (version + 1).to_string().into();
}

/// Buckets in a folder, and the catalogue of them.
struct Installation {
    _folder: tempfile::TempDir,
    buckets: Buckets,
    glue: Shared,
    catalogue: Catalogue,
}

impl Installation {
    async fn new(first_day: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bucket = |name| Arc::new(DirectoryStore::open(folder.path().join(name)).unwrap());
        let buckets = Buckets { raw: bucket("raw"), lake: bucket("lake") };
        let places =
            Places { lake: "s3://lake".to_owned(), raw: "s3://raw".to_owned(), first_day: day(first_day) };
        let with_more = |table: Value| {
            let mut table = table;
            // What the owner added, what Glue adds, and what it may add one day.
            table["Parameters"]["classification"] = "json".into();
            table["StorageDescriptor"]["NumberOfBuckets"] = (-1).into();
            table["StorageDescriptor"]["FromTomorrow"] = json!({"deep": [1]});
            table["Retention"] = 0.into();
            for (member, value) in
                [("VersionId", json!("7")), ("CreatedBy", json!("arn")), ("CreateTime", json!(1.7e9))]
            {
                table[member] = value;
            }
            table
        };
        let tables = compactor::definitions(&places).into_iter().map(|table| table.table_input());
        let tables: Vec<Value> = tables
            .filter(|table| table["Name"] == "raw_open" || table["Name"] == "manifest_days")
            .map(with_more)
            .collect();
        let glue = Arc::new(Mutex::new(Glue { tables, ..Glue::default() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(format!("http://{}", listener.local_addr().unwrap()))
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .retry_config(RetryConfig::standard().with_initial_backoff(std::time::Duration::from_millis(1)));
        let router = Router::new().fallback(answer).with_state(glue.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let catalogue = Catalogue::open_with("metrics", settings).await.unwrap();
        Self { _folder: folder, buckets, glue, catalogue }
    }

    async fn move_starts(&self) -> anyhow::Result<Vec<(&'static str, String, String)>> {
        let clock = SetClock::new(day("2026-11-20").start_ms() + 5 * HOUR_MS);
        let moved = move_starts(&self.catalogue, &self.buckets, &clock).await?;
        Ok(moved
            .into_iter()
            .map(|Moved { table, from, to }| (table, from.to_string(), to.to_string()))
            .collect())
    }

    fn table(&self, name: &str) -> Value {
        self.glue.lock().unwrap().tables.iter().find(|table| table["Name"] == name).unwrap().clone()
    }

    /// Commits of September, rolled up, of October, not yet, and of November until the 18th, which is young.
    async fn live(&self) {
        let lake = self.buckets.lake.as_ref();
        let mut next = day("2026-09-28");
        while next < day("2026-11-19") {
            commit(lake, next, next.end_ms() + if next == day("2026-11-18") { 6 } else { 2 } * HOUR_MS).await;
            next = next.next();
        }
        let month = Key::Month("2026-09".parse().unwrap(), 0).to_string();
        lake.put_if_absent(&month, Vec::new().into()).await.unwrap();
    }
}

fn moved(table: &'static str, from: &str, to: &str) -> (&'static str, String, String) {
    (table, from.to_owned(), to.to_owned())
}

#[tokio::test]
async fn starts_move_to_what_queries_still_need_and_nothing_else_changes() {
    let it = Installation::new("2026-09-01").await;
    let before = ["raw_open", "manifest_days"].map(|name| it.table(name));
    assert_eq!(it.move_starts().await.unwrap(), [], "nothing lies anywhere");
    it.live().await;
    let expected =
        [moved("raw_open", "2026-09-01", "2026-11-18"), moved("manifest_days", "2026-09-01", "2026-10-01")];
    assert_eq!(it.move_starts().await.unwrap(), expected);
    for mut before in before {
        let after = it.table(before["Name"].as_str().unwrap());
        let range =
            if before["Name"] == "raw_open" { "2026-11-18,NOW+1DAYS" } else { "2026-10-01,NOW+1DAYS" };
        before["Parameters"]["projection.dt.range"] = range.into();
        before["VersionId"] = "8".into();
        assert_eq!(after, before);
    }
    // What says when and by whom a table was made is no part of an input: Glue refuses it there.
    for update in &it.glue.lock().unwrap().updates {
        assert!(update.get("CreatedBy").is_none() && update.get("VersionId").is_none(), "{update}");
    }
    assert_eq!(it.move_starts().await.unwrap(), [], "again");
}

#[tokio::test]
async fn a_day_without_a_commit_holds_the_start() {
    let it = Installation::new("2026-11-01").await;
    let lake = it.buckets.lake.as_ref();
    for name in ["2026-11-10", "2026-11-11", "2026-11-13"] {
        commit(lake, day(name), day(name).end_ms() + HOUR_MS).await;
    }
    assert_eq!(it.move_starts().await.unwrap()[0], moved("raw_open", "2026-11-01", "2026-11-12"));
    // Raw of a day before all commits: whoever put it there, its start is not moved back.
    let key = "raw/dt=2026-11-02/host=i-0a/0000000000000001-0000000000-01-00000000000000000000000000000000.json.zst";
    it.buckets.raw.put_if_absent(key, vec![1].into()).await.unwrap();
    assert_eq!(it.move_starts().await.unwrap(), []);
}

#[tokio::test]
async fn who_changes_a_table_at_the_same_time_loses_nothing() {
    let it = Installation::new("2026-09-01").await;
    it.live().await;
    it.glue.lock().unwrap().meanwhile = vec![|table| {
        table["Parameters"]["owner"] = "somebody".into();
        next_version(table);
    }];
    assert_eq!(it.move_starts().await.unwrap().len(), 2);
    let table = it.table("raw_open");
    assert_eq!(table["Parameters"]["owner"], "somebody");
    assert_eq!(table["Parameters"]["projection.dt.range"], "2026-11-18,NOW+1DAYS");

    // Moved further meanwhile, by a run beside this one: it stays.
    let it = Installation::new("2026-09-01").await;
    it.live().await;
    it.glue.lock().unwrap().meanwhile = vec![|table| {
        table["Parameters"]["projection.dt.range"] = "2026-11-19,NOW+1DAYS".into();
        next_version(table);
    }];
    assert_eq!(it.move_starts().await.unwrap().len(), 1, "only the other table's");
    assert_eq!(it.table("raw_open")["Parameters"]["projection.dt.range"], "2026-11-19,NOW+1DAYS");

    // Changed each time: the next run tries again.
    let it = Installation::new("2026-09-01").await;
    it.live().await;
    it.glue.lock().unwrap().meanwhile = vec![next_version, next_version];
    let error = it.move_starts().await.unwrap_err();
    assert_eq!(format!("{error:#}"), "table raw_open was changed meanwhile");
    assert_eq!(it.table("raw_open")["Parameters"]["projection.dt.range"], "2026-09-01,NOW+1DAYS");
}

#[tokio::test]
async fn what_glue_refuses_is_said_and_what_it_cannot_do_now_is_tried_again() {
    let it = Installation::new("2026-09-01").await;
    it.live().await;
    it.glue.lock().unwrap().first = vec![
        (503, json!("not now")),
        (500, json!({"__type": "InternalServiceException", "Message": "again"})),
    ];
    assert_eq!(it.move_starts().await.unwrap().len(), 2);
    assert_eq!(it.glue.lock().unwrap().calls, 6, "two reads, two updates, two answers in vain");

    it.glue.lock().unwrap().tables.clear();
    let error = format!("{:#}", it.move_starts().await.unwrap_err());
    assert!(error.contains("could not GetTable raw_open of metrics"), "{error}");
    assert!(error.contains("400 EntityNotFoundException: Entity Not Found"), "{error}");

    let it = Installation::new("2026-09-01").await;
    it.glue.lock().unwrap().tables[0]["Parameters"]["projection.dt.range"] = "NOW-7DAYS,NOW".into();
    let error = format!("{:#}", it.move_starts().await.unwrap_err());
    assert_eq!(error, "table raw_open: projection.dt.range is 'NOW-7DAYS,NOW', expected DAY,NOW+1DAYS");
}
