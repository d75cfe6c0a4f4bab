//! What each question must answer, row by row: the planted facts and nothing else.
//!
//! A row is its cells joined by ` | `; NULL is `-`. Instants of samples and pids come from the fleet's own description of
//! the minute, never from the pipeline that is tested.

use local::simulate::Fleet;

use super::facts::{BACKDOOR, CONTAINER, EXPLOIT, HELPER, LISTENER, MINER, ORPHAN, PTS_SHELL, dhcp_hosts};
use super::fleet::sample;
use super::plant::{Planted, minute};

/// A question as it is asked, and its answer.
pub(super) struct Expected {
    pub(super) name: &'static str,
    pub(super) values: Vec<(&'static str, &'static str)>,
    pub(super) rows: Vec<String>,
}

/// A moment as a cell.
fn moment(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms).unwrap().format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

struct Oracle<'f>(&'f Fleet);

impl Oracle<'_> {
    /// The instant of a host's sample of a minute.
    fn at(&self, host: &str, minute: i64) -> String {
        moment(sample(self.0, host, minute).at_ms)
    }

    /// The pid of what was planted there.
    fn pid(&self, host: &str, planted: &Planted, start: i64) -> i64 {
        Planted { start, ..planted.clone() }.pid(&sample(self.0, host, start))
    }
}

fn cell(value: Option<impl std::fmt::Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Every question of the pack, in order.
pub(super) fn expected(fleet: &Fleet) -> Vec<Expected> {
    let oracle = Oracle(fleet);
    [moments(&oracle), blind(&oracle), ranges(&oracle), network(&oracle), hosts(&oracle)]
        .into_iter()
        .flatten()
        .collect()
}

/// All processes of a host's sample of 03:11, straight from the fleet.
fn what_ran(oracle: &Oracle<'_>, host: &str) -> Vec<String> {
    let sample = sample(oracle.0, host, minute(2, 3, 11));
    let mut processes = sample.processes();
    processes.sort_by_key(|process| (process.start_time_ms, process.pid));
    let ts = moment(sample.at_ms);
    let row = |p: &snapshot::Process<'_>| {
        [
            host.to_owned(),
            ts.clone(),
            p.pid.get().to_string(),
            cell(p.user_name.as_deref()),
            p.name.to_string(),
            cell(p.exe.as_deref()),
            cell(p.cmdline.as_deref()),
            cell(p.start_time_ms.map(|ms| moment(ms.get()))),
            cell(p.ppid.map(|pid| pid.get())),
            cell(p.parent_name.as_deref()),
            cell(p.parent_exe.as_deref()),
            cell(p.ancestry.as_deref()),
            cell(p.session_id.as_deref()),
            cell(p.tty.as_deref()),
            cell(p.unit.as_deref()),
            cell(p.exe_sha256.as_deref()),
        ]
        .join(" | ")
    };
    let rows: Vec<String> = processes.iter().map(row).collect();
    assert!(rows.len() > 40, "{host} has {}", rows.len());
    rows
}

/// Those of web-017: the orphan is among them with the parent that it had.
fn what_ran_with_the_orphan(oracle: &Oracle<'_>) -> Vec<String> {
    let rows = what_ran(oracle, "web-017");
    let orphan = oracle.pid("web-017", &ORPHAN, minute(1, 23, 50));
    let found = rows.iter().filter(|row| {
        row.contains(&format!(" | {orphan} | apache | kworkerd | "))
            && row.contains(" | 1 | sh | /usr/bin/bash | sh < php-fpm < ")
    });
    assert_eq!(found.count(), 1, "the orphan is in the sample");
    rows
}

