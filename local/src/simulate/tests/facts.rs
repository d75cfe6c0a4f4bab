//! What is planted is there, exactly where it was planted, and moves nothing else.

use snapshot::{Int, Millis, Port, Snapshot, Socket, Text};

use super::super::fact::{Change, Fact};
use super::{Fleet, START, batches, lines, minute_of};

const SEED: u64 = 7;

/// A listener on port 4444 that php-fpm started, for three minutes.
fn backdoor(from: i64) -> Fact {
    let change = move |sample: &mut super::super::Sample| {
        let parent = sample.process_named("php-fpm").unwrap();
        let mut process = parent.clone();
        process.pid = Int::clamp(sample.spare_pid(from, 3));
        process.name = Text::cut("nc");
        process.ppid = Some(parent.pid);
        process.start_time_ms = Millis::new(from * 60_000);
        process.parent_name = Some(parent.name.clone());
        sample.put_process(&process).unwrap();
        let mut socket: Socket<'static> =
            serde_json::from_str(r#"{"protocol":"tcp","state":"LISTEN","direction":"listen"}"#).unwrap();
        socket.local_port = Port::new(4444);
        socket.pid = Some(process.pid);
        sample.add_socket(&socket).unwrap();
        sample.users.clear();
        sample.figures.threads_unlisted = Int::new(1);
    };
    Fact { host: 0, minutes: from..from + 3, change: Change::edit(change) }
}

#[test]
fn an_edit_shows_in_its_minutes_and_nowhere_else() {
    let plain = Fleet::new(SEED, 5);
    let mut planted = plain.clone();
    let at = START + 720;
    planted.plant(backdoor(at));
    for number in 0..5 {
        let (without, with) =
            (batches(&plain, number, START + 700, 45), batches(&planted, number, START + 700, 45));
        let pairs = without.iter().flat_map(lines).zip(with.iter().flat_map(lines));
        let mut seen = Vec::new();
        for (without, with) in pairs {
            let snapshot: Snapshot<'_> = serde_json::from_slice(with).unwrap();
            assert_eq!(
                serde_json::to_vec(&snapshot).unwrap(),
                with,
                "seed {SEED}: still the contract's bytes"
            );
            let minute = snapshot.observed_at_ms.get() / 60_000;
            if without == with {
                continue;
            }
            seen.push(minute);
            let socket = snapshot.sockets.iter().find(|socket| socket.local_port == Port::new(4444)).unwrap();
            let process =
                snapshot.running_processes.iter().find(|process| Some(process.pid) == socket.pid).unwrap();
            assert_eq!((process.name.as_str(), process.parent_name.as_deref()), ("nc", Some("php-fpm")));
            assert!(snapshot.running_processes.is_sorted_by_key(|process| process.pid));
        }
        let expected: Vec<i64> = if number == 0 { (at..at + 3).collect() } else { vec![] };
        assert_eq!(seen, expected, "seed {SEED}, host {number}");
    }
}

#[test]
fn lost_samples_leave_a_hole_in_the_numbers() {
    let mut fleet = Fleet::new(SEED, 5);
    let at = START + 726;
    fleet.plant(Fact { host: 1, minutes: at..at + 2, change: Change::Lost });
    let found = batches(&fleet, 1, START + 720, 15);
    assert_eq!(found.len(), 2, "seed {SEED}");
    assert_eq!((found[0].stream, found[0].snapshots), (found[1].stream, 6));
    assert_eq!(found[1].first_seq, found[0].first_seq + 8);
}

#[test]
fn an_agent_that_stood_still_goes_on_and_says_for_how_long() {
    let mut fleet = Fleet::new(SEED, 5);
    let at = START + 722;
    fleet.plant(Fact { host: 1, minutes: at..at + 9, change: Change::Suspended });
    let found = batches(&fleet, 1, START + 720, 15);
    assert_eq!((found.len(), found[0].snapshots), (1, 6), "seed {SEED}");
    let mut snapshots = lines(&found[0]).map(|line| serde_json::from_slice::<Snapshot<'_>>(line).unwrap());
    let mut before = snapshots.next().unwrap();
    for snapshot in snapshots {
        let passed = snapshot.observed_at_ms.get() - before.observed_at_ms.get();
        assert_eq!(snapshot.interval_ms.map(|ms| ms.get()), Some(passed), "seed {SEED}");
        assert_eq!(snapshot.seq.get(), before.seq.get() + 1, "seed {SEED}");
        assert_eq!(snapshot.agent_started_at_ms, before.agent_started_at_ms, "seed {SEED}");
        before = snapshot;
    }
}

#[test]
fn a_host_that_was_down_boots_without_its_sessions() {
    let plain = Fleet::new(SEED, 5);
    let at =
        minute_of(&plain, 4, |snapshot| !snapshot.users.is_empty()).expect("seed 7: a login on the bastion");
    let mut fleet = plain.clone();
    fleet.plant(Fact { host: 4, minutes: at + 1..at + 2, change: Change::Down });
    let found = batches(&fleet, 4, at, 6);
    let last = found.last().unwrap();
    assert_eq!(found[0].stream, batches(&plain, 4, at, 1)[0].stream, "seed {SEED}");
    assert_ne!(last.stream, found[0].stream, "seed {SEED}");
    let users = |batch| {
        lines(batch)
            .map(|line| serde_json::from_slice::<Snapshot<'_>>(line).unwrap().users.len())
            .sum::<usize>()
    };
    assert!(users(&found[0]) > 0);
    assert_eq!(users(last), 0, "seed {SEED}: sessions of the boot before");
}
