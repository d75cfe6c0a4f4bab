//! A day's story from the command line: why it is not compacted, held, accepted, proven to the last value.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use lake::{Body, S3Store, Store};

use crate::program::{Server, good, query, run};

const DAY: &str = "2026-11-20";
const NOW: &str = "2026-11-21T01:00";

fn simulate(data: &str) {
    good(&["simulate", "--data", data, "--hosts", "3", "--minutes", "60", "--seed", "7", "--start", DAY]);
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// All of these are said, in this order.
fn says(text: &str, words: &[&str]) {
    let mut rest = text;
    for word in words {
        let at = rest.find(word).unwrap_or_else(|| panic!("'{word}' where it should be in:\n{text}"));
        rest = &rest[at + word.len()..];
    }
}

#[test]
fn a_held_day_is_explained_accepted_and_proven() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    simulate(data);
    let explain = |now| good(&["explain", "--data", data, "--now", now, DAY]);
    let compact = ["compact", "--data", data, "--now", NOW];
    says(&explain("2026-11-20T12:00"), &["NOT compacted: it is too early", "from 2026-11-21 01:00:00 UTC"]);
    says(&explain(NOW), &["NOT compacted: 2026-11-20.0 is due", "run compact", "raw"]);

    let raw = folder.path().join("raw-bucket/raw/dt=2026-11-20");
    fs::write(&files(&raw)[0], vec![b'x'; 20_000]).unwrap();
    let held = run(&compact);
    assert_eq!(held.status.code(), Some(1));
    let said = String::from_utf8_lossy(&held.stderr);
    says(
        &said,
        &["2026-11-20.0 is not committed: held: 20000 of its", "explain 2026-11-20", "accept 2026-11-20.0"],
    );
    says(
        &explain(NOW),
        &["NOT compacted: 2026-11-20.0 is held", "cannot be read", "1 x not readable as zstd"],
    );

    says(&good(&["accept", "--data", data, DAY]), &["2026-11-20.0 is accepted without 20.0 kB of its"]);
    says(&good(&compact), &["2026-11-20.0: ", "1 quarantined"]);
    let words =
        ["is compacted, in 1 commit", "taken", "quarantined 1 objects", "accepted", "cost", "stray", "none"];
    says(&explain(NOW), &words);
    let again = run(&["accept", "--data", data, "2026-11-20.1"]);
    assert_eq!(again.status.code(), Some(1));
    says(&String::from_utf8_lossy(&again.stderr), &["2026-11-20.1 is not planned"]);

    let deep = ["verify", "--deep", "--data", data, DAY];
    says(
        &good(&deep),
        &["proven, 1 commit", "rows of 10 files compared with raw, column by column: all equal"],
    );
    fs::remove_dir_all(&raw).unwrap();
    says(
        &good(&deep),
        &["proven, 1 commit", "NOTHING COMPARED", "not compared: shard 0 of 2026-11-20.0", "expired"],
    );
    says(&explain(NOW), &["raw", "0 objects", "expired"]);
}

/// The original program's requests have no identity: two that are equal to the byte are two.
#[test]
fn requests_of_the_original_program_are_no_overlaps() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, "right");
    let body = r#"{"running_processes":[{"pid":7,"name":"cron"}]}"#;
    for _ in 0..2 {
        let answer = post(&server.url, body);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    drop(server);
    let (data, day) = (data.to_str().unwrap(), fs::read_dir(data.join("raw-bucket/raw")).unwrap().count());
    assert!(day > 0);
    let said = good(&["compact", "--data", data, "--now", "2099-12-31"]);
    says(&said, &["2 snapshots of 1 hosts"]);
    assert!(!said.contains("dropped") && !said.contains("quarantined"), "{said}");
    let rows =
        query(Path::new(data), "SELECT count(*) AS n, count(DISTINCT stream) AS streams FROM lake_hosts");
    assert_eq!(rows[0], serde_json::json!({"n": 2, "streams": 2}));
    says(&good(&["verify", "--deep", "--data", data]), &["all equal"]);
}

fn post(url: &str, body: &str) -> String {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut peer = TcpStream::connect(address).unwrap();
    write!(
        peer,
        "POST /{path} HTTP/1.1\r\nHost: {address}\r\nx-api-key: right\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    peer.read_to_string(&mut answer).unwrap();
    answer
}

/// The same commands on S3. One bucket plays both: their keys have nothing in common.
#[tokio::test]
#[ignore = "needs an S3 server: .ci/s3 starts one and runs this"]
async fn a_bucket_is_compacted_explained_and_proven() {
    let bucket = std::env::var("CONFORMANCE_BUCKET").unwrap();
    let folder = tempfile::tempdir().unwrap();
    simulate(folder.path().to_str().unwrap());
    let store = S3Store::new(S3Store::client().await.unwrap(), &bucket);
    let raw = folder.path().join("raw-bucket");
    for file in files(&raw.join("raw")) {
        let key = file.strip_prefix(&raw).unwrap().to_str().unwrap().to_owned();
        store.put_if_absent(&key, Body::File(file)).await.unwrap();
    }
    let url = format!("s3://{bucket}");
    let ask = |arguments: &[&str]| {
        good(&[&arguments[..1], &["--raw", &url, "--lake", &url], &arguments[1..]].concat())
    };
    says(&ask(&["explain", DAY, "--now", NOW]), &["2026-11-20.0 is due"]);
    says(&ask(&["compact", "--day", DAY, "--now", NOW]), &["2026-11-20.0: 180 snapshots of 3 hosts"]);
    says(&ask(&["compact", "--day", DAY, "--now", NOW]), &["nothing to do"]);
    says(&ask(&["verify", "--deep", DAY]), &["proven, 1 commit", "all equal"]);
    says(&ask(&["explain", DAY, "--now", NOW]), &["is compacted, in 1 commit", "1 listings"]);
}
