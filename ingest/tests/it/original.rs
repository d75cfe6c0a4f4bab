//! The original program's request, as Python's `requests.post(url, json=…)` puts it on the wire.

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use lake::{Digest, Key};
use serde_json::json;
use snapshot::Snapshot;

use crate::fixture::{Bucket, NOON_MS, batch, line, request, with};

/// `json.dumps` puts a space behind commas and colons and escapes what is not ASCII.
const SENT: &str = concat!(
    r#"{"processor": "x86_64", "running_processes": [{"pid": 1, "name": "systemd"}, {"pid": 77, "name": "caf\u00e9"}], "#,
    r#""users": [{"user": "ann", "terminal": null, "host": "", "started": 1795170000.5, "pid": null}, "#,
    r#"{"user": "bob", "terminal": "pts/1", "host": "198.51.100.7", "started": "2026-11-20 10:20:00", "pid": 4000}], "#,
    r##""os_name": "Linux", "os_version": "#1 SMP PREEMPT_DYNAMIC Debian 6.1.112-1 (2026-09-30), built for the machines of this test", "##,
    r#""ip": "10.0.0.7"}"#
);

fn bare(body: &str) -> ApiGatewayProxyRequest {
    let mut request = request(b"");
    request.is_base64_encoded = false;
    request.body = Some(body.to_owned());
    with(with(request, snapshot::FILED_DAY, None), snapshot::SENT_AT_MS, None)
}

#[tokio::test]
async fn it_is_stored_as_a_snapshot_of_its_address_at_its_arrival() {
    let bucket = Bucket::new();
    let answer = bucket.send(&bare(SENT)).await;
    assert_eq!(answer, (200, json!({"stored": 1, "duplicate": false, "now_ms": NOON_MS})));
    let key = bucket.keys().await.remove(0);
    let id = Digest::of(b"c6af9ac6-7b61-11e6-9a41-93e8deadbeef").to_string();
    let (stream, digest) = (&id[..16], Digest::of(SENT.as_bytes()));
    assert_eq!(key, format!("raw/dt=2026-11-20/host=203.0.113.7/{stream}-0000000000-01-{digest}.json.zst"));
    key.parse::<Key>().unwrap();
    let stored = bucket.text(&key).await;
    assert!(stored.ends_with(&format!("{}\n", &SENT[1..])), "{stored}");
    let read: Snapshot<'_> = serde_json::from_str(&stored).unwrap();
    assert_eq!((read.host_id.as_str(), read.seq.get()), ("203.0.113.7", 0));
    assert_eq!((read.observed_at_ms.get(), read.clock_offset_ms), (NOON_MS, None));
    assert_eq!(&*read.running_processes[1].name, "café");
    assert_eq!(read.users[1].started.unwrap().millis(), 1_795_170_000_000);
}

#[tokio::test]
async fn each_request_is_its_own_and_an_ipv6_address_is_a_host() {
    let bucket = Bucket::new();
    for (id, address) in [("a", "2001:db8::7"), ("b", "2001:db8::7"), ("c", "::1"), ("d", "::ffff:192.0.2.1")]
    {
        let mut request = bare(SENT);
        request.request_context.request_id = Some(id.into());
        request.request_context.identity.source_ip = Some(address.into());
        assert_eq!(bucket.send(&request).await.0, 200, "{address}");
    }
    let mut hosts: Vec<String> =
        bucket.keys().await.iter().map(|key| key.split('/').nth(2).unwrap().to_owned()).collect();
    hosts.sort();
    assert_eq!(hosts, ["host=0--1", "host=192.0.2.1", "host=2001-db8--7", "host=2001-db8--7"]);
}

/// A process whose name is not UTF-8, as psutil reads it and `json=` sends it.
#[tokio::test]
async fn a_name_that_is_no_text_hides_nobody() {
    let bucket = Bucket::new();
    let sent = SENT.replace(r"caf\u00e9", r"caf\udce9");
    assert_eq!(bucket.send(&bare(&sent)).await.0, 200);
    let stored = bucket.text(&bucket.keys().await.remove(0)).await;
    let read: Snapshot<'_> = serde_json::from_str(&stored).unwrap();
    assert_eq!(&*read.running_processes[1].name, "caf\u{fffd}");
    // An agent sends none, so one is a damage.
    let agents = line(1).replacen("web-1", r"\udce9", 1);
    assert_eq!(bucket.send(&request(agents.as_bytes())).await.0, 400);
}

#[tokio::test]
async fn what_is_not_the_original_programs_is_refused() {
    let claimed = SENT.replacen('{', r#"{"Host_Id": "i-0", "#, 1);
    let absent = SENT.replacen('{', r#"{"host_id": null, "#, 1);
    let pid = SENT.replace(r#""pid": 77"#, r#""pid": -77"#);
    let started = SENT.replace("2026-11-20 10:20:00", "yesterday");
    for (body, words) in [
        (batch(1, 1).as_str(), "header x-filed-day is missing"),
        ("{}", "missing field `running_processes`"),
        (&SENT[..200], "cut short at column 200"),
        (&format!("{SENT}\n{SENT}"), "line 2: a document without identity"),
        (&claimed, "differs from 'host_id' in case alone"),
        (&absent, "header x-filed-day is missing"),
        (&pid, "number -77, expected 0 to 2147483647 at /running_processes/1/pid"),
        (&started, "YYYY-MM-DD HH:MM:SS at /users/1/started"),
    ] {
        let bucket = Bucket::new();
        let (status, told) = bucket.send(&bare(body)).await;
        assert_eq!(status, 400, "{told}");
        assert!(told["error"].as_str().unwrap().contains(words), "{told}");
        assert_eq!(bucket.puts(), [""; 0]);
    }
    let mut nowhere = bare(SENT);
    nowhere.request_context.identity.source_ip = Some("unknown".into());
    assert_eq!(Bucket::new().send(&nowhere).await.0, 400);
    let mut nameless = bare(SENT);
    nameless.request_context.request_id = None;
    assert_eq!(Bucket::new().send(&nameless).await.0, 400);
}
