//! One request for each way of being refused. Whatever a sender can choose has a canary in it (the word `canary`), so
//! that one can see where its words go.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use aws_lambda_events::http::{HeaderMap, HeaderValue, Method};
use ingest::limits;
use lake::{Body, Put, SetClock, StoreError};
use serde_json::{Value, json};

use crate::adding::{Adding, Puts};
use crate::fixture::{HOUR_MS, NOON_MS, gzip, line, read, request, with, zstd};

/// A request, as the gateway's event, and the store into which it is sent.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    event: Value,
    now_ms: i64,
    pub(crate) store: Failing,
}

impl Case {
    /// The answer's code, body and further headers.
    pub(crate) async fn answer(&self) -> (i64, Value, HeaderMap) {
        let (clock, store) = (SetClock::new(self.now_ms), Adding(&self.store));
        let answer = ingest::answer_event(self.event.clone(), &clock, &store).await;
        let mut headers = answer.headers.clone();
        headers.remove("content-type");
        let (status, told) = read(answer, self.now_ms);
        (status, told, headers)
    }
}

/// A store that takes everything, or fails in this way at this put.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Failing {
    #[default]
    Never,
    Unavailable,
    Denied,
    AtTheMarker,
}

#[async_trait]
impl Puts for Failing {
    async fn put(&self, key: &str, _: Body) -> Result<Put, StoreError> {
        let (operation, key, reason) = ("put", key.to_owned(), format!("SlowDown: on bucket/{key}"));
        match self {
            Self::Unavailable => Err(StoreError::Unavailable { operation, key, reason }),
            Self::AtTheMarker if key.starts_with("late/") => {
                Err(StoreError::Unavailable { operation, key, reason })
            }
            Self::Denied => Err(StoreError::Denied { operation, key, reason }),
            Self::Never | Self::AtTheMarker => Ok(Put::Stored),
        }
    }
}

/// A snapshot with a canary in each kind of member.
fn told_line(seq: i64) -> String {
    let line = line(seq).replace("i-0123456789abcdef0", "canary-host").replace("3a6f", "canary-boot");
    let line = line.replace("web-1", "canary-name").replace("bash -l", "canary --canary");
    line.replace("from_tomorrow", "canary_member")
        .replace("deep", "canary_inner")
        .replace("ann", "canary-user")
}

/// Three of them, of which the second is changed.
fn changed(from: &str, to: &str) -> Vec<u8> {
    let second = told_line(2);
    assert!(second.contains(from), "{from}");
    [told_line(1), second.replacen(from, to, 1), told_line(3)].join("\n").into_bytes()
}

/// The request with canaries around the body.
fn carried(body: &[u8]) -> ApiGatewayProxyRequest {
    let mut request = request(body);
    let canary = HeaderValue::from_static("canary");
    for name in ["x-canary", "x-api-key", "user-agent", "authorization", "content-type", "content-encoding"] {
        request.headers.insert(name, canary.clone());
        request.multi_value_headers.insert(name, canary.clone());
    }
    request.query_string_parameters = HashMap::from([("canary".to_owned(), "canary".to_owned())]).into();
    request.request_context.identity.api_key = Some("canary".into());
    request.request_context.identity.user_agent = Some("canary".into());
    request
}

fn asked(method: Method, path: &str) -> ApiGatewayProxyRequest {
    let mut request = carried(b"canary");
    (request.http_method, request.path) = (method, Some(path.into()));
    request
}

fn original(body: &str) -> ApiGatewayProxyRequest {
    let bare = with(carried(body.as_bytes()), snapshot::FILED_DAY, None);
    with(bare, snapshot::SENT_AT_MS, None)
}

