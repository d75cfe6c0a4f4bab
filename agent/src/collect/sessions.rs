//! Who is logged in now: systemd-logind's sessions, then utmp where a host still keeps it.
//!
//! Never accounts, which is what `sysinfo` lists as users, and never history: a session that is closing, or whose
//! leader is gone, is over.

use snapshot::{Count, Int, Millis, Seconds, Text, User};

use super::tree::{Tree, readable};
use super::utmp;

/// The sessions of people, in a fixed order.
pub(crate) fn sessions(tree: &Tree) -> Vec<User<'static>> {
    let mut users: Vec<User<'static>> = tree
        .names("run/systemd/sessions", "sessions")
        .into_iter()
        .filter(|name| !name.ends_with(".ref")) // FIFOs; `Tree` would not wait for one either
        .filter_map(|name| logind(&name, &tree.text(&format!("run/systemd/sessions/{name}"), "sessions")?))
        .filter(|user| user.pid.is_none_or(|pid| alive(tree, pid.get())))
        .collect();
    // Debian up to 12, Amazon Linux and RHEL keep it in /run; a few old ones only in /var/run.
    let records = tree.bytes("run/utmp", "utmp").or_else(|| tree.bytes("var/run/utmp", "utmp"));
    for record in utmp::parse(&records.unwrap_or_default()) {
        let known = users.iter().any(|user| {
            user.pid.is_some_and(|pid| pid.get() == record.pid)
                || user.terminal.as_deref() == Some(&record.line) && user.user.as_str() == record.user
        });
        if !known && alive(tree, record.pid) {
            users.push(from_utmp(&record));
        }
    }
    users
}

fn alive(tree: &Tree, pid: i64) -> bool {
    tree.at(&format!("proc/{pid}")).exists()
}

/// A session file of logind, `NAME=value` a line; none when it is not a person's or already over.
fn logind(id: &str, text: &str) -> Option<User<'static>> {
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .map(|value| readable(value.as_bytes()))
            .filter(|value| !value.is_empty())
    };
    let class = field("CLASS");
    // `user`, `user-early`, `user-light`: people. `greeter`, `lock-screen`, `background` (cron), `manager`: not.
    if class.as_deref().is_some_and(|class| class != "user" && !class.starts_with("user-"))
        || field("STATE").as_deref() == Some("closing")
    {
        return None;
    }
    let uid: Option<u64> = field("UID").and_then(|uid| uid.parse().ok());
    let started =
        field("REALTIME").and_then(|us| us.parse::<i64>().ok()).and_then(|us| Millis::new(us / 1000));
    Some(User {
        user: Text::<256>::cut(field("USER").or_else(|| uid.map(super::accounts::number))?),
        terminal: field("TTY").map(Text::<64>::cut),
        host: field("REMOTE_HOST").map(Text::<255>::cut),
        started: started.map(Seconds::from_millis),
        pid: field("LEADER").and_then(|pid| pid.parse::<i64>().ok()).and_then(Int::new),
        uid: uid.and_then(Count::new),
        session_id: Some(Text::<128>::cut(id)),
        service: field("SERVICE").map(Text::<64>::cut),
        class: class.map(Text::<32>::cut),
        source: Some(Text::<16>::cut("logind")),
    })
}

fn from_utmp(record: &utmp::Record) -> User<'static> {
    User {
        user: Text::<256>::cut(record.user.clone()),
        terminal: Some(Text::<64>::cut(record.line.clone())),
        host: Some(record.host.clone()).filter(|host| !host.is_empty()).map(Text::<255>::cut),
        started: Millis::new(record.started_ms).map(Seconds::from_millis),
        pid: Int::new(record.pid),
        uid: None,
        session_id: None,
        service: None,
        class: Some(Text::<32>::cut("user")),
        source: Some(Text::<16>::cut("utmp")),
    }
}