/// Questions about one host at one moment.
fn moments(oracle: &Oracle<'_>) -> Vec<Expected> {
    let at = |host: &str, hour, of_hour| oracle.at(host, minute(2, hour, of_hour));
    let begins = minute(2, 3, 10);
    let bait = oracle.pid("web-017", &LISTENER, begins);
    let session = |which, start| oracle.pid("api-004", &Planted { which, ..LISTENER }, minute(2, 3, start));
    let (there, seen) = ("api-004 | ", at("api-004", 3, 11));
    let login = format!("{there}{seen} | anna | 10.16.0.39 | sshd | pts/7 | 2026-11-20 03:05:00.000 | 42");
    vec![
        Expected {
            name: "what-ran",
            values: vec![("host", "web-017"), ("at", "2026-11-20T04:12+01:00")],
            rows: what_ran_with_the_orphan(oracle),
        },
        // By the name that it had then.
        Expected {
            name: "what-ran",
            values: vec![("host", "worker-002"), ("at", "2026-11-20T03:12")],
            rows: what_ran(oracle, "worker-002"),
        },
        Expected {
            name: "who-was-there",
            values: vec![("host", "api-004"), ("at", "2026-11-20T03:12")],
            rows: vec![
                format!(
                    "{login} | {} | anna | /usr/bin/bash | -bash | bash | {} | {}",
                    session(0, 5),
                    at("api-004", 3, 5),
                    at("api-004", 3, 15)
                ),
                format!(
                    "{login} | {} | anna | /usr/bin/vim | vim notes.md | bash | {} | {}",
                    session(2, 7),
                    at("api-004", 3, 7),
                    at("api-004", 3, 9)
                ),
                format!(
                    "{login} | {} | root | /usr/bin/sudo | sudo systemctl status | bash | {} | {}",
                    session(3, 13),
                    at("api-004", 3, 13),
                    at("api-004", 3, 14)
                ),
            ],
        },
        over_midnight(oracle),
        Expected {
            name: "who-listened",
            values: vec![("host", "web-017"), ("port", "4444"), ("at", "2026-11-20T03:12")],
            rows: vec![format!(
                "web-017 | {} | tcp | 0.0.0.0 | 4444 | {bait} | apache | /usr/bin/ncat | ncat -lvp 4444 -e /bin/sh | \
                 2026-11-20 03:10:00.000 | php-fpm | /usr/sbin/php-fpm | php-fpm < php-fpm < systemd | - | - | \
                 php-fpm.service | - | -",
                at("web-017", 3, 11)
            )],
        },
        // Of a container's socket the process is not known.
        Expected {
            name: "who-listened",
            values: vec![("host", "worker-010"), ("port", "6379"), ("at", "2026-11-18T03:04")],
            rows: vec![format!(
                "worker-010 | {} | tcp | 0.0.0.0 | 6379 | - | redis | - | - | - | - | - | - | - | - | - | {CONTAINER} | -",
                oracle.at("worker-010", minute(0, 3, 3))
            )],
        },
        // Before it began, and when it was over.
        Expected {
            name: "who-listened",
            values: vec![("host", "web-017"), ("port", "4444"), ("at", "2026-11-20T03:10")],
            rows: vec![],
        },
        Expected {
            name: "who-listened",
            values: vec![("host", "web-017"), ("port", "4444"), ("at", "2026-11-20T03:17:30")],
            rows: vec![],
        },
    ]
}

/// A session over midnight, asked soon after it: of what it ran one row each.
fn over_midnight(oracle: &Oracle<'_>) -> Expected {
    let at = |day, hour, of_hour| oracle.at("api-009", minute(day, hour, of_hour));
    let row = |which, (hour, of_hour), exe: &str, cmdline: &str, last: String| {
        let start = minute(1, hour, of_hour);
        format!(
            "api-009 | {} | bruno | 10.16.2.39 | sshd | pts/7 | 2026-11-19 23:50:00.000 | 17 | {} | bruno | {exe} | \
             {cmdline} | bash | {} | {last}",
            at(2, 0, 3),
            oracle.pid("api-009", &Planted { which, ..DAEMON_PID }, start),
            at(1, hour, of_hour)
        )
    };
    Expected {
        name: "who-was-there",
        values: vec![("host", "api-009"), ("at", "2026-11-20T00:04")],
        rows: vec![
            row(0, (23, 50), "/usr/bin/bash", "-bash", at(2, 0, 4)),
            row(1, (23, 58), "/usr/bin/psql", "psql orders", at(2, 0, 1)),
        ],
    }
}

