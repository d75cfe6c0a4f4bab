//! What holds for any batch and any event, tried on seeded ones: a failure names its seed.

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use fastrand::Rng;
use lake::SetClock;
use serde_json::Value;
use snapshot::Snapshot;

use crate::adding::Adding;
use crate::athena;
use crate::fixture::{Bucket, NOON_MS, batch, gzip, read, request, with, zstd};
use crate::generated::{leaf, lines};

/// The batch in some packing, under headers that may lie.
fn packed(batch: &str, rng: &mut Rng) -> ApiGatewayProxyRequest {
    let plain = batch.as_bytes();
    let piece = rng.usize(1..=plain.len());
    let mut request = match rng.u8(..6) {
        0 => {
            let mut text = request(b"");
            (text.is_base64_encoded, text.body) = (false, Some(batch.to_owned()));
            text
        }
        1 => request(plain),
        2 => request(&gzip(plain)),
        3 => request(&plain.chunks(piece).flat_map(gzip).collect::<Vec<u8>>()),
        4 => request(&zstd::encode_all(plain, rng.i32(1..=12)).unwrap()),
        _ => request(&plain.chunks(piece).flat_map(zstd).collect::<Vec<u8>>()),
    };
    for name in ["content-type", "content-encoding"] {
        let said = ["gzip", "zstd", "identity", "application/json", "application/zstd", "text/plain"];
        request = with(request, name, rng.choice(said));
    }
    request
}

#[tokio::test]
async fn what_is_stored_decodes_to_what_was_sent() {
    const ADDED: &str = r#"{"received_at_ms":1795176000000,"source_ip":"203.0.113.7","principal":"k3y1d","clock_offset_ms":250,"#;
    let mut unknown = 0;
    for seed in 0..50 {
        let mut rng = Rng::with_seed(seed);
        let lines = lines(&mut rng);
        let batch: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let bucket = Bucket::new();
        let (status, told) = bucket.send(&packed(&batch, &mut rng)).await;
        assert_eq!((status, &told["stored"]), (200, &lines.len().into()), "seed {seed}: {told}");

        let keys = bucket.keys().await;
        assert_eq!(keys.len(), 1, "seed {seed}");
        let rows = athena::read(&bucket.object(&keys[0]).await);
        assert_eq!(rows, Ok(lines.len()), "seed {seed}");
        let stored = bucket.text(&keys[0]).await;
        assert_eq!(stored.lines().count(), lines.len(), "seed {seed}");
        for (stored, sent) in stored.lines().zip(&lines) {
            let members = stored.strip_prefix(ADDED).unwrap_or_else(|| panic!("seed {seed}: {stored}"));
            assert_eq!(members, &sent[1..], "seed {seed}");
            let mut read: Snapshot<'_> = serde_json::from_str(stored).unwrap();
            (read.received_at_ms, read.source_ip) = (None, None);
            (read.principal, read.clock_offset_ms) = (None, None);
            assert_eq!(read, serde_json::from_str(sent).unwrap(), "seed {seed}");
            unknown += usize::from(sent.contains("\"tomorrow0"));
        }
    }
    assert!(unknown > 50, "of the snapshots {unknown} had an unknown member");
}

/// Replaces something in an event by anything, somewhere down the way.
fn damage(event: &mut Value, rng: &mut Rng) {
    let deeper = rng.u8(..16) > 0;
    match event {
        Value::Object(members) if deeper && !members.is_empty() => {
            let nth = rng.usize(..members.len());
            members.values_mut().nth(nth).into_iter().for_each(|value| damage(value, rng));
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let nth = rng.usize(..items.len());
            damage(&mut items[nth], rng);
        }
        value if rng.bool() => *value = leaf(rng),
        value => *value = vec![leaf(rng); rng.usize(..3)].into(),
    }
}

#[tokio::test]
async fn no_event_is_answered_with_a_fault() {
    let good = serde_json::to_value(request(batch(1, 1).as_bytes())).unwrap();
    let (bucket, clock) = (Bucket::new(), SetClock::new(NOON_MS));
    let mut stored = 0;
    for seed in 0..2000 {
        let (mut event, mut rng) = (good.clone(), Rng::with_seed(seed));
        (0..rng.usize(1..3)).for_each(|_| damage(&mut event, &mut rng));
        let (status, told) =
            read(ingest::answer_event(event.clone(), &clock, &Adding(&bucket)).await, NOON_MS);
        assert!([200, 400, 404, 405, 409, 415].contains(&status), "seed {seed}: {told} to {event}");
        stored += usize::from(status == 200);
    }
    assert!((50..1950).contains(&stored), "of 2000 damaged events {stored} were taken");
}
