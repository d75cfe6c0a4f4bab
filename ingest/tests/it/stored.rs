//! What lies in the store afterwards, byte for byte, and under which key.

use lake::{Digest, Key, RawKey};
use serde_json::{Value, json};
use snapshot::Snapshot;

use crate::athena;
use crate::fixture::{Bucket, DAY, HOUR_MS, NOON_MS, batch, day, line, request, with, zstd};

#[tokio::test]
async fn each_line_lies_there_as_sent_behind_what_ingest_adds() {
    let (bucket, body) = (Bucket::new(), batch(7, 2));
    bucket.send(&request(&zstd(body.as_bytes()))).await;
    let key = Key::Raw(RawKey {
        day: day(DAY),
        host: "i-0123456789abcdef0".parse().unwrap(),
        stream: "00c0ffee00c0ffee".parse().unwrap(),
        first_seq: 7,
        count: 2,
        digest: Digest::of(body.as_bytes()),
        earlier: Vec::new(),
    });
    assert_eq!(bucket.keys().await, [key.to_string()]);
    let added = r#"{"received_at_ms":1795176000000,"source_ip":"203.0.113.7","principal":"k3y1d","clock_offset_ms":250,"#;
    let expected: String = [7, 8].map(|seq| format!("{added}{}\n", &line(seq)[1..])).concat();
    let stored = bucket.text(&key.to_string()).await;
    assert_eq!(stored, expected);

    for line in stored.lines() {
        let snapshot: Snapshot<'_> = serde_json::from_str(line).unwrap();
        assert_eq!(snapshot.received_at_ms.unwrap().get(), NOON_MS);
        assert_eq!(snapshot.clock_offset_ms.unwrap().get(), 250);
        assert_eq!(snapshot.running_processes.len(), 2);
        let whole: Value = serde_json::from_str(line).unwrap();
        assert_eq!(whole["from_tomorrow"]["deep"][1]["er"], "é");
    }
}