/// What started between the samples of two minutes and the one after, one row a process of a name.
fn blind(oracle: &Oracle<'_>) -> Vec<Expected> {
    let asked = |host, name, at, rows| Expected {
        name: "blind-minute",
        values: vec![("host", host), ("name", name), ("at", at)],
        rows,
    };
    let pair = |host: &str, of_hour| {
        let [before, last] =
            [of_hour - 1, of_hour].map(|of_hour| sample(oracle.0, host, minute(2, 3, of_hour)));
        let forks = last.figures.forks.unwrap().get() - before.figures.forks.unwrap().get();
        format!("{host} | {} | {} | {forks}", moment(before.at_ms), moment(last.at_ms))
    };
    let fpm = |host: &str, of_hour| {
        let processes = sample(oracle.0, host, minute(2, 3, of_hour)).processes();
        processes.into_iter().filter(|process| process.name.as_str() == "php-fpm").collect::<Vec<_>>()
    };
    // Of the workers none has children.
    let quiet = |of_hour| {
        let row = |process: &snapshot::Process<'_>| {
            let user = cell(process.user_name.as_deref());
            format!("{} | {} | {user} | /usr/sbin/php-fpm | 0", pair("web-018", of_hour), process.pid.get())
        };
        fpm("web-018", of_hour).iter().map(row).collect::<Vec<_>>()
    };
    let mut busy = quiet(11);
    busy[0] = format!(
        "{} | {} | root | /usr/sbin/php-fpm | 4242",
        pair("web-018", 11),
        fpm("web-018", 11)[0].pid.get()
    );
    let of_db = |which, start, faults: &str| {
        let pid = oracle.pid("db-003", &Planted { which, ..DAEMON_PID }, minute(2, 3, start));
        format!("{} | {pid} | root | /usr/sbin/php-fpm | {faults}", pair("db-003", 11))
    };
    vec![
        asked("web-018", "php-fpm", "2026-11-20T03:12", busy),
        // A minute later nothing was missed.
        asked("web-018", "php-fpm", "2026-11-20T03:13", quiet(12)),
        // Of a process that was started between the samples, all is new; of one that was not in the first, nothing is known.
        asked("db-003", "php-fpm", "2026-11-20T03:12", vec![of_db(0, 11, "4242"), of_db(1, 8, "-")]),
        // No process is called so.
        asked(
            "web-018",
            "xmrig",
            "2026-11-20T03:12",
            vec![format!("{} | - | - | - | -", pair("web-018", 11))],
        ),
    ]
}

