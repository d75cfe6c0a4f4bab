//! The people: who logs in where, from where, and what they do there.
//!
//! They come from the office to their cell's bastion by ssh, and go on from there; so a session on a web server has
//! one on the bastion behind it, with the same port at both ends of the connection between the two.

use super::chance::Chance;
use super::identity::{Role, cell, ip, role};
use super::life::{Life, Timeline};
use super::process::{Account, Known, Pace, Running, Spec};
use super::rhythm::{DAY, Kind, MINUTE_MS, Pulse};
use super::sample::Line;
use super::table::{SESSIONS_FROM, Table, pid};

/// The cast.
const PEOPLE: [Account; 6] = [
    Account { name: "anna", uid: 1001, gid: 1001 },
    Account { name: "bruno", uid: 1002, gid: 1002 },
    Account { name: "chen", uid: 1003, gid: 1003 },
    Account { name: "dalia", uid: 1004, gid: 1004 },
    Account { name: "erik", uid: 1005, gid: 1005 },
    Account { name: "farid", uid: 1006, gid: 1006 },
];

/// A session of a person, from login to logout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Session {
    /// The session's own chance.
    chance: u64,
    /// Which of the host's sessions of that day.
    place: i64,
    pub(super) account: Account,
    /// The address from which it came, and the port there.
    pub(super) from: (String, i64),
    /// On a bastion: where it went on to, and by which port of the bastion's.
    pub(super) to: Option<(u32, i64)>,
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    /// logind's id.
    pub(super) id: String,
    /// Of the terminal `pts/N`.
    pub(super) terminal: i64,
}

/// Somebody's wish to look at a host: what both ends of the way there follow from.
struct Visit {
    account: Account,
    start_ms: i64,
    end_ms: i64,
    port: i64,
}

/// The visits to a host on a day of UTC, counted from 1970.
fn visits(fleet: Chance, number: u32, day: i64) -> Vec<Visit> {
    let chance = fleet.at(i64::from(number)).named("visits").at(day);
    let count = [0, 0, 1, 1, 1, 1, 1, 2, 2, 3][chance.named("count").below(10) as usize];
    let mut visits: Vec<Visit> =
        (0..count).map(|which| visit(chance.at(which), day, 8 * 60 + which * 240, 200)).collect();
    // Somebody on call, once a month and host, in the small hours.
    if chance.named("night").below(30) == 0 {
        visits.insert(0, visit(chance.at(-1), day, 2 * 60 + 45, 40));
    }
    visits
}

fn visit(chance: Chance, day: i64, earliest: i64, spread: i64) -> Visit {
    let minute = day * DAY + earliest + chance.named("minute").below(spread);
    let start_ms = minute * MINUTE_MS + chance.named("second").below(50_000);
    Visit {
        account: chance.named("who").pick(PEOPLE),
        start_ms,
        end_ms: start_ms + chance.named("long").within(5, 75) * MINUTE_MS,
        port: chance.named("port").within(33_000, 60_000),
    }
}

