//! The spool after whatever may happen to it: at every durable step the power goes, and nothing may be lost or
//! numbered twice.

use std::collections::BTreeMap;
use std::path::Path;

use snapshot::{Follows, HostId, Snapshot, Stream};

use super::{Opening, Spool};
use crate::clock::DAY_MS;
use crate::durable::step;
use crate::random::Random;

/// 2026-11-23T00:00:00Z.
const START: i64 = 1_795_392_000_000;

fn snapshot(spool: &Spool, host: &str, observed_at_ms: i64) -> Snapshot<'static> {
    let (stream, seq, follows) = spool.next();
    let follows = follows
        .map(|f| format!(r#""follows":{{"stream":"{}","seq":{}}},"#, f.stream, f.seq))
        .unwrap_or_default();
    let line = format!(
        r#"{{"version":1,"host_id":"{host}","stream":"{stream}","seq":{seq},{follows}"boot_id":"b","observed_at_ms":{observed_at_ms}}}"#
    );
    // The line outlives the test's process; a few hundred bytes each.
    serde_json::from_str(Box::leak(line.into_boxed_str())).unwrap()
}

struct Host {
    folder: tempfile::TempDir,
    id: HostId,
    boot: String,
    batch: usize,
    limit: u64,
    now: i64,
    seed: u64,
}

impl Host {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            id: "i-1".parse().unwrap(),
            boot: "b1".into(),
            batch: 3,
            limit: 1 << 30,
            now: START,
            seed: 1,
        }
    }

    fn open(&mut self) -> anyhow::Result<Spool> {
        self.seed += 1;
        let opening = Opening {
            folder: self.folder.path(),
            host_id: &self.id,
            boot_id: &self.boot,
            batch: self.batch,
            limit_bytes: self.limit,
            now_ms: self.now,
        };
        Spool::open(&opening, &mut Random::seeded(self.seed))
    }

    fn minute(&mut self, spool: &mut Spool) -> anyhow::Result<Snapshot<'static>> {
        self.now += 60_000;
        let snapshot = snapshot(spool, self.id.as_str(), self.now);
        spool.append(&snapshot).map(|_| snapshot)
    }
}

fn lines(body: &[u8]) -> Vec<Snapshot<'static>> {
    let text = String::from_utf8(zstd::stream::decode_all(body).unwrap()).unwrap();
    assert!(text.ends_with('\n'));
    let text: &'static str = Box::leak(text.into_boxed_str());
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Sends everything to a server that takes it all.
fn drain(spool: &mut Spool, now: i64) -> Vec<(String, Vec<Snapshot<'static>>)> {
    let mut sent = Vec::new();
    while let Some(parcel) = spool.parcel(now).unwrap() {
        let snapshots = lines(&parcel.body);
        assert_eq!(snapshots.len(), parcel.name.count);
        spool.accepted(&parcel.name).unwrap();
        sent.push((crate::clock::day_text(parcel.name.day), snapshots));
    }
    sent
}