/// Questions about days: what ran.
fn ranges(oracle: &Oracle<'_>) -> Vec<Expected> {
    let at = |host: &str, day, hour, of_hour| oracle.at(host, minute(day, hour, of_hour));
    let id = |host: &str| oracle.0.identity(oracle.0.number_of(host).unwrap()).unwrap().host_id.to_string();
    let to = vec![("to", "2026-11-20")];
    let pid = |host: &str, planted: &Planted, of_hour| oracle.pid(host, planted, minute(2, 3, of_hour));
    let hidden = |host: &str, why: &str, exe: &str| {
        let pid = pid(host, &DAEMON_PID, 5);
        format!(
            "{host} | {why} | {exe} | apache | {pid} | 2026-11-20 03:05:00.000 | x | php-fpm | php-fpm < php-fpm < systemd | {} | {}",
            at(host, 2, 3, 5),
            at(host, 2, 3, 7)
        )
    };
    let mut hidden = vec![
        hidden("web-006", "memory", "/memfd:payload"),
        hidden("web-007", "deleted", "/usr/sbin/acpid2"),
        hidden("api-003", "temporary folder", "/dev/shm/.s/run"),
    ];
    let first_seen = |row: &String| row.rsplit(" | ").nth(1).unwrap().to_owned();
    hidden.sort_by_key(first_seen);
    vec![
        Expected {
            name: "where-else",
            values: vec![("digest", MINER), ("to", "2026-11-20")],
            rows: vec![
                format!(
                    "web-003 | {} | /usr/local/bin/xmrig | root | {} | {} | 2 | 2",
                    id("web-003"),
                    at("web-003", 0, 3, 5),
                    at("web-003", 2, 3, 6)
                ),
                format!(
                    "db-002 | {} | /usr/local/bin/xmrig | root | {} | {} | 1 | 2",
                    id("db-002"),
                    at("db-002", 1, 23, 55),
                    at("db-002", 2, 0, 4)
                ),
                format!(
                    "api-002 | {} | /usr/sbin/kdevtmp | nobody | {} | {} | 1 | 1",
                    id("api-002"),
                    at("api-002", 2, 3, 6),
                    at("api-002", 2, 3, 7)
                ),
            ],
        },
        Expected { name: "new-programs", values: vec![("day", "2026-11-20")], rows: new_programs(oracle) },
        Expected { name: "hidden-binaries", values: to.clone(), rows: hidden },
        Expected {
            name: "ssm-sessions",
            values: to.clone(),
            rows: vec![format!(
                "111122223333 | eu-central-1 | {} | worker-003 | bob-0a1b2c3d4e5f60718 | bob | ssm-user | pts/7 | \
                 2026-11-20 03:02:00.000 | {} | {}",
                id("worker-003"),
                at("worker-003", 2, 3, 2),
                at("worker-003", 2, 3, 9)
            )],
        },
        Expected {
            name: "became-root",
            values: to.clone(),
            rows: vec![format!(
                "web-009 | {} | 2026-11-20 03:04:00.000 | /usr/bin/php | 33 | www-data | {} | {} | php x.php | \
                 php-fpm < php-fpm < systemd",
                pid("web-009", &EXPLOIT, 4),
                at("web-009", 2, 3, 6),
                at("web-009", 2, 3, 7)
            )],
        },
        Expected {
            name: "shells-without-login",
            values: to,
            rows: vec![format!(
                "web-010 | apache | pts/3 | /usr/bin/bash | bash -i | php-fpm | php-fpm < php-fpm < systemd | - | {} | \
                 2026-11-20 03:05:00.000 | {} | {}",
                pid("web-010", &PTS_SHELL, 5),
                at("web-010", 2, 3, 5),
                at("web-010", 2, 3, 9)
            )],
        },
    ]
}

/// For its pid alone.
const DAEMON_PID: Planted = super::plant::DAEMON;

/// Whatever was planted on the last day with a file that nobody had before. The copy of nginx has an old digest.
fn new_programs(oracle: &Oracle<'_>) -> Vec<String> {
    let new = [
        ("-", "/usr/bin/nmap", "api-004", "mallory", (0, 2)),
        (HELPER, "/opt/shop/bin/helper", "web-005", "root", (3, 5)),
        ("-", "/usr/sbin/bpfd", "db-001", "root", (3, 4)),
        ("-", "/memfd:payload", "web-006", "apache", (3, 5)),
        ("-", "/usr/sbin/acpid2", "web-007", "apache", (3, 5)),
        ("-", "/opt/tools/x (deleted)", "web-008", "apache", (3, 5)),
        ("-", "/dev/shm/.s/run", "api-003", "apache", (3, 5)),
        ("-", "/usr/sbin/vsftpd", "web-009", "root", (3, 4)),
        ("-", "/usr/bin/id", "db-002", "root", (3, 7)),
        ("-", "/usr/sbin/in.rshd", "web-014", "root", (3, 5)),
        ("-", "/usr/local/sbin/node_exporter", "web-014", "root", (3, 5)),
        ("-", "/usr/bin/ncat", "web-017", "apache", (3, 10)),
        ("-", "/bin/nc.openbsd", "web-011", "apache", (3, 13)),
    ];
    let mut rows: Vec<(String, &str, String)> = Vec::new();
    for (digest, exe, host, user, (hour, of_hour)) in new {
        let first = oracle.at(host, minute(2, hour, of_hour));
        // An exec and a loss of rights are no new processes.
        let (on_hosts, runs) = match exe {
            "/usr/bin/id" => (1, 0),
            "/usr/sbin/bpfd" => (2, 2),
            _ => (1, 1),
        };
        let row = format!("{digest} | {exe} | {on_hosts} | {host} | {user} | {first} | {runs}");
        rows.push((first, exe, row));
    }
    rows.sort();
    rows.into_iter().map(|(_, _, row)| row).collect()
}

