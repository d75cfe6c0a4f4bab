//! Room that is not there: a temporary folder that is full, memory that an object would like to have; and room that a
//! killed run took. Each in a process of its own, since limits, folders and peaks are a process's.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use async_trait::async_trait;
use compactor::{Buckets, compact};
use lake::{DirectoryStore, SetClock, StoreError, TableName};
use serde_json::json;

use crate::faulty::{Fault, faulty};
use crate::fleet::{CLOSED_MS, DAY_MS, Fleet, HOUR_MS, batch, day, line, settings};
use crate::overlaps::{key_of, quarantined};
use crate::rows::{columns, identities, scan};

const FOLDER: &str = "COMPACTOR_TEST_FOLDER";
const DIES_BEFORE: &str = "COMPACTOR_TEST_DIES_BEFORE";

/// Dies as SIGKILL would have it, with nothing cleaned up, before it puts a key with this in it.
#[derive(Debug)]
struct Abort(Option<String>);

#[async_trait]
impl Fault for Abort {
    async fn before(&self, operation: &'static str, key: &str) -> Result<(), StoreError> {
        if operation == "put" && self.0.as_ref().is_some_and(|part| key.contains(part)) {
            std::process::abort();
        }
        Ok(())
    }

    async fn after(&self, _: &'static str, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}

/// What the tests below start. It says what failed and its peak of memory; the exit code is 3 when something failed.
#[tokio::test]
#[ignore = "the others run it, in a process of its own"]
async fn in_a_process_of_its_own() {
    let folder = std::path::PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let bucket = |name: &str| Arc::new(DirectoryStore::open(folder.join(name)).unwrap());
    let buckets = Buckets { raw: bucket("raw"), lake: bucket("lake") };
    let buckets = faulty(&buckets, Arc::new(Abort(std::env::var(DIES_BEFORE).ok())));
    let outcome = compact(&buckets, &SetClock::new(CLOSED_MS), &settings(500)).await.unwrap();
    outcome.complaints().iter().for_each(|complaint| println!("complaint: {complaint}"));
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        status.lines().filter(|line| line.starts_with("VmHWM:")).for_each(|line| println!("{line}"));
    }
    std::process::exit(if outcome.complaints().is_empty() { 0 } else { 3 });
}

/// A compactor on a fleet's folders with a temporary folder of its own, started by a shell after it did `before`.
fn child(fleet: &Fleet, temporary: &Path, before: &str, dies_before: Option<&str>) -> Output {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{before} exec \"$0\" \"$@\""));
    command.arg(std::env::current_exe().unwrap());
    command.args(["--exact", "space::in_a_process_of_its_own", "--ignored", "--nocapture"]);
    command.env(FOLDER, fleet.folder.path()).env("TMPDIR", temporary);
    if let Some(part) = dies_before {
        command.env(DIES_BEFORE, part);
    }
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn holds(folder: &Path) -> Vec<String> {
    let listed = std::fs::read_dir(folder).unwrap();
    listed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Files may not grow beyond 4 KiB, as on a disk that is full: the Parquet files are longer, and what lies in the
/// lake by then is not. Nothing is decided, the day is done once there is room.
#[tokio::test]
async fn a_full_temporary_folder_fails_the_shard_and_says_where() {
    let fleet = Fleet::new();
    fleet.put(day(), &[0, 1].map(crate::day::full_line)).await;
    let temporary = tempfile::tempdir().unwrap();
    // Without the signal a write past the limit is an error. dash counts 512 bytes, bash as sh too.
    let full = child(&fleet, temporary.path(), "trap '' XFSZ; ulimit -f 8;", None);
    assert_eq!(full.status.code(), Some(3), "{full:?}");
    let said = said(&full);
    let place = temporary.path().to_str().unwrap();
    assert!(said.contains("2026-11-20.0") && said.contains(place), "{said}");
    assert!(said.contains("File too large"), "{said}");
    assert!(said.contains("cannot write to ") || said.contains("cannot finish "), "{said}");
    let files = fleet.files();
    assert!(files.keys().all(|key| key.ends_with("plan.json") || key.ends_with("keys.json")), "{files:?}");
    assert_eq!(holds(temporary.path()), Vec::<String>::new(), "it takes its own away");

    fleet.compact_well(CLOSED_MS + HOUR_MS).await;
    assert_eq!(identities(&fleet).len(), 2);
}

#[tokio::test]
async fn what_a_killed_run_left_is_removed_by_the_next() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    let temporary = tempfile::tempdir().unwrap();
    std::fs::write(temporary.path().join("somebody-elses"), "x").unwrap();
    for _ in 0..2 {
        let killed = child(&fleet, temporary.path(), "ulimit -c 0;", Some(".report.json"));
        assert_eq!(killed.status.code(), None, "{killed:?}");
        let left = holds(temporary.path());
        // The second run has removed what the first left, and left its own.
        assert_eq!(left.len(), 2, "{left:?}");
    }
    let done = child(&fleet, temporary.path(), "", None);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert_eq!(holds(temporary.path()), ["somebody-elses"]);
    assert_eq!(identities(&fleet).len(), 3);
}

