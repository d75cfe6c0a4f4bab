//! No bytes make it panic, store what it refuses, or answer with a fault of its own. Seeded, so that a failure comes
//! again.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::Value;
use snapshot::Snapshot;

use crate::fixture::{Bucket, batch, gzip, request, zstd};

/// What is worth meeting in the middle of a line.
const TOKENS: [&[u8]; 18] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b":",
    b"\\",
    b"\n",
    b"\0",
    b"null",
    b"-",
    b"1e999",
    b"99999999999999999999",
    b"\xff\xfe",
    b"\\ud800",
    b"\"pid\":",
    b"\xe2\x82",
];

fn mutate(body: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..rng.usize(1..4) {
        if body.is_empty() {
            return;
        }
        let at = rng.usize(..body.len());
        let end = (at + rng.usize(..64)).min(body.len());
        match rng.u8(..6) {
            0 => body.truncate(at),
            1 => body[at] ^= 1 << rng.u8(..8),
            2 => drop(body.splice(at..at, TOKENS[rng.usize(..TOKENS.len())].iter().copied())),
            3 => drop(body.drain(at..end)),
            4 => {
                let piece = body[at..end].to_vec();
                drop(body.splice(at..at, piece.repeat(rng.usize(1..8))));
            }
            _ => {
                let token = TOKENS[rng.usize(..TOKENS.len())];
                drop(body.splice(at..end, token.repeat(rng.usize(..200))));
            }
        }
    }
}

/// Damages the batch, its packing, or the base64 around that.
fn damaged(rng: &mut Rng) -> aws_lambda_events::apigw::ApiGatewayProxyRequest {
    let mut body = batch(1, 3).into_bytes();
    let place = rng.u8(..4);
    if place != 1 {
        mutate(&mut body, rng);
    }
    body = match rng.u8(..3) {
        0 => zstd(&body),
        1 => gzip(&body),
        _ => body,
    };
    if place == 1 {
        mutate(&mut body, rng);
    }
    let mut damaged = request(&body);
    match (place, &mut damaged.body) {
        (2, Some(text)) if rng.bool() => {
            let at = rng.usize(..text.len());
            text.replace_range(at..at + 1, "=");
        }
        (3, Some(_)) if rng.bool() => {
            damaged.is_base64_encoded = false;
            damaged.body = Some(String::from_utf8_lossy(&body).into_owned());
        }
        _ => {}
    }
    damaged
}

#[tokio::test]
async fn damaged_requests_are_refused_or_mean_something() {
    let (bucket, mut rng) = (Bucket::new(), Rng::with_seed(4));
    let mut answers = BTreeMap::<i64, usize>::new();
    for round in 0..4000 {
        let request = damaged(&mut rng);
        let (status, told) = bucket.send(&request).await;
        assert!([200, 400, 413, 415].contains(&status), "round {round}: {status} {told}");
        assert_eq!(told["error"].is_string(), status != 200, "round {round}: {told}");
        *answers.entry(status).or_default() += 1;
    }
    assert!(answers[&200] > 50 && answers[&400] > 2000, "both happen: {answers:?}");

    // Whatever was let in, every reader to come can read.
    for key in bucket.keys().await {
        for line in bucket.text(&key).await.lines() {
            serde_json::from_str::<Snapshot<'_>>(line)
                .unwrap_or_else(|error| panic!("{key}: {error}: {line}"));
            serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{key}: {error}: {line}"));
        }
    }
}

#[tokio::test]
async fn noise_is_refused() {
    let (bucket, mut rng) = (Bucket::new(), Rng::with_seed(5));
    let beginnings: [&[u8]; 4] = [b"", b"{", b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08"];
    for _ in 0..4000 {
        let mut body = beginnings[rng.usize(..4)].to_vec();
        body.extend((0..rng.usize(..300)).map(|_| rng.u8(..)));
        let (status, told) = bucket.send(&request(&body)).await;
        assert!([400, 413, 415].contains(&status), "{body:?}: {told}");
    }
    assert_eq!(bucket.puts(), [""; 0]);
}