/// Questions about days: who talked to whom.
fn network(oracle: &Oracle<'_>) -> Vec<Expected> {
    let at = |host: &str, day, hour, of_hour| oracle.at(host, minute(day, hour, of_hour));
    let to = vec![("to", "2026-11-20")];
    let dhcp = dhcp_hosts(oracle.0);
    let of_dhcp = |day, of_hour| dhcp.iter().map(move |host| oracle.at(host, minute(day, 3, of_hour)));
    let nginx =
        |oracle: &Oracle<'_>| sample(oracle.0, "web-013", minute(2, 3, 2)).process_named("nginx").unwrap();
    let ssh = |host: &str, of_hour| {
        let planted = Planted { which: 7, ..BACKDOOR };
        oracle.pid(host, &planted, minute(2, 3, of_hour))
    };
    let ip = |host: &str| oracle.0.identity(oracle.0.number_of(host).unwrap()).unwrap().ip;
    let mut listeners = vec![
        format!(
            "web-014 | new port | tcp | 0.0.0.0 | 31337 | /usr/sbin/in.rshd | root | planted.service | {} | {} | -",
            at("web-014", 2, 3, 5),
            at("web-014", 2, 3, 7)
        ),
        format!(
            "web-014 | other program | tcp | 0.0.0.0 | 9100 | /usr/local/sbin/node_exporter | root | planted.service | {} | {} | {}",
            at("web-014", 2, 3, 5),
            at("web-014", 2, 3, 7),
            cell(
                sample(oracle.0, "web-014", minute(2, 3, 5))
                    .process_named("node_exporter")
                    .unwrap()
                    .exe
                    .as_deref()
            )
        ),
        format!(
            "web-017 | new port | tcp | 0.0.0.0 | 4444 | /usr/bin/ncat | apache | php-fpm.service | {} | {} | -",
            at("web-017", 2, 3, 10),
            at("web-017", 2, 3, 12)
        ),
    ];
    listeners.swap(0, 1); // by port where the instant is the same
    vec![
        Expected {
            name: "raw-sockets",
            values: to.clone(),
            rows: vec![
                format!(
                    "raw | /usr/sbin/bpfd | bpfd | root | planted.service | 2 | db-001 | web-016 | {} | {}",
                    at("db-001", 2, 3, 4), at("db-001", 2, 3, 8).max(at("web-016", 2, 3, 8))
                ),
                format!(
                    "packet | /usr/sbin/dhclient | dhclient | root | network.service | {} | {} | {} | {} | {}",
                    dhcp.len(), dhcp.iter().min().unwrap(), dhcp.iter().max().unwrap(), of_dhcp(0, 0).min().unwrap(), of_dhcp(2, 4).max().unwrap()
                ),
            ],
        },
        Expected {
            name: "interpreters-out",
            values: to.clone(),
            rows: vec![
                format!(
                    "web-011 | apache | /usr/bin/node-20 | node-20 | php-fpm.service | tcp | 203.0.113.80 | 443 | {} | {} | 7 | 7",
                    at("web-011", 0, 3, 2), at("web-011", 0, 3, 3)
                ),
                format!(
                    "web-011 | apache | /usr/bin/bash | bash | php-fpm.service | tcp | 203.0.113.9 | 443 | {} | {} | 4000 | 1000",
                    at("web-011", 2, 3, 6), at("web-011", 2, 3, 9)
                ),
                format!(
                    "web-011 | apache | /bin/nc.openbsd | nc.openbsd | php-fpm.service | tcp | 2001:db8::10 | 443 | {} | {} | 7 | 7",
                    at("web-011", 2, 3, 13), at("web-011", 2, 3, 14)
                ),
                format!(
                    "web-011 | apache | /bin/nc.openbsd | nc.openbsd | php-fpm.service | tcp | 223.255.255.9 | 443 | {} | {} | 7 | 7",
                    at("web-011", 2, 3, 13), at("web-011", 2, 3, 14)
                ),
            ],
        },
        Expected {
            name: "who-talked-to",
            values: vec![("address", "::ffff:203.0.113.9"), ("to", "2026-11-20")],
            rows: vec![
                format!(
                    "web-012 | out | tcp | apache | /usr/bin/curl | - | 80 | {} | {} | 1 | 700 | 90000",
                    at("web-012", 0, 3, 10), at("web-012", 0, 3, 11)
                ),
                format!(
                    "web-013 | in | tcp | root | {} | 443 | - | {} | {} | 1 | 5000 | 600",
                    cell(nginx(oracle).exe.as_deref()), at("web-013", 2, 3, 2), at("web-013", 2, 3, 2)
                ),
                format!(
                    "web-011 | out | tcp | apache | /usr/bin/bash | - | 443 | {} | {} | 1 | 4000 | 1000",
                    at("web-011", 2, 3, 6), at("web-011", 2, 3, 9)
                ),
            ],
        },
        Expected { name: "new-listeners", values: vec![("day", "2026-11-20")], rows: listeners },
        Expected {
            name: "login-chains",
            values: to.clone(),
            rows: [
                ("web-015", "deploy", "91", "bastion-002", "mallory", 4),
                ("api-005", "deploy", "92", "web-015", "deploy", 6),
                ("db-003", "root", "93", "api-005", "deploy", 8),
            ]
            .map(|(host, user, session, from, from_user, of_hour)| {
                format!(
                    "2026-11-20 03:0{of_hour}:00.000 | {host} | {user} | {session} | {} | {from} | {from_user} | {} | {}",
                    ip(from), ssh(from, of_hour), at(from, 2, 3, of_hour)
                )
            })
            .to_vec(),
        },
        Expected {
            name: "sent-much",
            values: to,
            rows: sent_much(oracle),
        },
    ]
}