/// Every kind of refusal, in the order in which a request meets them.
pub(crate) fn refusals() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name, request: ApiGatewayProxyRequest| {
        let event = serde_json::to_value(request).unwrap();
        cases.push(Case { name, event, now_ms: NOON_MS, store: Failing::Never });
    };
    let good = told_line(1);
    let header = |name, value: Option<&str>| with(carried(told_line(1).as_bytes()), name, value);

    add("no such path", asked(Method::POST, "/Prod/canary"));
    add("no such method", asked(Method::GET, "/Prod/put-metrics"));
    add("no method at all", asked(Method::from_bytes(b"CANARY").unwrap(), "/Prod/health"));

    add("no filed day", header(snapshot::FILED_DAY, None));
    add("a filed day that is none", header(snapshot::FILED_DAY, Some("canary")));
    add("a filed day without end", header(snapshot::FILED_DAY, Some(&"canary".repeat(99))));
    add("no sending time", header(snapshot::SENT_AT_MS, None));
    add("a sending time that is none", header(snapshot::SENT_AT_MS, Some("canary")));
    add("an earlier day that is none", header(snapshot::EARLIER_DAYS, Some("canary")));
    add("the filed day among the earlier", header(snapshot::EARLIER_DAYS, Some("2026-11-20")));
    let five = "2026-11-01,2026-11-02,2026-11-03,2026-11-04,2026-11-05";
    add("too many earlier days", header(snapshot::EARLIER_DAYS, Some(five)));
    let mut twice = carried(good.as_bytes());
    twice.multi_value_headers.insert(snapshot::FILED_DAY, HeaderValue::from_static("canary"));
    add("two filed days", twice);
    add("filed too long ago", header(snapshot::FILED_DAY, Some("2026-11-06")));
    add("filed too far ahead", header(snapshot::FILED_DAY, Some("2026-11-22")));

    add("no body", carried(b""));
    let mut broken = carried(b"");
    broken.body = Some("canary*".into());
    add("no base64", broken);
    let packed = zstd(good.as_bytes());
    add("zstd, cut short", carried(&packed[..packed.len() - 1]));
    add("zstd of nothing", carried(&zstd(b"")));
    let mut wide = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    wide.window_log(limits::MAX_WINDOW_LOG + 1).unwrap();
    std::io::Write::write_all(&mut wide, good.as_bytes()).unwrap();
    add("zstd with too wide a window", carried(&wide.finish().unwrap()));
    let packed = gzip(good.as_bytes());
    add("gzip, cut short", carried(&packed[..packed.len() - 1]));
    add("gzip of nothing", carried(&gzip(b"")));
    add("text that is no JSON", carried(b"canary"));
    add("bytes that are nothing", carried(b"\0canary"));
    for (name, magic) in [
        ("xz", &b"\xfd7zXZ\0canary"[..]),
        ("bzip2", b"BZh91AYcanary"),
        ("zip", b"PK\x03\x04canary"),
        ("lz4", b"\x04\x22\x4d\x18canary"),
        ("snappy", b"\xff\x06\x00\x00sNaPpYcanary"),
    ] {
        add(name, carried(magic));
    }

    let spaces = |count: usize| vec![b' '; count];
    add("a body too large", carried(&spaces(limits::MAX_BODY_BYTES + 1)));
    let mut text = carried(b"");
    (text.is_base64_encoded, text.body) = (false, Some(" ".repeat(limits::MAX_BODY_BYTES + 1)));
    add("a body too large, as text", text);
    add("zstd of too much", carried(&zstd(&spaces(limits::MAX_BATCH_BYTES + 1))));
    add("gzip of too much", carried(&gzip(&spaces(limits::MAX_BATCH_BYTES + 1))));
    let long = changed("canary-name", &"canary".repeat(limits::MAX_LINE_BYTES / 6 + 1));
    add("a line too long", carried(&zstd(&long)));
    let many: String = (1..=snapshot::MAX_BATCH as i64 + 1).map(|seq| told_line(seq) + "\n").collect();
    add("too many lines", carried(many.as_bytes()));

    let second = told_line(2);
    let mut bytes = changed("canary-name", "canary?name");
    let at = bytes.iter().position(|byte| *byte == b'?').unwrap();
    bytes[at] = 0xff;
    let deep = |levels| format!(r#"{}"canary"{}"#, "[".repeat(levels), "]".repeat(levels));
    let members: String = (0..256).map(|n| format!(r#""canary{n}":0,"#)).collect();
    let processes = vec![r#"{"pid":1,"name":"canary"}"#; 65_537].join(",");
    for (name, body) in [
        ("no UTF-8", bytes),
        ("a line of nothing", changed(&second, "")),
        ("a line cut short", changed(&second, &second[..150])),
        ("a line that is no JSON", changed(&second, r#"{"canary":canary}"#)),
        ("a line that is no object", changed(&second, r#""canary""#)),
        ("a line with more behind it", changed(&second, &format!("{second} canary"))),
        ("an unknown member that is no JSON", changed(r#""canary_inner":["#, r#""canary_inner":[canary"#)),
        ("nested too deeply", changed(r#"[1,{"er":"\u00e9"}]"#, &deep(16))),
        ("too many members", changed(r#""canary_inner""#, &format!(r#"{members}"canary_inner""#))),
        ("a name too long", changed("canary_inner", &"canary".repeat(50))),
        ("a name twice", changed(r#""er":"#, r#""canary":0,"Canary":"#)),
        ("a name of the contract twice", changed(r#""load1":"#, r#""load1":1,"load1":"#)),
        (
            "a name of the contract in Unicode's other case",
            changed(r#""load1":"#, r#""\u212aernel":"canary","load1":"#),
        ),
        ("a name of the contract in two cases", changed(r#""load1":"#, r#""LOAD1":1,"load1":"#)),
        ("a member that the server adds", changed(r#"{"version""#, r#"{"source_ip":"canary","version""#)),
        ("the same in capitals", changed(r#"{"version""#, r#"{"Source_IP":"canary","version""#)),
        ("a missing member", changed(r#""boot_id":"canary-boot","#, "")),
        ("a number too small", changed(r#""pid":4001"#, r#""pid":-1"#)),
        ("a number too large", changed(r#""local_port":22"#, r#""local_port":65536"#)),
        ("a number beyond all", changed(r#""load1":0.25"#, r#""load1":1e999"#)),
        ("a fraction", changed(r#""pid":4001"#, r#""pid":1.5"#)),
        ("text for a number", changed(r#""pid":4001"#, r#""pid":"canary""#)),
        ("a number for text", changed(r#""name":"bash""#, r#""name":7"#)),
        ("text too long", changed(r#""name":"bash""#, &format!(r#""name":"{}""#, "canary".repeat(50)))),
        ("a host that is no folder", changed("canary-host", "../canary")),
        ("a stream that is none", changed("00c0ffee00c0ffee", "canary")),
        ("a sequence number too large", changed(r#""seq":2"#, r#""seq":10000000000"#)),
        ("a version to come", changed(r#""version":1"#, r#""version":2"#)),
        ("a moment that is none", changed("1795170000.5", "17")),
        (
            "a list too long",
            changed(r#""running_processes":["#, &format!(r#""running_processes":[{processes},"#)),
        ),
        ("two hosts", changed("canary-host", "canary-other")),
        ("two streams", changed("00c0ffee00c0ffee", "00c0ffee00c0ffef")),
        ("a gap", changed(r#""seq":2"#, r#""seq":3"#)),
    ] {
        add(name, carried(&zstd(&body)));
    }

    let sent = r#"{"running_processes": [{"pid": 1, "name": "canary"}], "os_name": "canary"}"#;
    add("no headers and no processes", original(r#"{"os_name": "canary"}"#));
    add("no headers and an identity", original(&good));
    add("no headers and two documents", original(&format!("{sent}\n{sent}")));
    let mut nowhere = original(sent);
    nowhere.request_context.identity.source_ip = None;
    add("no headers and no address", nowhere);
    let mut nameless = original(sent);
    nameless.request_context.request_id = Some(String::new());
    add("no headers and no request id", nameless);

    let id = carried(b"").request_context.request_id;
    let event = json!({"httpMethod": 7, "body": "canary", "requestContext": {"requestId": id}});
    cases.push(Case { name: "no proxy request", event, now_ms: NOON_MS, store: Failing::Never });

    for (name, store, now_ms) in [
        ("S3 is unavailable", Failing::Unavailable, NOON_MS),
        ("S3 does not let it", Failing::Denied, NOON_MS),
        ("S3 fails at the marker", Failing::AtTheMarker, NOON_MS + 24 * HOUR_MS),
    ] {
        let event = serde_json::to_value(carried(good.as_bytes())).unwrap();
        cases.push(Case { name, event, now_ms, store });
    }
    cases
}
