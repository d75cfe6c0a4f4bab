//! The gateway as a client meets it: over a socket, with a folder as the bucket and ingest's own handler behind it.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use lake::{DirectoryStore, SetClock, Store};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Gateway, HEALTH, PUT_METRICS, serve};

const KEY: &str = "a-key-of-the-test";
/// 2026-11-20 12:00 UTC.
const NOON_MS: i64 = 1_795_176_000_000;

struct Running {
    address: SocketAddr,
    store: Arc<dyn Store>,
    client: Client,
    stop: oneshot::Sender<()>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    _folder: TempDir,
}

async fn running() -> Running {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(DirectoryStore::open(folder.path().join("raw")).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let clock = Arc::new(SetClock::new(NOON_MS));
    let gateway = Gateway { api_key: KEY.into(), store: store.clone(), clock };
    let (stop, stopped) = oneshot::channel();
    let server = tokio::spawn(serve(listener, gateway, async {
        let _ = stopped.await;
    }));
    // Plain HTTP to this machine, without a proxy; the client asks for a provider of TLS all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    Running { address, store, client, stop, server, _folder: folder }
}

impl Running {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A post with everything but the key and the body.
    fn post(&self, media_type: &str) -> RequestBuilder {
        self.client
            .post(self.url(PUT_METRICS))
            .header("content-type", media_type)
            .header(snapshot::FILED_DAY, "2026-11-20")
            .header(snapshot::SENT_AT_MS, NOON_MS - 250)
    }

    async fn keys(&self) -> Vec<String> {
        self.store.list_all("").await.unwrap().into_iter().map(|found| found.key).collect()
    }
}

fn line(seq: i64) -> String {
    format!(
        r#"{{"version":1,"host_id":"i-0a","stream":"00000000000000aa","seq":{seq},"boot_id":"b","observed_at_ms":{NOON_MS},"running_processes":[{{"pid":1,"name":"systemd"}}]}}"#
    )
}

fn batch() -> String {
    format!("{}\n{}\n", line(1), line(2))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn answered(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
}

#[tokio::test]
async fn without_the_key_nothing_is_answered_and_nothing_stored() {
    let gateway = running().await;
    for key in [None, Some(""), Some("a-key-of-the-tesT"), Some("a-key-of-the-test2"), Some("a-key")] {
        let mut post = gateway.post("application/json").body(batch());
        if let Some(key) = key {
            post = post.header(snapshot::API_KEY, key);
        }
        let (status, body) = answered(post.send().await.unwrap()).await;
        assert_eq!((status, body["message"].as_str()), (403, Some("Forbidden")), "{key:?}");
    }
    let health = gateway.client.get(gateway.url(HEALTH)).send().await.unwrap();
    assert_eq!(health.status().as_u16(), 403);
    assert_eq!(gateway.keys().await, [""; 0]);
}

#[tokio::test]
async fn a_batch_is_stored_once_however_it_is_packed() {
    let gateway = running().await;
    let plain = batch().into_bytes();
    let posts = [
        (gateway.post("application/json").body(plain.clone()), false),
        (gateway.post("application/octet-stream").body(plain.clone()), true),
        (gateway.post("application/gzip").body(gzip(&plain)), true),
        (gateway.post("application/json").header("content-encoding", "gzip").body(gzip(&plain)), true),
        (gateway.post("application/GZIP; q=1").body(gzip(&plain)), true),
    ];
    for (post, duplicate) in posts {
        let (status, body) = answered(post.header(snapshot::API_KEY, KEY).send().await.unwrap()).await;
        let expected = serde_json::json!({"stored": 2, "duplicate": duplicate, "now_ms": NOON_MS});
        assert_eq!((status, body), (200, expected));
    }
    let keys = gateway.keys().await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    let beginning = "raw/dt=2026-11-20/host=i-0a/00000000000000aa-0000000001-02-";
    assert!(keys[0].starts_with(beginning), "{}", keys[0]);
}

#[tokio::test]
async fn a_broken_body_is_told_its_line_and_nothing_is_stored() {
    let gateway = running().await;
    let good = batch();
    let cut = &good[..good.len() - 20];
    let wild = good.replacen("\"seq\":2", "\"seq\":-2", 1);
    for (body, line, field) in [(cut, 2, None), (&wild, 2, Some("/seq")), ("[]", 1, None)] {
        let post = gateway.post("application/json").header(snapshot::API_KEY, KEY).body(body.to_owned());
        let (status, told) = answered(post.send().await.unwrap()).await;
        assert_eq!((status, told["line"].as_i64()), (400, Some(line)), "{told}");
        if field.is_some() {
            assert_eq!(told["field"].as_str(), field, "{told}");
        }
        assert_eq!(told["now_ms"], NOON_MS);
    }
    // Binary bytes under a text type are broken by the gateway, on AWS too, and then no encoding at all.
    let post = gateway.post("text/plain").header(snapshot::API_KEY, KEY).body(gzip(good.as_bytes()));
    assert_eq!(answered(post.send().await.unwrap()).await.0, 415);
    assert_eq!(gateway.keys().await, [""; 0]);
}

#[tokio::test]
async fn what_the_gateway_itself_refuses() {
    let gateway = running().await;
    let keyed = |post: RequestBuilder| post.header(snapshot::API_KEY, KEY);
    let post = || keyed(gateway.post("application/octet-stream"));
    let large = 10 * 1024 * 1024 + 1;
    for (request, expected) in [
        (post().header("content-encoding", "zstd").body(batch()), (415, "Unsupported Media Type")),
        (post().body(vec![b' '; large]), (413, "Request Too Long")),
        (post().body(vec![b' '; 5 * 1024 * 1024]), (413, "Request Too Long")),
        (post().header("content-encoding", "gzip").body(gzip(&vec![b' '; large])), (413, "Request Too Long")),
        (post().header("content-encoding", "gzip").body(batch()), (400, "Bad Request")),
        (keyed(gateway.client.get(gateway.url("/Test/health"))), (403, "Forbidden")),
        (keyed(gateway.client.get(gateway.url("/Production"))), (403, "Forbidden")),
    ] {
        let (status, body) = answered(request.send().await.unwrap()).await;
        assert_eq!((status, body["message"].as_str().unwrap()), expected);
    }
    assert_eq!(gateway.keys().await, [""; 0]);
}

#[tokio::test]
async fn other_paths_and_methods_are_ingests_to_refuse() {
    let gateway = running().await;
    let keyed = |request: RequestBuilder| request.header(snapshot::API_KEY, KEY).send();
    let health = keyed(gateway.client.get(gateway.url(HEALTH))).await.unwrap();
    let (status, body) = answered(health).await;
    assert_eq!((status, body["status"].as_str()), (200, Some("ok")));
    let get = keyed(gateway.client.get(gateway.url(PUT_METRICS))).await.unwrap();
    assert_eq!(get.headers()["allow"], "POST");
    assert_eq!(get.status().as_u16(), 405);
    let nowhere = keyed(gateway.client.get(gateway.url("/Prod/nowhere"))).await.unwrap();
    assert_eq!(nowhere.status().as_u16(), 404);
}

#[tokio::test]
async fn a_header_that_is_no_text_keeps_no_batch_out() {
    let gateway = running().await;
    let odd = reqwest::header::HeaderValue::from_bytes(b"caf\xe9").unwrap();
    let post = gateway.post("application/json").header("x-odd", odd).header(snapshot::API_KEY, KEY);
    assert_eq!(answered(post.body(batch()).send().await.unwrap()).await.0, 200);
}

#[tokio::test]
async fn told_to_stop_it_ends_and_the_port_is_free() {
    let gateway = running().await;
    let url = gateway.url(HEALTH);
    gateway.stop.send(()).unwrap();
    gateway.server.await.unwrap().unwrap();
    assert!(gateway.client.get(url).send().await.unwrap_err().is_connect());
    TcpListener::bind(gateway.address).await.unwrap();
}