/// What was sent, what has no past first.
fn sent_much(oracle: &Oracle<'_>) -> Vec<String> {
    let at = |host: &str, day, hour, of_hour| oracle.at(host, minute(day, hour, of_hour));
    let to_three = |which: i64| {
        format!(
            "worker-008 | root | /usr/bin/rclone | out | tcp | 198.51.100.20{} | 443 | {} | {} | {} | 10 | 1200000012 | 0",
            1 + which,
            at("worker-008", 2, 3, 5),
            at("worker-008", 2, 3, 8),
            400_000_000 + 4 * which
        )
    };
    vec![
        // 0.5 GB went between the last sample of one day and the first of the next, and is nobody's.
        format!(
            "db-004 | root | /usr/bin/rclone | out | tcp | 198.51.100.200 | 443 | {} | {} | 4500000000 | 1000 | 4500000000 | 0",
            at("db-004", 1, 23, 55),
            at("db-004", 2, 0, 4)
        ),
        format!(
            "web-012 | dalia | /usr/sbin/sshd | in | tcp | 198.51.100.77 | - | {} | {} | 2000000000 | 10 | 2000000000 | 0",
            at("web-012", 2, 3, 5),
            at("web-012", 2, 3, 8)
        ),
        format!(
            "worker-002-renamed | root | /usr/bin/restic | out | tcp | 52.219.72.12 | 443 | {} | {} | 1400000000 | 10 | \
             1400000000 | 0",
            at("worker-002", 2, 3, 12),
            at("worker-002", 2, 3, 16)
        ),
        to_three(2),
        to_three(1),
        to_three(0),
        format!(
            "web-002 | root | /usr/bin/restic | out | tcp | 52.219.72.10 | 443 | {} | {} | 2000000000 | 10 | 2000000000 | \
             2000000000",
            at("web-002", 2, 3, 13),
            at("web-002", 2, 3, 16)
        ),
    ]
}