#[tokio::test]
async fn the_object_is_one_frame_that_athena_reads() {
    let bucket = Bucket::new();
    // 20 MB and more, so that the window is as large as it gets.
    let text = format!(r#""{}""#, "0123456789abcdef".repeat(4000));
    let filler = format!(r#""from_tomorrow":[{}]"#, vec![text; 22].join(","));
    let large =
        |seq| line(seq).replacen(r#""from_tomorrow":{"deep":[1,{"er":"\u00e9"}]}"#, &filler, 1) + "\n";
    let body: String = (1..=15).map(large).collect();
    assert_eq!(bucket.send(&request(&zstd(body.as_bytes()))).await.0, 200);
    let object = bucket.object(&bucket.keys().await[0]).await;
    assert_eq!(object[..4], [0x28, 0xb5, 0x2f, 0xfd]);
    let mut one = zstd::stream::read::Decoder::with_buffer(object.as_slice()).unwrap().single_frame();
    one.window_log_max(23).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut one, &mut text).unwrap();
    assert_eq!(text.lines().count(), 15);
    assert!(one.finish().is_empty(), "nothing follows the frame");
}

/// To Athena's reader a carriage return ends a row too.
#[tokio::test]
async fn each_snapshot_is_one_row_whatever_ends_its_lines() {
    let lines = batch(1, 3);
    let folded = format!("{:#}\n", serde_json::from_str::<Value>(&line(1)).unwrap());
    for (body, rows) in [
        (lines.replace('\n', "\r\n"), 3),
        (lines.trim_end().replace('\n', "\r\n"), 3),
        (lines.replace(",\"", ",\r\""), 3),
        (lines.replace('\n', "\r\r\n"), 3),
        (folded.replace('\n', "\r\n"), 1),
        (folded.trim_end().replace('\n', "\r\n"), 1),
        (folded.replace('\n', "\n\r"), 1),
        (folded, 1),
    ] {
        let bucket = Bucket::new();
        let (status, told) = bucket.send(&request(body.as_bytes())).await;
        assert_eq!((status, &told["stored"]), (200, &json!(rows)), "{told}: {body:?}");
        let key = bucket.keys().await.remove(0);
        assert!(key.contains(&Digest::of(body.as_bytes()).to_string()), "the digest is of what was sent");
        assert_eq!(athena::read(&bucket.object(&key).await), Ok(rows), "{body:?}");
        let stored = bucket.text(&key).await;
        let sent: Vec<_> = stored.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect();
        for (stored, seq) in sent.iter().zip(1..) {
            let line: Value = serde_json::from_str(&line(seq)).unwrap();
            for (name, value) in line.as_object().unwrap() {
                assert_eq!(stored[name], *value, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_known_of_the_sender_is_left_out() {
    let bucket = Bucket::new();
    let mut unknown = request(batch(1, 1).as_bytes());
    unknown.request_context.identity = Default::default();
    bucket.send(&unknown).await;
    let mut role = request(batch(2, 1).as_bytes());
    let arn = "arn:aws:sts::123456789012:assumed-role/fleet/i-0123456789abcdef0";
    role.request_context.identity.user_arn = Some(arn.into());
    role.request_context.identity.source_ip = Some("2001:db8::\"7".into());
    bucket.send(&role).await;

    let keys = bucket.keys().await;
    let first: Value = serde_json::from_str(bucket.text(&keys[0]).await.trim()).unwrap();
    assert!(first.get("principal").is_none() && first.get("source_ip").is_none(), "{first}");
    let second: Value = serde_json::from_str(bucket.text(&keys[1]).await.trim()).unwrap();
    assert_eq!((&second["principal"], &second["source_ip"]), (&json!(arn), &json!("2001:db8::\"7")));
}

#[tokio::test]
async fn a_clock_is_measured_by_the_sending_and_not_by_the_observing() {
    let bucket = Bucket::new();
    // A backlog of ten days, sent by a clock that is five minutes behind.
    let behind = (NOON_MS - 300_000).to_string();
    let late = with(request(batch(1, 1).as_bytes()), snapshot::SENT_AT_MS, Some(&behind));
    bucket.send(&with(late, snapshot::FILED_DAY, Some("2026-11-10"))).await;
    let stored = bucket.text(&bucket.keys().await[1]).await;
    assert!(stored.contains(r#""clock_offset_ms":300000,"#), "{stored}");
}

#[tokio::test]
async fn a_day_is_filed_from_13_days_ago_to_tomorrow() {
    for (filed, status) in [
        ("2026-11-06", 409),
        ("2026-11-07", 200),
        ("2026-11-20", 200),
        ("2026-11-21", 200),
        ("2026-11-22", 409),
        ("1980-01-01", 409),
        ("2099-12-31", 409),
    ] {
        let bucket = Bucket::new();
        let filing = with(request(batch(1, 1).as_bytes()), snapshot::FILED_DAY, Some(filed));
        let (got, told) = bucket.send(&filing).await;
        assert_eq!(got, status, "{filed}: {told}");
        if status == 409 {
            let error = told["error"].as_str().unwrap();
            assert!(error.contains("expected 2026-11-07 to 2026-11-21"), "{error}");
            assert_eq!(bucket.puts(), [""; 0]);
        }
    }
}

#[tokio::test]
async fn earlier_days_are_in_the_key() {
    let bucket = Bucket::new();
    let again = with(request(batch(1, 1).as_bytes()), snapshot::EARLIER_DAYS, Some("2026-11-01, 2026-11-15"));
    bucket.send(&again).await;
    let keys = bucket.keys().await;
    assert!(keys[0].ends_with("-20261101-20261115.json.zst"), "{keys:?}");
    keys[0].parse::<Key>().unwrap();
}

#[tokio::test]
async fn what_comes_half_an_hour_after_its_day_leaves_a_marker() {
    let half_past_midnight = NOON_MS + 12 * HOUR_MS + HOUR_MS / 2;
    for (now_ms, marker) in [
        (half_past_midnight, None),
        (half_past_midnight + 1, Some("late/2026-11-21T00/2026-11-20")),
        (half_past_midnight + 300 * HOUR_MS, Some("late/2026-12-03T12/2026-11-20")),
    ] {
        let bucket = Bucket::new();
        let batch = request(batch(1, 1).as_bytes());
        assert_eq!(bucket.send_at(&batch, now_ms).await.0, 200);
        let puts = bucket.puts();
        assert_eq!(puts.get(1).map(String::as_str), marker, "after the object");
        assert!(puts[0].starts_with("raw/dt=2026-11-20/"));
        if let Some(marker) = marker {
            assert!(bucket.object(marker).await.is_empty());
        }
    }
}