/// The sessions of a host on a day of UTC, counted from 1970, in the order of their starts.
pub(super) fn sessions(
    fleet: Chance,
    hosts: u32,
    number: u32,
    day: i64,
    timeline: &Timeline,
) -> Vec<Session> {
    let office = |visit: &Visit| (format!("198.51.100.{}", 20 + visit.account.uid % 100), visit.port - 500);
    let bastion = cell(number, hosts).find(|other| role(*other) == Role::Bastion);
    let mut found: Vec<(Visit, Option<(u32, i64)>)> = match role(number) {
        Role::Bastion => cell(number, hosts)
            .filter(|other| *other != number)
            .flat_map(|other| visits(fleet, other, day).into_iter().map(move |visit| (other, visit)))
            .map(|(other, visit)| {
                let goes_on = Some((other, visit.port));
                // First the bastion, then the host; back in the other order.
                (Visit { start_ms: visit.start_ms - 41_300, end_ms: visit.end_ms + 9_700, ..visit }, goes_on)
            })
            .collect(),
        _ => visits(fleet, number, day).into_iter().map(|visit| (visit, None)).collect(),
    };
    found.sort_by_key(|(visit, to)| (visit.start_ms, *to));
    found.truncate(((super::table::PIDS - SESSIONS_FROM) / 4) as usize);

    let mut sessions: Vec<Session> = Vec::new();
    for (visit, to) in found {
        let minute = visit.start_ms.div_euclid(MINUTE_MS);
        let Some(life) = timeline.life(minute).filter(|life| life.boot_minute < minute) else { continue };
        // logind counts sessions from boot on, those of cron too: they rise with uptime.
        let before = sessions.last().and_then(|session| session.id.parse::<i64>().ok()).unwrap_or(0);
        let counted = (minute - life.boot_minute) / 2 + 3;
        let id = if before >= counted && before < counted + 100 { before + 1 } else { counted };
        let taken = |terminal: &i64| {
            sessions.iter().any(|other| other.end_ms > visit.start_ms && other.terminal == *terminal)
        };
        let from = match bastion.filter(|bastion| *bastion != number) {
            Some(bastion) => (ip(bastion), visit.port),
            None => office(&visit),
        };
        sessions.push(Session {
            chance: fleet.at(i64::from(number)).named("session").at(visit.start_ms).bits(),
            place: sessions.len() as i64,
            account: visit.account,
            from,
            to,
            start_ms: visit.start_ms,
            end_ms: visit.end_ms,
            id: id.to_string(),
            terminal: (0..).find(|terminal| !taken(terminal)).unwrap_or_default(),
        });
    }
    sessions
}

/// What a session shows at an instant.
pub(super) struct Seen {
    pub(super) lines: Vec<Line>,
    /// sshd's process for the connection: the session's leader.
    pub(super) leader: i64,
    /// On a bastion, the ssh client that went on.
    pub(super) client: Option<i64>,
}

impl Session {
    /// What of it can be seen; none when it is not under way, or the host has rebooted since it began.
    pub(super) fn seen(
        &self,
        life: &Life,
        table: &Table,
        pulse: &Pulse,
        peer: &dyn Fn(u32) -> String,
    ) -> anyhow::Result<Option<Seen>> {
        let at_ms = pulse.at_ms;
        let listener = table.known("sshd").filter(|sshd| sshd.start_ms < self.start_ms);
        let (true, Some(listener)) =
            (life.boot_ms < self.start_ms && (self.start_ms + 3_000..self.end_ms).contains(&at_ms), listener)
        else {
            return Ok(None);
        };
        let person = self.account;
        let terminal = format!("pts/{}", self.terminal);
        let home = format!("/home/{}", person.name);
        let unit = format!("session-{}.scope", self.id);
        let first = pid(life.boot_ms, self.start_ms.div_euclid(MINUTE_MS), SESSIONS_FROM + self.place * 4);
        let root = super::process::ROOT;
        let start = |part: Part<'_>, parent: &Known| -> anyhow::Result<Running> {
            Spec {
                pid: part.pid,
                name: part.name,
                exe: part.exe,
                version: "2023.9.20260803",
                cmdline: part.cmdline,
                cwd: if part.tty { &home } else { "/" },
                account: part.account,
                loginuid: Some(person.uid),
                session_id: Some(&self.id),
                tty: part.tty.then_some(terminal.as_str()),
                unit: &unit,
                container_id: None,
                capabilities: None,
                nice: 0,
                threads: 1,
                start_ms: part.start_ms,
                pace: BY_HAND,
            }
            .start(Some(parent), pulse)
        };
        let (sshd, cmdline) = ("/usr/sbin/sshd", format!("sshd: {} [priv]", person.name));
        let monitor = Part {
            pid: first,
            name: "sshd",
            exe: sshd,
            cmdline: &cmdline,
            account: root,
            tty: false,
            start_ms: self.start_ms,
        };
        let monitor = start(monitor, listener)?;
        let cmdline = format!("sshd: {}@{terminal}", person.name);
        let child = Part {
            pid: first + 1,
            name: "sshd",
            exe: sshd,
            cmdline: &cmdline,
            account: person,
            tty: false,
            start_ms: self.start_ms + 700,
        };
        let child = start(child, &monitor.known)?;
        let shell = Part {
            pid: first + 2,
            name: "bash",
            exe: "/usr/bin/bash",
            cmdline: "-bash",
            account: person,
            tty: true,
            start_ms: self.start_ms + 760,
        };
        let shell = start(shell, &child.known)?;
        let mut running = vec![monitor, child, shell];