/// Text of a bomb, a line of 100 MB, an object of 70 MB that nothing packs, and twenty of 4 MB that would be fetched
/// ahead: the rest is committed, and the process stays below what a small Lambda has.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_object_costs_more_memory_than_a_small_lambda_has() {
    use std::io::Read;

    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..2)).await;
    let zeros = |bytes: u64| zstd::encode_all(std::io::repeat(b'0').take(bytes), 1).unwrap();
    fleet.put_bytes(&key_of(5..8), &zeros(4 << 30)).await;
    let mut line = br#"{"version":1,"unknown":""#.to_vec();
    line.resize(100_000_000, b'x');
    fleet.put_bytes(&key_of(8..9), &zstd::encode_all(&line[..], 1).unwrap()).await;
    let mut chance = fastrand::Rng::with_seed(1);
    let mut noise = vec![0; 70_000_000];
    chance.fill(&mut noise);
    fleet.put_bytes(&key_of(9..10), &noise).await;
    for number in 10..30 {
        fleet.put_bytes(&key_of(number..number + 1), &noise[..4 << 20]).await;
    }
    assert_fits_a_small_lambda(&fleet);

    let kept = quarantined(&fleet, 0);
    assert_eq!(kept.len(), 23);
    assert!(kept[2].1 == noise && kept[2].0.reason == "70000000 bytes, expected at most 67108864");
    assert_eq!(identities(&fleet).len(), 2);
    let verified = compactor::verify(&fleet.buckets(), day()).await.unwrap();
    assert_eq!((verified.findings, verified.waiting), (vec![], 0));
    assert_eq!(crate::rows::files(&fleet, TableName::Hosts).len(), 1);
}

/// The original program's requests have nothing in common that says that they go on: each is a stream of its own, a minute
/// long, and of each process there are 1,440 of them a day.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_host_of_1440_streams_costs_no_more_memory_than_a_small_lambda_has() {
    const PROCESSES: i64 = 300;
    let fleet = Fleet::new();
    for minute in 0..1_440 {
        // Streams have random names: time goes across their order.
        let stream = (minute as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut line = line("203.0.113.7", stream, 0);
        line["boot_id"] = json!("original");
        line["observed_at_ms"] = json!(DAY_MS + minute * 60_000);
        let name =
            |pid: i64| if pid == 7 && minute >= 720 { "sh".to_owned() } else { format!("worker-{pid}") };
        line["running_processes"] =
            (1..=PROCESSES).map(|pid| json!({"pid": pid, "name": name(pid)})).collect();
        fleet.put(day(), &[line]).await;
    }
    assert_fits_a_small_lambda(&fleet);

    let runs = columns(&scan(&fleet, TableName::ProcessRuns), &["pid", "samples", "first_seen", "last_seen"]);
    let all = |pid: i64| format!("{pid}|1440|2026-11-20T00:00:00Z|2026-11-20T23:59:00Z");
    assert_eq!(runs, (1..=PROCESSES).map(all).collect::<Vec<_>>());
}

/// Compacts in a process of its own, which must stay below what a small Lambda has.
#[cfg(target_os = "linux")]
fn assert_fits_a_small_lambda(fleet: &Fleet) {
    let temporary = tempfile::tempdir().unwrap();
    let done = child(fleet, temporary.path(), "", None);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let said = said(&done);
    let peak = said.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak_kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak_kib < 192 * 1024, "{peak_kib} KiB");
}
