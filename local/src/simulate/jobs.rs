//! What runs for a while and ends: cron's jobs and systemd's timers, each at its minute.
//!
//! Most last for seconds, so that most samples miss them: that is what a minute's snapshot cannot see, and
//! `child_faults` and `forks` show. The backup at 03:12 takes minutes.

use super::chance::Chance;
use super::identity::Role;
use super::life::Life;
use super::process::{Account, Known, Pace, ROOT, Spec};
use super::rhythm::{DAY, Kind, MINUTE_MS, Pulse};
use super::sample::Line;
use super::table::{JOBS_FROM, Table, pid};

/// One program of a job.
struct Step {
    /// 0: whoever starts the job; n: the job's n-th step.
    below: usize,
    name: &'static str,
    exe: &'static str,
    cmdline: &'static str,
}

struct Job {
    /// None: everywhere.
    role: Option<Role>,
    /// Every so many minutes, so many minutes after the day's beginning.
    every: (i64, i64),
    /// Shortest and longest, in milliseconds.
    long_ms: (i64, i64),
    account: Account,
    /// Empty: cron's.
    timer: &'static str,
    steps: &'static [Step],
}

const fn step(below: usize, name: &'static str, exe: &'static str, cmdline: &'static str) -> Step {
    Step { below, name, exe, cmdline }
}

/// What `crond` forks before it becomes the shell's parent.
const CROND: Step = step(0, "crond", "/usr/sbin/crond", "/usr/sbin/CROND -n");
const APACHE: Account = Account { name: "apache", uid: 48, gid: 48 };
const POSTGRES: Account = Account { name: "postgres", uid: 26, gid: 26 };

const JOBS: &[Job] = &[
    Job {
        role: None,
        every: (10, 0),
        long_ms: (700, 2_400),
        account: ROOT,
        timer: "sysstat-collect.service",
        steps: &[step(0, "sadc", "/usr/lib64/sa/sadc", "/usr/lib64/sa/sadc -F -L -S DISK 1 1 /var/log/sa")],
    },
    Job {
        role: None,
        every: (60, 1),
        long_ms: (1_500, 6_000),
        account: ROOT,
        timer: "",
        steps: &[CROND, step(1, "run-parts", "/usr/bin/bash", "/bin/bash /bin/run-parts /etc/cron.hourly")],
    },
    Job {
        role: None,
        every: (DAY, 3 * 60 + 12),
        long_ms: (240_000, 540_000),
        account: ROOT,
        timer: "",
        steps: &[
            CROND,
            step(1, "sh", "/usr/bin/bash", "/bin/sh -c /usr/local/sbin/nightly-backup --target s3"),
            step(
                2,
                "nightly-backup",
                "/usr/bin/bash",
                "/bin/bash /usr/local/sbin/nightly-backup --target s3",
            ),
            step(3, "tar", "/usr/bin/tar", "tar --create --zstd --one-file-system /etc /srv /var/spool"),
            step(
                3,
                "aws",
                "/usr/bin/python3.11",
                "/usr/bin/python3 /usr/bin/aws s3 cp - s3://backups-111122223333/nightly.tar.zst",
            ),
        ],
    },
    Job {
        role: None,
        every: (DAY, 0),
        long_ms: (4_000, 19_000),
        account: ROOT,
        timer: "logrotate.service",
        steps: &[step(0, "logrotate", "/usr/sbin/logrotate", "/usr/sbin/logrotate /etc/logrotate.conf")],
    },
    Job {
        role: None,
        every: (DAY, 5 * 60 + 37),
        long_ms: (25_000, 75_000),
        account: ROOT,
        timer: "dnf-makecache.service",
        steps: &[step(0, "dnf", "/usr/bin/python3.9", "/usr/bin/python3 /usr/bin/dnf makecache --timer")],
    },
    Job {
        role: Some(Role::Web),
        every: (1, 0),
        long_ms: (1_000, 21_000),
        account: APACHE,
        timer: "",
        steps: &[
            CROND,
            step(1, "php", "/usr/bin/php", "/usr/bin/php /srv/shop/bin/console cron:run --env=prod"),
        ],
    },
    Job {
        role: Some(Role::Db),
        every: (DAY, 60 + 30),
        long_ms: (1_200_000, 2_300_000),
        account: POSTGRES,
        timer: "",
        steps: &[
            CROND,
            step(
                1,
                "sh",
                "/usr/bin/bash",
                "/bin/sh -c /usr/bin/pg_dump --format=custom --file=/backup/orders.dump orders",
            ),
            step(
                2,
                "pg_dump",
                "/usr/bin/pg_dump",
                "/usr/bin/pg_dump --format=custom --file=/backup/orders.dump orders",
            ),
        ],
    },
    Job {
        role: Some(Role::Worker),
        every: (5, 2),
        long_ms: (2_000, 40_000),
        account: Account { name: "jobs", uid: 1503, gid: 1503 },
        timer: "",
        steps: &[
            CROND,
            step(
                1,
                "python",
                "/usr/bin/python3.11",
                "/opt/jobs/venv/bin/python -m jobs.reconcile --since 10m",
            ),
        ],
    },
];

