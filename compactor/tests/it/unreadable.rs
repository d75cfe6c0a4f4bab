//! What cannot be read is kept byte for byte beside its reason, and the rest is committed.

use lake::{Key, Store};

use crate::fleet::{CLOSED_MS, Fleet, HOUR_MS, batch, day};
use crate::overlaps::{key_of, quarantined};
use crate::rows::identities;

/// Commits a day with a sound batch and this object; gives what was quarantined.
async fn with(object: &[u8]) -> Vec<(compactor::Quarantined, Vec<u8>)> {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..2)).await;
    fleet.put_bytes(&key_of(5..8), object).await;
    let manifest = fleet.compact_well(CLOSED_MS).await.committed.remove(0);
    let found = quarantined(&fleet, 0);
    assert_eq!(manifest.quarantined, found.len() as u64);
    assert_eq!(manifest.quarantined_bytes, found.iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>());
    assert_eq!(identities(&fleet).len() as u64, manifest.snapshots);
    assert!(manifest.snapshots >= 2);
    assert_eq!(compactor::verify(&fleet.buckets(), day()).await.unwrap().findings, []);
    found
}

/// The one thing that was quarantined is the whole object, for a reason that says this.
async fn whole(object: &[u8], reason: &str) {
    let found = with(object).await;
    let (entry, bytes) = &found[0];
    assert_eq!((found.len(), entry.line), (1, None));
    assert!(bytes == object);
    assert_eq!(entry.key, Key::Raw(key_of(5..8)).to_string());
    assert!(entry.reason.contains(reason), "{}", entry.reason);
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 3).unwrap()
}

fn text(numbers: std::ops::Range<i64>) -> String {
    batch("web-1", 1, numbers).iter().map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn an_object_that_is_no_text() {
    whole(b"", "0 bytes").await;
    whole(b"{\"not\": \"compressed\"}", "not readable as zstd").await;
    let sound = zstd(text(5..8).as_bytes());
    whole(&sound[..sound.len() / 2], "not readable as zstd").await;
    whole(&sound[..sound.len() - 1], "not readable as zstd").await;
    let mut trailing = sound.clone();
    trailing.extend_from_slice(b"rubbish");
    whole(&trailing, "not readable as zstd").await;
}

#[tokio::test]
async fn a_bomb_costs_neither_memory_nor_the_day() {
    let zeros = vec![b'0'; compactor::MAX_OBJECT_BYTES as usize + 1];
    whole(&zstd(&zeros), "more than 67108864 bytes of text").await;
    // A frame that claims to refer back 128 MiB.
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(27).unwrap();
    encoder.include_contentsize(false).unwrap();
    std::io::Write::write_all(&mut encoder, text(5..8).as_bytes()).unwrap();
    whole(&encoder.finish().unwrap(), "not readable as zstd").await;
}

#[tokio::test]
async fn a_line_among_sound_ones() {
    let other_host = batch("web-9", 1, 6..7)[0].to_string().into_bytes();
    let other_stream = batch("web-1", 2, 6..7)[0].to_string().into_bytes();
    let other_number = batch("web-1", 1, 9..10)[0].to_string().into_bytes();
    let sound = batch("web-1", 1, 6..7)[0].to_string();
    let cases: [(Vec<u8>, &str); 8] = [
        (b"{\"version\": 1".to_vec(), "EOF"),
        (Vec::new(), "EOF"),
        (b"\xff\xfe".to_vec(), "invalid utf-8"),
        (other_host, "host 'web-9' in an object of host 'web-1'"),
        (other_stream, "0000000000000002 6 in an object of 0000000000000001 5..8"),
        (other_number, "0000000000000001 9 in an object of 0000000000000001 5..8"),
        (sound.replace("\"version\":1", "\"version\":2").into_bytes(), "number 2, expected 1 to 1"),
        (sound.replace("\"pid\":900", "\"pid\":4294967295").into_bytes(), "number 4294967295"),
    ];
    for (line, reason) in cases {
        let mut object = text(5..6).into_bytes();
        object.extend_from_slice(&line);
        object.push(b'\n');
        object.extend_from_slice(text(7..8).as_bytes());
        let found = with(&zstd(&object)).await;
        let (entry, bytes) = &found[0];
        assert_eq!((found.len(), entry.line, bytes), (1, Some(2), &line), "{}", entry.reason);
        assert!(entry.reason.contains(reason), "'{}' does not say '{reason}'", entry.reason);
    }
}

#[tokio::test]
async fn an_object_under_a_strange_key() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..2)).await;
    fleet.put(day(), &batch("web-2", 1, 0..2)).await;
    let strange = "raw/dt=2026-11-20/host=web-1/core.4711";
    fleet.raw().put_if_absent(strange, b"what is this".to_vec().into()).await.unwrap();
    let manifest = fleet.compact_well(CLOSED_MS).await.committed.remove(0);
    assert_eq!((manifest.snapshots, manifest.hosts, manifest.quarantined), (4, 2, 1));
    let (entry, bytes) = quarantined(&fleet, 0).remove(0);
    assert_eq!((entry.key.as_str(), bytes.as_slice()), (strange, b"what is this".as_slice()));
    assert_eq!(entry.reason, format!("key '{strange}' is none of this pipeline's"));
    assert_eq!(fleet.compact_day(CLOSED_MS + HOUR_MS).await.unwrap(), None);
}
