//! The noise: what a fleet shows without facts.

use std::collections::{BTreeSet, HashMap};

use snapshot::Snapshot;

use super::{Fleet, SEEDS, START, batches, lines};

#[test]
fn a_seed_fixes_every_byte_whatever_the_order() {
    for seed in SEEDS {
        let fleet = Fleet::new(seed, 8);
        for number in [0, 4, 6] {
            let all = batches(&fleet, number, START, 240);
            assert_eq!(all, batches(&fleet, number, START, 240), "seed {seed}, host {number}");
            // A run that begins later goes on where the first one was.
            let late: Vec<_> = batches(&fleet, number, START + 120, 120);
            assert!(all.ends_with(&late), "seed {seed}, host {number}");
            // Minutes asked for backwards, by a host that has lived already.
            let mut host = fleet.host(number).unwrap();
            let mut backwards: Vec<_> = (0..16)
                .rev()
                .flat_map(|quarter| host.batches(START + quarter * 15..START + quarter * 15 + 15).unwrap())
                .collect();
            backwards.sort_by_key(|batch| batch.minute);
            assert_eq!(all, backwards, "seed {seed}, host {number}");
        }
        assert_ne!(
            batches(&fleet, 0, START, 15),
            batches(&Fleet::new(seed + 1, 8), 0, START, 15),
            "seed {seed}"
        );
    }
}

#[test]
fn every_line_is_the_contracts_own() {
    for seed in SEEDS {
        let fleet = Fleet::new(seed, 21);
        for number in 0..21 {
            for batch in batches(&fleet, number, START + 10 * 60, 30) {
                for line in lines(&batch) {
                    let snapshot: Snapshot<'_> = serde_json::from_slice(line)
                        .unwrap_or_else(|error| panic!("seed {seed}, {batch}: {error}"));
                    assert_eq!(serde_json::to_vec(&snapshot).unwrap(), line, "seed {seed}, {batch}");
                    let (processes, sockets) = (snapshot.running_processes.len(), snapshot.sockets.len());
                    assert!((44..150).contains(&processes), "seed {seed}, {batch}: {processes} processes");
                    assert!(sockets >= 9, "seed {seed}, {batch}: {sockets} sockets");
                }
            }
        }
    }
}

#[test]
fn numbers_follow_each_other_and_no_batch_crosses_midnight() {
    for seed in SEEDS {
        let fleet = Fleet::new(seed, 8);
        for number in 0..8 {
            // A batch host's night, from which it wakes in a new boot; of the others the hours around midnight.
            let night = number == 6;
            let (from, minutes) =
                if night { (START + 18 * 60, 14 * 60) } else { (START + 22 * 60 + 30, 180) };
            let mut last: Option<(snapshot::Stream, i64, String)> = None;
            let (mut boots, mut full) = (0, BTreeSet::new());
            for batch in batches(&fleet, number, from, minutes) {
                assert!(batch.snapshots <= snapshot::MAX_BATCH);
                for (place, line) in lines(&batch).enumerate() {
                    let snapshot: Snapshot<'_> = serde_json::from_slice(line).unwrap();
                    let (stream, seq) = (snapshot.stream, snapshot.seq.get());
                    let at = format!("seed {seed}, {batch}");
                    assert_eq!((stream, seq), (batch.stream, batch.first_seq + place as i64), "{at}");
                    assert_eq!(lake::Day::of_ms(snapshot.observed_at_ms.get()), batch.day, "{at}");
                    let boot = snapshot.boot_id.to_string();
                    match &last {
                        Some((before, seq_before, boot_before)) if *before == stream => {
                            assert_eq!((seq_before + 1, boot_before), (seq, &boot), "{at}");
                            assert_eq!(snapshot.follows, None, "{at}");
                        }
                        Some((before, seq_before, boot_before)) => {
                            boots += 1;
                            let follows = snapshot.follows.unwrap_or_else(|| panic!("{at}: follows none"));
                            assert_eq!(
                                (follows.stream, follows.seq.get(), seq),
                                (*before, *seq_before, 0),
                                "{at}"
                            );
                            assert_ne!(&boot, boot_before, "{at}");
                        }
                        None => {}
                    }
                    // The inventory is full exactly once a day and stream, and never twice.
                    let is_full = snapshot.inventory.iter().any(|item| item.name.as_str() == "root");
                    let first = full.insert((batch.day, stream));
                    // The stream of the window's beginning began before it.
                    assert!(
                        last.is_none() || is_full == first,
                        "{at}: inventory full {is_full}, first {first}"
                    );
                    last = Some((stream, seq, boot));
                }
            }
            assert!(!night || boots == 1, "seed {seed}, host {number}: {boots} boots");
        }
    }
}