/// Questions about the hosts themselves.
fn hosts(oracle: &Oracle<'_>) -> Vec<Expected> {
    let at = |host: &str, day, hour, of_hour| oracle.at(host, minute(day, hour, of_hour));
    let id = |host: &str| oracle.0.identity(oracle.0.number_of(host).unwrap()).unwrap().host_id.to_string();
    let to = vec![("to", "2026-11-20")];
    let key = "authorized_key | /root/.ssh/authorized_keys | ssh-ed25519 SHA256:Zm9y | - | - | 0 | -";
    let mut silent = vec![
        format!(
            "web-001 | host was down | {} | {} | crashed | -",
            at("web-001", 1, 23, 49),
            at("web-001", 1, 23, 57)
        ),
        format!(
            "web-002 | agent was down | {} | {} | crashed | 0",
            at("web-002", 1, 23, 49),
            at("web-002", 1, 23, 56)
        ),
        format!(
            "api-001 | spool was wiped | {} | {} | crashed | -",
            at("api-001", 1, 23, 49),
            at("api-001", 1, 23, 56)
        ),
        format!(
            "db-001 | samples are missing | {} | {} | running | 6",
            at("db-001", 1, 23, 49),
            at("db-001", 1, 23, 56)
        ),
        format!(
            "web-019 | agent stood still | {} | {} | running | 0",
            at("web-019", 1, 23, 49),
            at("web-019", 1, 23, 56)
        ),
        format!("web-004 | not heard of again | {} | - | running | -", at("web-004", 1, 23, 51)),
    ];
    let silent_from = |row: &String| row.split(" | ").nth(2).unwrap().to_owned();
    silent.sort_by_key(silent_from);
    let version = |host: &str, version: &str, first: String, last: String, days: i64| {
        format!("{host} | {} | {version} | {first} | {last} | {days}", id(host))
    };
    vec![
        Expected {
            name: "persistence",
            values: to.clone(),
            rows: vec![
                format!("{} | web-016 | added | {key}", at("web-016", 2, 0, 3)),
                format!("{} | web-016 | removed | {key}", at("web-016", 2, 3, 9)),
            ],
        },
        Expected {
            name: "package-version",
            values: vec![("package", "xz-utils"), ("version", "5.6.1"), ("to", "2026-11-20")],
            rows: vec![
                version("worker-001", "5.6.1-1", at("worker-001", 0, 0, 0), at("worker-001", 2, 0, 0), 2),
                version("db-005", "1:5.6.1-2.el9", at("db-005", 2, 0, 0), at("db-005", 2, 0, 0), 1),
            ],
        },
        // Whole, as rpm prints it: without the epoch.
        Expected {
            name: "package-version",
            values: vec![("package", "xz-utils"), ("version", "5.6.1-2.el9"), ("to", "2026-11-20")],
            rows: vec![version("db-005", "1:5.6.1-2.el9", at("db-005", 2, 0, 0), at("db-005", 2, 0, 0), 1)],
        },
        Expected {
            name: "hidden-threads",
            values: to,
            rows: vec![
                format!(
                    "worker-004 | 12 | 12 | 1 | {} | {} | 0",
                    at("worker-004", 2, 3, 2),
                    at("worker-004", 2, 3, 13)
                ),
                format!(
                    "worker-006 | 0 | 0 | 0 | {} | {} | 12288",
                    at("worker-006", 2, 3, 0),
                    at("worker-006", 2, 3, 17)
                ),
            ],
        },
        Expected {
            name: "silent-hosts",
            values: vec![("from", "2026-11-19"), ("to", "2026-11-19")],
            rows: silent,
        },
    ]
}