        let command = match self.to {
            Some((other, _)) => {
                let cmdline = format!("ssh {}", peer(other));
                Some(Command {
                    name: "ssh",
                    exe: "/usr/bin/ssh",
                    cmdline,
                    account: person,
                    start_ms: self.start_ms + 2_900,
                })
            }
            None => self.command(at_ms),
        };
        let mut client = None;
        if let (Some(command), Some(shell)) = (command, running.last()) {
            let Command { name, exe, cmdline, account, start_ms } = command;
            let pid = pid(life.boot_ms, start_ms.div_euclid(MINUTE_MS), SESSIONS_FROM + self.place * 4 + 3);
            let part = Part { pid, name, exe, cmdline: &cmdline, account, tty: true, start_ms };
            let command = start(part, &shell.known)?;
            client = self.to.map(|_| pid);
            running.push(command);
        }
        let lines = running.iter().map(|running| running.line(pulse)).collect();
        Ok(Some(Seen { lines, leader: first, client }))
    }

    /// The command that runs at an instant, and since when: one after another, a minute or more each, with pauses.
    fn command(&self, at_ms: i64) -> Option<Command> {
        let chance = Chance::of(self.chance);
        let mut start_ms = self.start_ms + 12_000;
        for turn in 0.. {
            let chance = chance.at(turn);
            let end_ms = (start_ms + chance.named("long").within(61_000, 500_000)).min(self.end_ms - 1_000);
            if at_ms < start_ms || start_ms >= end_ms {
                return None;
            }
            if at_ms < end_ms {
                let (name, exe, cmdline, as_root) = chance.named("what").pick(COMMANDS);
                let account = if as_root { super::process::ROOT } else { self.account };
                return Some(Command { name, exe, cmdline: cmdline.to_owned(), account, start_ms });
            }
            start_ms = end_ms + chance.named("pause").within(1_000, 90_000);
        }
        None
    }
}

/// What somebody has typed.
struct Command {
    name: &'static str,
    exe: &'static str,
    cmdline: String,
    account: Account,
    start_ms: i64,
}

/// A process of a session.
struct Part<'p> {
    pid: i64,
    name: &'p str,
    exe: &'p str,
    cmdline: &'p str,
    account: Account,
    tty: bool,
    start_ms: i64,
}

/// Name, executable, command line, whether it runs as root.
const COMMANDS: [(&str, &str, &str, bool); 9] = [
    ("vim", "/usr/bin/vim", "vim notes.md", false),
    ("less", "/usr/bin/less", "less /var/log/messages", false),
    ("top", "/usr/bin/top", "top", false),
    ("journalctl", "/usr/bin/journalctl", "journalctl --follow --since -10min", false),
    ("curl", "/usr/bin/curl", "curl --silent --max-time 120 http://127.0.0.1:9100/metrics", false),
    ("tail", "/usr/bin/tail", "tail -F /var/log/secure", false),
    ("sudo", "/usr/bin/sudo", "sudo systemctl status", true),
    ("sudo", "/usr/bin/sudo", "sudo tcpdump -ni any port 5432", true),
    ("python3", "/usr/bin/python3.9", "python3", false),
];

/// Little work, as by hand.
const BY_HAND: Pace = Pace {
    kind: Kind::Steady,
    cpu_ms: 300,
    read_bytes: 1 << 20,
    write_bytes: 64 << 10,
    rss_bytes: 8 << 20,
    virtual_bytes: 230 << 20,
    children: (45_000, 410),
};
