//! The servers that `.ci/trino` started, and how they are asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use compactor::{Buckets, Places};
use lake::{Clock, S3Store};
use local::gateway::{self, Gateway};
use local::simulate::Target;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A query under way.
pub(crate) struct Begun(Value);

/// A database of a test's own in the catalogue, with a raw and a lake bucket of its own.
pub(crate) struct Servers {
    http: reqwest::Client,
    pub(super) database: &'static str,
    pub(crate) places: Places,
    pub(crate) buckets: Buckets,
}

impl Servers {
    /// Makes the database and the buckets. The name is a word, since neither kind of name takes what joins words in the other.
    pub(crate) async fn new(database: &'static str, first_day: &str) -> Self {
        // The client asks for a provider of TLS even where only plain HTTP is spoken.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let s3 = S3Store::client().await.unwrap();
        let names = ["raw", "lake"].map(|kind| format!("{database}-{kind}"));
        for name in &names {
            s3.create_bucket().bucket(name).send().await.unwrap();
        }
        let [raw, lake] = names;
        let places = Places {
            lake: format!("s3://{lake}"),
            raw: format!("s3://{raw}"),
            first_day: first_day.parse().unwrap(),
        };
        let store = |name| Arc::new(S3Store::new(s3.clone(), name));
        let buckets = Buckets { raw: store(raw), lake: store(lake) };
        let servers = Self { http, database, places, buckets };
        servers.glue("CreateDatabase", json!({"DatabaseInput": {"Name": database}})).await;
        servers
    }

    /// Makes our tables and views in the catalogue, from the one declaration.
    pub(crate) async fn make_tables(&self) {
        let tables = compactor::definitions(&self.places).into_iter().map(|table| table.table_input());
        let views = compactor::views().into_iter().map(|view| view.table_input(self.database));
        for input in tables.chain(views) {
            self.glue("CreateTable", json!({"DatabaseName": self.database, "TableInput": input})).await;
        }
    }

    /// One call of the catalogue's.
    pub(crate) async fn glue(&self, operation: &str, request: Value) -> Value {
        let request = self
            .http
            .post(std::env::var("GLUE_URL").unwrap())
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("AWSGlue.{operation}"))
            // It finds the service by this and checks no signature.
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=ci/20260101/us-east-1/glue/aws4_request, SignedHeaders=host, Signature=0",
            )
            .body(request.to_string());
        let response = request.send().await.unwrap();
        let status = response.status();
        let body = response.bytes().await.unwrap();
        assert!(status.is_success(), "{operation}: {status} {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap_or_default()
    }

    /// The rows of a statement, each a list of its columns' values; an object is a list too.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Vec<Value>> {
        self.answer(sql).await.0
    }

    /// The rows, and the bytes that were read of each table's files.
    pub(crate) async fn cost(&self, sql: &str) -> (Vec<Vec<Value>>, BTreeMap<String, u64>) {
        let (rows, query) = self.answer(sql).await;
        let url = format!("{}/v1/query/{query}", std::env::var("TRINO_URL").unwrap());
        let info = json_of(self.http.get(url).header("x-trino-user", "ci")).await;
        let mut bytes = BTreeMap::new();
        let mut stages = vec![&info["outputStage"]];
        while let Some(stage) = stages.pop() {
            stages.extend(stage["subStages"].as_array().into_iter().flatten());
            let tables: Vec<&str> = stage["tables"]
                .as_object()
                .into_iter()
                .flat_map(|tables| tables.values())
                .filter_map(|table| table["tableName"].as_str()?.rsplit('.').next())
                .collect();
            let read = stage["stageStats"]["physicalInputDataSize"].as_str().unwrap_or("0B").to_owned();
            let read: u64 =
                read.strip_suffix('B').and_then(|read| read.parse().ok()).unwrap_or_else(|| panic!("{read}"));
            *bytes.entry(tables.join(" and ")).or_default() += read;
        }
        (rows, bytes)
    }

    async fn answer(&self, sql: &str) -> (Vec<Vec<Value>>, String) {
        let began = self.begin(sql).await;
        let query = began.0["id"].as_str().unwrap().to_owned();
        (self.end(began).await, query)
    }

    /// Begins a query, which from now on runs: it does so when its state is asked for, not when it is posted.
    pub(crate) async fn begin(&self, sql: &str) -> Begun {
        let url = format!("{}/v1/statement", std::env::var("TRINO_URL").unwrap());
        let first = self
            .http
            .post(url)
            .header("x-trino-user", "ci")
            .header("x-trino-catalog", "awsdatacatalog")
            .header("x-trino-schema", self.database)
            .header("x-trino-time-zone", "UTC")
            .body(sql.to_owned());
        let mut page = json_of(first).await;
        while let Some(next) = page["nextUri"].as_str().filter(|next| next.contains("/queued/")) {
            page = json_of(self.http.get(next)).await;
        }
        Begun(page)
    }

    /// Whether a query that was begun has ended.
    pub(crate) async fn has_ended(&self, Begun(page): &Begun) -> bool {
        let url =
            format!("{}/v1/query/{}", std::env::var("TRINO_URL").unwrap(), page["id"].as_str().unwrap());
        let state = json_of(self.http.get(url).header("x-trino-user", "ci")).await["state"].take();
        ["FINISHED", "FAILED"].contains(&state.as_str().unwrap())
    }

    /// Waits for its end, and gives its rows.
    pub(crate) async fn end(&self, Begun(mut page): Begun) -> Vec<Vec<Value>> {
        let mut rows = Vec::new();
        loop {
            assert!(page.get("error").is_none(), "{}", page["error"]["message"]);
            for row in page["data"].as_array().into_iter().flatten() {
                rows.push(row.as_array().unwrap().clone());
            }
            // The server waits for news before it answers.
            let Some(next) = page["nextUri"].as_str() else { return rows };
            page = json_of(self.http.get(next)).await;
        }
    }

    /// Our gateway in front of the raw bucket, at this clock's time, for as long as the test lasts.
    pub(crate) async fn gateway(&self, clock: Arc<dyn Clock>) -> Target {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{}", listener.local_addr().unwrap(), gateway::PUT_METRICS);
        let target = Target { url, api_key: "key".to_owned() };
        let gateway = Gateway { api_key: target.api_key.clone(), store: self.buckets.raw.clone(), clock };
        tokio::spawn(gateway::serve(listener, gateway, std::future::pending()));
        target
    }

    /// Posts a body as a sender that has these headers, which must be taken.
    pub(crate) async fn post(&self, target: &Target, headers: &[(&str, &str)], body: &str) {
        let request = self.http.post(&target.url).header(snapshot::API_KEY, &target.api_key);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = request.body(body.to_owned()).send().await.unwrap();
        let status = response.status();
        let answer = response.bytes().await.unwrap();
        assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&answer));
    }
}

async fn json_of(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let status = response.status();
    let body = response.bytes().await.unwrap();
    assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}
