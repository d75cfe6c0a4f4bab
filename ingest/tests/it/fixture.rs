//! A valid batch, the request that carries it, and stores to send it into.

use std::io::Write;
use std::sync::Mutex;

use async_trait::async_trait;
use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};
use aws_lambda_events::encodings::Body as ResponseBody;
use aws_lambda_events::http::{HeaderValue, Method};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lake::{Body, Day, DirectoryStore, Put, SetClock, Store, StoreError};
use serde_json::Value;
use tempfile::TempDir;

use crate::adding::{Adding, Puts};

/// 2026-11-20 12:00 UTC, when everything arrives unless a test says otherwise.
pub(crate) const NOON_MS: i64 = 1_795_176_000_000;
pub(crate) const DAY: &str = "2026-11-20";
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// A snapshot with something of everything, and a member that the contract does not know.
pub(crate) fn line(seq: i64) -> String {
    let moment = NOON_MS - 60_000 + seq;
    format!(
        concat!(
            r#"{{"version":1,"host_id":"i-0123456789abcdef0","stream":"00c0ffee00c0ffee","seq":{seq},"#,
            r#""boot_id":"3a6f","observed_at_ms":{moment},"host_name":"web-1","load1":0.25,"addresses":["10.0.0.7"],"#,
            r#""disks":[{{"mount_point":"/","total_bytes":8589934592}}],"networks":[],"users":[{{"user":"ann","#,
            r#""terminal":"pts/0","host":"198.51.100.7","started":1795170000.5,"pid":4000}}],"#,
            r#""running_processes":[{{"pid":1,"name":"systemd"}},{{"pid":4001,"name":"bash","cmdline":"bash -l","#,
            r#""user_name":"ann"}}],"sockets":[{{"protocol":"tcp","local_port":22}}],"#,
            r#""from_tomorrow":{{"deep":[1,{{"er":"\u00e9"}}]}}}}"#
        ),
        seq = seq,
        moment = moment
    )
}

/// So many snapshots from `first_seq` on, as an agent seals them.
pub(crate) fn batch(first_seq: i64, count: i64) -> String {
    (first_seq..first_seq + count).map(|seq| line(seq) + "\n").collect()
}

/// The request for it, as the gateway hands on a binary body.
pub(crate) fn request(body: &[u8]) -> ApiGatewayProxyRequest {
    let mut request = ApiGatewayProxyRequest::default();
    request.http_method = Method::POST;
    request.path = Some("/put-metrics".into());
    request.body = Some(STANDARD.encode(body));
    request.is_base64_encoded = true;
    request.request_context.request_id = Some("c6af9ac6-7b61-11e6-9a41-93e8deadbeef".into());
    request.request_context.identity.source_ip = Some("203.0.113.7".into());
    request.request_context.identity.api_key_id = Some("k3y1d".into());
    request.headers.insert(snapshot::FILED_DAY, HeaderValue::from_static(DAY));
    request.headers.insert(snapshot::SENT_AT_MS, (NOON_MS - 250).into());
    request
}

/// The same with a header set, or taken away.
pub(crate) fn with(
    mut request: ApiGatewayProxyRequest,
    name: &'static str,
    value: Option<&str>,
) -> ApiGatewayProxyRequest {
    request.headers.remove(name);
    if let Some(value) = value {
        request.headers.insert(name, value.parse().unwrap());
    }
    request
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A folder as the raw bucket, which notes what is put.
#[derive(Debug)]
pub(crate) struct Bucket {
    folder: DirectoryStore,
    puts: Mutex<Vec<String>>,
    _keep: TempDir,
}

impl Bucket {
    pub(crate) fn new() -> Self {
        let keep = tempfile::tempdir().unwrap();
        let folder = DirectoryStore::open(keep.path().join("raw")).unwrap();
        Self { folder, puts: Mutex::default(), _keep: keep }
    }

    /// Sends a request at noon.
    pub(crate) async fn send(&self, request: &ApiGatewayProxyRequest) -> (i64, Value) {
        self.send_at(request, NOON_MS).await
    }

    pub(crate) async fn send_at(&self, request: &ApiGatewayProxyRequest, now_ms: i64) -> (i64, Value) {
        read(ingest::put_metrics(request, &SetClock::new(now_ms), &Adding(self)).await, now_ms)
    }

    /// What lies there.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let folder: &dyn Store = &self.folder;
        folder.list_all("").await.unwrap().into_iter().map(|found| found.key).collect()
    }

    /// The object of this key, decompressed.
    pub(crate) async fn text(&self, key: &str) -> String {
        let object = self.folder.get(key).await.unwrap();
        String::from_utf8(zstd::decode_all(object.as_ref()).unwrap()).unwrap()
    }

    pub(crate) async fn object(&self, key: &str) -> Vec<u8> {
        self.folder.get(key).await.unwrap().to_vec()
    }

    /// The keys that were put, in order, whatever came of it.
    pub(crate) fn puts(&self) -> Vec<String> {
        self.puts.lock().unwrap().clone()
    }
}

/// An answer is JSON with the server's time, always.
pub(crate) fn read(response: ApiGatewayProxyResponse, now_ms: i64) -> (i64, Value) {
    assert_eq!(response.headers["content-type"], "application/json");
    assert_eq!(response.headers.contains_key("retry-after"), response.status_code == 503);
    assert_eq!(response.headers.contains_key("allow"), response.status_code == 405);
    let Some(ResponseBody::Text(body)) = response.body else { panic!("{response:?}") };
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["now_ms"], now_ms, "{body}");
    (response.status_code, body)
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[async_trait]
impl Puts for Bucket {
    async fn put(&self, key: &str, body: Body) -> Result<Put, StoreError> {
        self.puts.lock().unwrap().push(key.to_owned());
        self.folder.put_if_absent(key, body).await
    }
}
