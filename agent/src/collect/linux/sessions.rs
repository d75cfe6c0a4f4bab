//! Who is logged in now: systemd-logind's sessions, then utmp where a host still keeps it, then SSM's shells.
//!
//! Never accounts, which is what `sysinfo` lists as users, and never history: a session that is closing, or whose
//! leader is gone, is over. utmp is a file that nobody cleans up after a crash, so its word is checked against the
//! process that it names.

use std::collections::HashMap;

use snapshot::{Count, Int, Millis, Process, Seconds, Text, User};

use super::accounts::Names;
use super::ssm;
use super::tree::Tree;
use super::utmp;
use crate::collect::readable::readable;

/// A leader starts before its login is recorded. The moment of booting, from which starts are counted, may be off by
/// what the clock was corrected since: so much later, and the pid is another process's.
const SAME_MOMENT_MS: i64 = 60_000;

/// Every process of the sample by pid, to ask who is alive.
struct Living<'s> {
    by_pid: HashMap<i64, &'s Process<'static>>,
    /// Some processes are hidden from this user, so that none can be said to be gone.
    hidden: bool,
}

impl Living<'_> {
    /// The leader as a sample saw it; none when it is gone or a zombie.
    fn leader(&self, pid: i64) -> Option<&Process<'static>> {
        self.by_pid.get(&pid).copied().filter(|leader| leader.state.as_deref() != Some("Z"))
    }
}

/// The sessions of people, in a fixed order. `workers` are SSM's, by pid.
pub(crate) fn sessions(
    tree: &Tree,
    names: &Names,
    processes: &[Process<'static>],
    workers: &HashMap<i64, String>,
) -> Vec<User<'static>> {
    let by_pid = processes.iter().map(|process| (process.pid.get(), process)).collect();
    // `hidepid=2` leaves the others out of the listing, `hidepid=1` lists them and shows nothing of them.
    let living = Living { by_pid, hidden: tree.was_denied("hidepid") || tree.was_denied("stat") };
    let mut users = Vec::new();
    // Also those of cron and of sessions that close: what logind calls so, utmp is not asked about.
    let mut leaders = Vec::new();
    for name in tree.names("run/systemd/sessions", "sessions") {
        // `.ref` are FIFOs; `Tree` would not wait for one either.
        let text = tree.text(&format!("run/systemd/sessions/{name}"), "sessions");
        let Some(text) = text.filter(|_| !name.ends_with(".ref")) else { continue };
        let (pid, user) = logind(&name, &text);
        leaders.extend(pid);
        users.extend(user.filter(|_| pid.is_none_or(|pid| leads(&living, pid, &name))));
    }
    // Debian up to 12, Amazon Linux and RHEL keep it in /run; a few old ones only in /var/run.
    let records = tree.bytes("run/utmp", "utmp").or_else(|| tree.bytes("var/run/utmp", "utmp"));
    for record in utmp::parse(&records.unwrap_or_default()) {
        let known = leaders.contains(&record.pid)
            || users.iter().any(|user| {
                user.terminal.as_deref() == Some(&record.line) && user.user.as_str() == record.user
            });
        if !known && wrote(tree, &living, &record) {
            users.push(from_utmp(&record, names));
        }
    }
    users.extend(ssm::sessions(workers, processes));
    users
}

/// Whether the process still leads logind's session `id`: it is there, and not in another session.
fn leads(living: &Living<'_>, pid: i64, id: &str) -> bool {
    match living.leader(pid) {
        Some(leader) => leader.session_id.as_deref().is_none_or(|own| own == id),
        None => living.hidden,
    }
}

/// Whether the process that a record names is the one that wrote it. Where processes are hidden nobody knows, and a
/// record alone is history.
fn wrote(tree: &Tree, living: &Living<'_>, record: &utmp::Record) -> bool {
    match living.leader(record.pid) {
        Some(leader) => leader
            .start_time_ms
            .is_some_and(|start| start.get() <= record.started_ms.saturating_add(SAME_MOMENT_MS)),
        None => {
            if living.hidden && !living.by_pid.contains_key(&record.pid) {
                tree.deny("utmp_unchecked");
            }
            false
        }
    }
}

/// The leader that a session file of logind (`NAME=value` a line) names, and the session, when it is a person's and
/// not over.
fn logind(id: &str, text: &str) -> (Option<i64>, Option<User<'static>>) {
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .map(|value| readable(value.as_bytes()))
            .filter(|value| !value.is_empty())
    };
    let leader = field("LEADER").and_then(|pid| pid.parse::<i64>().ok());
    let class = field("CLASS");
    // `user`, `user-early`, `user-light`: people. `greeter`, `lock-screen`, `background` (cron), `manager`: not.
    if class.as_deref().is_some_and(|class| class != "user" && !class.starts_with("user-"))
        || field("STATE").as_deref() == Some("closing")
    {
        return (leader, None);
    }
    let uid: Option<u64> = field("UID").and_then(|uid| uid.parse().ok());
    let started =
        field("REALTIME").and_then(|us| us.parse::<i64>().ok()).and_then(|us| Millis::new(us / 1000));
    let Some(name) = field("USER").or_else(|| uid.map(super::accounts::number)) else {
        return (leader, None);
    };
    let user = User {
        user: Text::<256>::cut(name),
        terminal: field("TTY").map(Text::<64>::cut),
        host: field("REMOTE_HOST").map(Text::<255>::cut),
        started: started.map(Seconds::from_millis),
        pid: leader.and_then(Int::new),
        uid: uid.and_then(Count::new),
        session_id: Some(Text::<128>::cut(id)),
        service: field("SERVICE").map(Text::<64>::cut),
        class: class.map(Text::<32>::cut),
        source: Some(Text::<16>::cut("logind")),
    };
    (leader, Some(user))
}

fn from_utmp(record: &utmp::Record, names: &Names) -> User<'static> {
    User {
        user: Text::<256>::cut(record.user.clone()),
        terminal: Some(Text::<64>::cut(record.line.clone())),
        host: Some(record.host.clone()).filter(|host| !host.is_empty()).map(Text::<255>::cut),
        started: Millis::new(record.started_ms).map(Seconds::from_millis),
        pid: Int::new(record.pid),
        uid: names.uid(&record.user).and_then(Count::new),
        session_id: None,
        service: None,
        class: Some(Text::<32>::cut("user")),
        source: Some(Text::<16>::cut("utmp")),
    }
}