#[test]
fn counters_never_fall_and_nobody_starts_in_the_future() {
    for seed in SEEDS {
        let fleet = Fleet::new(seed, 8);
        for number in [0, 1, 3, 6] {
            type Counters = [i64; 4];
            let mut before: HashMap<(String, i64, i64), Counters> = HashMap::new();
            let mut host_before: Option<(String, Vec<i64>)> = None;
            for batch in batches(&fleet, number, START + 13 * 60, 8 * 60) {
                for line in lines(&batch) {
                    let snapshot: Snapshot<'_> = serde_json::from_slice(line).unwrap();
                    let (at_ms, boot) = (snapshot.observed_at_ms.get(), snapshot.boot_id.to_string());
                    for process in &snapshot.running_processes {
                        let at = format!("seed {seed}, {batch}: {} {}", process.pid, process.name);
                        let start = process.start_time_ms.unwrap().get();
                        assert!(start <= at_ms, "{at} started {} ms too late", start - at_ms);
                        let counters =
                            [process.cpu_ms, process.read_bytes, process.write_bytes, process.child_faults]
                                .map(|counter| counter.unwrap().get());
                        let key = (boot.clone(), process.pid.get(), start);
                        if let Some(earlier) = before.insert(key, counters) {
                            let fell = earlier.iter().zip(counters).any(|(earlier, now)| *earlier > now);
                            assert!(!fell, "{at}: {earlier:?} then {counters:?}");
                        }
                    }
                    let network = &snapshot.networks[0];
                    let rising =
                        [network.received_bytes, network.sent_packets, snapshot.forks, snapshot.agent_cpu_ms]
                            .into_iter()
                            .chain(
                                snapshot
                                    .disks
                                    .iter()
                                    .flat_map(|disk| [disk.read_bytes, disk.write_bytes, disk.io_ms]),
                            );
                    let rising: Vec<i64> = rising.map(|counter| counter.unwrap().get()).collect();
                    if let Some((_, earlier)) =
                        host_before.replace((boot.clone(), rising.clone())).filter(|before| before.0 == boot)
                    {
                        let fell = earlier.iter().zip(&rising).any(|(earlier, now)| earlier > now);
                        assert!(!fell, "seed {seed}, {batch}: {earlier:?} then {rising:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn everybody_has_a_parent_and_every_login_a_shell() {
    let mut logins = 0;
    for seed in SEEDS {
        let fleet = Fleet::new(seed, 25);
        for number in [0, 2, 4, 24] {
            for batch in batches(&fleet, number, START + 8 * 60, 9 * 60) {
                for line in lines(&batch) {
                    let snapshot: Snapshot<'_> = serde_json::from_slice(line).unwrap();
                    let at = format!("seed {seed}, {batch}");
                    let by_pid: HashMap<i64, _> = snapshot
                        .running_processes
                        .iter()
                        .map(|process| (process.pid.get(), process))
                        .collect();
                    assert_eq!(by_pid.len(), snapshot.running_processes.len(), "{at}: a pid twice");
                    for process in &snapshot.running_processes {
                        let Some(parent) = by_pid.get(&process.ppid.unwrap().get()) else {
                            assert_eq!(process.pid.get(), 1, "{at}: {} has no parent", process.name);
                            continue;
                        };
                        assert_eq!(process.parent_name.as_deref(), Some(parent.name.as_str()), "{at}");
                        assert_eq!(process.parent_start_time_ms, parent.start_time_ms, "{at}");
                        assert!(parent.start_time_ms <= process.start_time_ms, "{at}: {}", process.name);
                        assert!(process.ancestry.as_deref().unwrap().ends_with("systemd"), "{at}");
                    }
                    for user in &snapshot.users {
                        logins += 1;
                        let leader = by_pid[&user.pid.unwrap().get()];
                        assert_eq!(leader.session_id, user.session_id, "{at}");
                        let shell = snapshot.running_processes.iter().find(|process| {
                            process.name.as_str() == "bash"
                                && process.session_id == user.session_id
                                && process.tty == user.terminal
                                && process.loginuid == user.uid
                        });
                        assert!(shell.is_some(), "{at}: {} without a shell", user.user);
                        let way_in = snapshot.sockets.iter().any(|socket| {
                            socket.remote_address.as_deref() == user.host.as_deref()
                                && socket.local_port.is_some_and(|port| port.get() == 22)
                                && socket.pid == user.pid
                        });
                        assert!(way_in, "{at}: {} without a connection", user.user);
                    }
                    let sessions: BTreeSet<_> =
                        snapshot.users.iter().map(|user| user.session_id.as_deref()).collect();
                    assert_eq!(sessions.len(), snapshot.users.len(), "{at}: a session id twice");
                    for socket in &snapshot.sockets {
                        let holder = socket.pid.and_then(|pid| by_pid.get(&pid.get()));
                        assert_eq!(
                            holder.and_then(|holder| holder.user_name.as_deref()),
                            socket.user_name.as_deref(),
                            "{at}"
                        );
                    }
                }
            }
        }
    }
    assert!(logins > 500, "{logins} rows of logins");
}

#[test]
fn the_night_has_its_backup_and_the_cell_its_connections() {
    for seed in SEEDS {
        let fleet = Fleet::new(seed, 20);
        let mut outward = BTreeSet::new();
        let mut inward = BTreeSet::new();
        let mut backups = 0;
        let own: BTreeSet<String> = (0..20).map(|number| fleet.identity(number).unwrap().ip).collect();
        for number in 0..20 {
            // 03:13, when every host of the cell is sampled after its backup began.
            for batch in batches(&fleet, number, START + 3 * 60 + 13, 1) {
                for line in lines(&batch) {
                    let snapshot: Snapshot<'_> = serde_json::from_slice(line).unwrap();
                    let mut backup = snapshot
                        .running_processes
                        .iter()
                        .filter(|process| process.name.as_str() == "nightly-backup");
                    backups +=
                        usize::from(backup.any(|process| {
                            process.ancestry.as_deref() == Some("sh < crond < crond < systemd")
                        }));
                    for socket in snapshot.sockets.iter().filter(|socket| socket.remote_address.is_some()) {
                        let local = (
                            socket.local_address.as_deref().unwrap().to_owned(),
                            socket.local_port.unwrap().get(),
                        );
                        let remote = (
                            socket.remote_address.as_deref().unwrap().to_owned(),
                            socket.remote_port.unwrap().get(),
                        );
                        if !own.contains(&remote.0) {
                            continue;
                        }
                        match socket.direction.as_deref() {
                            Some("out") => outward.insert((local, remote)),
                            _ => inward.insert((remote, local)),
                        };
                    }
                }
            }
        }
        assert!(backups >= 16, "seed {seed}: {backups} of 18 hosts that are up at night");
        // What one end calls outbound the other calls inbound, port by port. An opening between the two instants of
        // sampling may show at one end only.
        let both = outward.intersection(&inward).count();
        assert!(
            both >= 30 && outward.symmetric_difference(&inward).count() <= 4,
            "seed {seed}: {both} of {} and {}",
            outward.len(),
            inward.len()
        );
    }
}