/// What of them runs at an instant, step after step.
pub(super) fn lines(
    chance: Chance,
    role: Role,
    life: &Life,
    table: &Table,
    pulse: &Pulse,
) -> anyhow::Result<Vec<Line>> {
    let at_ms = pulse.at_ms;
    let minute = at_ms.div_euclid(MINUTE_MS);
    let mut lines = Vec::new();
    let mut place = JOBS_FROM;
    for (which, job) in JOBS.iter().enumerate().filter(|(_, job)| job.role.is_none_or(|only| only == role)) {
        let first_place = place;
        place += job.steps.len() as i64;
        let (every, offset) = job.every;
        let began = (minute - offset).div_euclid(every) * every + offset;
        let chance = chance.named("job").at(which as i64).at(began);
        let start_ms = began * MINUTE_MS + chance.named("start").within(1_000, 1_700);
        let end_ms = start_ms + chance.named("long").within(job.long_ms.0, job.long_ms.1);
        let Some(starter) = table.known(if job.timer.is_empty() { "crond" } else { "systemd" }) else {
            continue;
        };
        if began <= life.boot_minute || at_ms >= end_ms || starter.start_ms >= start_ms {
            continue;
        }
        let mut steps: Vec<Known> = vec![starter.clone()];
        for (number, step) in job.steps.iter().enumerate() {
            let start_ms = start_ms + number as i64 * 35;
            if start_ms > at_ms {
                break;
            }
            let cron = job.timer.is_empty();
            let spec = Spec {
                pid: pid(life.boot_ms, began, first_place + number as i64),
                name: step.name,
                exe: step.exe,
                version: "2023.9.20260803",
                cmdline: step.cmdline,
                cwd: if cron { "/root" } else { "/" },
                // CROND itself stays root and becomes the user only in its child.
                account: if cron && number == 0 { ROOT } else { job.account },
                loginuid: cron.then_some(job.account.uid),
                session_id: None,
                tty: None,
                unit: if cron { "crond.service" } else { job.timer },
                container_id: None,
                capabilities: None,
                nice: 0,
                threads: 1,
                start_ms,
                pace: if job.steps.iter().any(|other| other.below == number + 1) { WAITING } else { BUSY },
            };
            let running = spec.start(steps.get(step.below), pulse)?;
            lines.push(running.line(pulse));
            steps.push(running.known);
        }
    }
    Ok(lines)
}

/// Whoever started the step that works waits for it.
const WAITING: Pace =
    Pace { cpu_ms: 0, read_bytes: 0, write_bytes: 0, rss_bytes: 4 << 20, virtual_bytes: 9 << 20, ..BUSY };

/// A job works as hard as it can for as long as it runs.
const BUSY: Pace = Pace {
    kind: Kind::Steady,
    cpu_ms: 30_000,
    read_bytes: 900 << 20,
    write_bytes: 300 << 20,
    rss_bytes: 21 << 20,
    virtual_bytes: 260 << 20,
    children: (0, 0),
};