fn numbers(sent: &[(String, Vec<Snapshot<'_>>)]) -> Vec<(Stream, i64)> {
    sent.iter().flat_map(|(_, lines)| lines.iter().map(|line| (line.stream, line.seq.get()))).collect()
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn batches_are_full_consecutive_and_in_order() {
    let mut host = Host::new();
    let mut spool = host.open().unwrap();
    for _ in 0..7 {
        host.minute(&mut spool).unwrap();
    }
    assert_eq!(spool.waiting(), 7);
    spool.seal().unwrap();
    let sent = drain(&mut spool, host.now);
    assert_eq!(sent.iter().map(|(_, lines)| lines.len()).collect::<Vec<_>>(), [3, 3, 1]);
    assert!(numbers(&sent).iter().map(|(_, seq)| *seq).eq(0..7));
    assert_eq!(spool.waiting(), 0);
}

#[test]
fn no_batch_crosses_midnight() {
    let mut host = Host::new();
    host.batch = 15;
    host.now = START + DAY_MS - 150_000;
    let mut spool = host.open().unwrap();
    let mut over = Vec::new();
    for _ in 0..4 {
        host.now += 60_000;
        let snapshot = snapshot(&spool, "i-1", host.now);
        over.push(spool.append(&snapshot).unwrap());
    }
    assert_eq!(over, [false, false, true, false]);
    spool.seal().unwrap();
    let sent = drain(&mut spool, host.now);
    let days: Vec<(&str, usize)> = sent.iter().map(|(day, lines)| (day.as_str(), lines.len())).collect();
    assert_eq!(days, [("2026-11-23", 2), ("2026-11-24", 2)]);
}

#[test]
fn a_restart_goes_on_and_a_boot_or_another_host_begins_a_stream() {
    let mut host = Host::new();
    let mut spool = host.open().unwrap();
    let first = host.minute(&mut spool).unwrap();
    assert_eq!(first.follows, None);
    drop(spool);
    let mut spool = host.open().unwrap();
    let second = host.minute(&mut spool).unwrap();
    assert_eq!((second.stream, second.seq.get(), second.follows), (first.stream, 1, None));
    drop(spool);
    host.boot = "b2".into();
    let mut spool = host.open().unwrap();
    let third = host.minute(&mut spool).unwrap();
    assert_ne!(third.stream, first.stream);
    let follows = Follows { stream: first.stream, seq: snapshot::Count::new(1).unwrap() };
    assert_eq!((third.seq.get(), third.follows), (0, Some(follows)));
    drop(spool);
    host.id = "i-2".parse().unwrap();
    let mut spool = host.open().unwrap();
    let fourth = host.minute(&mut spool).unwrap();
    assert_eq!(fourth.follows.map(|follows| follows.stream), Some(third.stream));
    spool.seal().unwrap();
    let sent = drain(&mut spool, host.now);
    assert_eq!(numbers(&sent).len(), 4);
}

#[test]
fn a_boot_without_a_snapshot_is_passed_over_by_follows() {
    let mut host = Host::new();
    let mut spool = host.open().unwrap();
    let first = host.minute(&mut spool).unwrap();
    drop(spool);
    for boot in ["b2", "b3"] {
        host.boot = boot.into();
        drop(host.open().unwrap());
    }
    let spool = host.open().unwrap();
    assert_eq!(spool.next().2.map(|follows| (follows.stream, follows.seq.get())), Some((first.stream, 0)));
}

#[test]
fn a_lost_state_file_begins_a_stream_and_keeps_the_journal() {
    let mut host = Host::new();
    let mut spool = host.open().unwrap();
    let first = host.minute(&mut spool).unwrap();
    drop(spool);
    for damage in [None, Some("{")] {
        let path = host.folder.path().join(super::state::FILE);
        match damage {
            None => std::fs::remove_file(&path).unwrap(),
            Some(text) => std::fs::write(&path, text).unwrap(),
        }
        let mut spool = host.open().unwrap();
        let next = host.minute(&mut spool).unwrap();
        assert_eq!(next.seq.get(), 0);
        assert_ne!(next.stream, first.stream);
        assert!(next.follows.is_some());
    }
    let mut spool = host.open().unwrap();
    assert_eq!(numbers(&drain(&mut spool, host.now)).len(), 3);
}

/// A scenario that seals, halves, files anew and is accepted, stopped at its n-th durable step for every n, also in
/// the middle of a write, and then gone on with.
#[test]
fn stopped_at_any_step_nothing_is_lost_or_numbered_twice() {
    let mut steps = 0;
    loop {
        let mut host = Host::new();
        let mut kept: BTreeMap<(Stream, i64), i64> = BTreeMap::new();
        let (mut accepted, mut batches) = (Vec::new(), Vec::new());
        step::allow(Some(steps));
        let finished = scenario(&mut host, &mut kept, &mut accepted, &mut batches).is_ok();
        step::allow(None);
        let mut spool = host.open().unwrap();
        // A snapshot whose append failed is not kept, so its number may be used by another.
        let next = host.minute(&mut spool).unwrap();
        kept.insert((next.stream, next.seq.get()), next.observed_at_ms.get());
        spool.seal().unwrap();
        while let Some(parcel) = spool.parcel(host.now).unwrap() {
            accepted.extend(lines(&parcel.body));
            spool.accepted(&parcel.name).unwrap();
            batches.push(parcel.name);
        }
        let mut arrived: BTreeMap<(Stream, i64), i64> = BTreeMap::new();
        for line in &accepted {
            let before = arrived.insert((line.stream, line.seq.get()), line.observed_at_ms.get());
            // The same snapshot may arrive twice (an answer that was lost); another one under its number never.
            assert!(before.is_none_or(|before| before == line.observed_at_ms.get()), "after {steps} steps");
        }
        for (number, observed) in &kept {
            assert_eq!(arrived.get(number), Some(observed), "after {steps} steps");
        }
        // Two batches that arrive are the same, key and all, or have no number in common.
        for (name, other) in batches.iter().flat_map(|one| batches.iter().map(move |other| (one, other))) {
            let common = other.holds(name.stream, name.first) || other.holds(name.stream, name.last());
            let same = (other.first, other.count, other.day) == (name.first, name.count, name.day);
            assert!(!common || same, "after {steps} steps: {name} and {other}");
        }
        assert_eq!(files(&host.folder.path().join("sealed")), [""; 0]);
        if finished {
            break;
        }
        steps += 1;
    }
    assert!(steps >= 40, "the scenario has only {steps} steps");
}

fn scenario(
    host: &mut Host,
    kept: &mut BTreeMap<(Stream, i64), i64>,
    accepted: &mut Vec<Snapshot<'static>>,
    batches: &mut Vec<super::Name>,
) -> anyhow::Result<()> {
    let mut spool = host.open()?;
    for minute in 0..8 {
        if minute == 5 {
            drop(spool);
            host.boot = "b2".into();
            spool = host.open()?;
        }
        host.now += 60_000;
        let snapshot = snapshot(&spool, host.id.as_str(), host.now);
        let (stream, seq) = (snapshot.stream, snapshot.seq.get());
        let outcome = spool.append(&snapshot);
        // Kept when the journal took it, also when the sealing after that failed.
        if outcome.is_ok() || spool.next() != (stream, seq, snapshot.follows) {
            kept.insert((stream, seq), host.now);
        }
        outcome?;
    }
    if let Some(parcel) = spool.parcel(host.now)? {
        spool.halve(&parcel.name)?;
    }
    if let Some(parcel) = spool.parcel(host.now)? {
        spool.file_anew(&parcel.name, host.now + 20 * DAY_MS)?;
    }
    while let Some(parcel) = spool.parcel(host.now)? {
        // The server has it from now on, whether or not the agent lives to note that.
        accepted.extend(lines(&parcel.body));
        batches.push(parcel.name.clone());
        spool.accepted(&parcel.name)?;
    }
    Ok(())
}

#[test]
fn a_torn_line_is_cut_off_and_its_number_used_again() {
    let mut host = Host::new();
    let mut spool = host.open().unwrap();
    host.minute(&mut spool).unwrap();
    drop(spool);
    let path = host.folder.path().join("journal.ndjson");
    let mut text = std::fs::read(&path).unwrap();
    text.extend(br#"{"version":1,"host_id":"i-1","str"#);
    std::fs::write(&path, text).unwrap();
    let spool = host.open().unwrap();
    assert_eq!((spool.waiting(), spool.next().1), (1, 1));
    assert_eq!(std::fs::read(&path).unwrap(), b"");
}

#[test]
fn the_filed_day_is_fixed_at_the_first_attempt() {
    let mut host = Host::new();
    let mut spool = host.open().unwrap();
    host.minute(&mut spool).unwrap();
    spool.seal().unwrap();
    // Five days old at the first attempt: its own day, also for an attempt a week later and after a restart.
    assert_eq!(spool.parcel(host.now + 5 * DAY_MS).unwrap().unwrap().name.day, 20_780);
    drop(spool);
    let mut spool = host.open().unwrap();
    let parcel = spool.parcel(host.now + 12 * DAY_MS).unwrap().unwrap();
    assert_eq!((parcel.name.day, parcel.name.tried), (20_780, true));
    spool.accepted(&parcel.name).unwrap();
    // Seven days old: the day of the attempt.
    host.minute(&mut spool).unwrap();
    spool.seal().unwrap();
    let name = spool.parcel(host.now + 7 * DAY_MS).unwrap().unwrap().name;
    assert_eq!((name.day, name.earlier.len()), (20_787, 0));
    assert_eq!(spool.parcel(host.now + 30 * DAY_MS).unwrap().unwrap().name, name);
}

#[test]
fn filing_anew_remembers_the_days_before() {
    let mut host = Host::new();
    let mut spool = host.open().unwrap();
    host.minute(&mut spool).unwrap();
    spool.seal().unwrap();
    let name = spool.parcel(host.now).unwrap().unwrap().name;
    let body = spool.parcel(host.now).unwrap().unwrap().body;
    assert!(!spool.file_anew(&name, host.now).unwrap(), "the same day is no other day");
    assert!(spool.file_anew(&name, host.now + 20 * DAY_MS).unwrap());
    drop(spool);
    let mut spool = host.open().unwrap();
    let parcel = spool.parcel(host.now + 20 * DAY_MS).unwrap().unwrap();
    assert_eq!((parcel.name.day, parcel.name.earlier.clone()), (20_800, vec![20_780]));
    assert_eq!(parcel.body, body);
}

#[test]
fn halves_keep_the_day_and_all_lines() {
    let mut host = Host::new();
    host.batch = 5;
    let mut spool = host.open().unwrap();
    for _ in 0..5 {
        host.minute(&mut spool).unwrap();
    }
    let whole = spool.parcel(host.now).unwrap().unwrap();
    assert!(spool.halve(&whole.name).unwrap());
    let sent = drain(&mut spool, host.now + 9 * DAY_MS);
    assert_eq!(sent.iter().map(|(_, lines)| lines.len()).collect::<Vec<_>>(), [2, 3]);
    assert!(sent.iter().all(|(day, _)| day == "2026-11-23"));
    assert_eq!(sent.iter().flat_map(|(_, part)| part.clone()).collect::<Vec<_>>(), lines(&whole.body));
    host.batch = 1;
    let mut spool = Host::open(&mut {
        drop(spool);
        host
    })
    .unwrap();
    assert_eq!(spool.parcel(START).unwrap().map(|parcel| parcel.name), None);
}

#[test]
fn a_full_spool_drops_the_oldest_and_counts() {
    let mut host = Host::new();
    host.batch = 1;
    host.limit = 400;
    let mut spool = host.open().unwrap();
    for _ in 0..10 {
        host.minute(&mut spool).unwrap();
    }
    let (waiting, dropped) = (spool.waiting(), spool.dropped());
    assert!(waiting > 0 && dropped > 0);
    assert_eq!(waiting + dropped, 10);
    drop(spool);
    let mut spool = host.open().unwrap();
    assert_eq!(spool.dropped(), dropped);
    let left: Vec<i64> = numbers(&drain(&mut spool, host.now)).iter().map(|(_, seq)| *seq).collect();
    assert_eq!(left, (i64::try_from(dropped).unwrap()..10).collect::<Vec<_>>());
}

#[test]
fn another_hosts_old_leftovers_are_set_aside() {
    let mut host = Host::new();
    let mut spool = host.open().unwrap();
    host.minute(&mut spool).unwrap();
    spool.seal().unwrap();
    host.now += 7 * DAY_MS;
    host.minute(&mut spool).unwrap();
    drop(spool);
    host.id = "i-clone".parse().unwrap();
    let mut spool = host.open().unwrap();
    assert_eq!(numbers(&drain(&mut spool, host.now)).len(), 1);
    let aside = files(&host.folder.path().join("rejected"));
    assert_eq!(aside.len(), 2, "{aside:?}");
}

#[test]
fn a_second_agent_is_refused() {
    let mut host = Host::new();
    let spool = host.open().unwrap();
    let error = host.open().unwrap_err().to_string();
    assert!(error.contains("another agent holds this state folder"), "{error}");
    drop(spool);
    assert!(host.open().is_ok());
}
