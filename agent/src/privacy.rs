//! What an owner does not want to leave the host: command lines, people, whole tables.
//!
//! Taken out of each snapshot as the last step before it is kept, so that no reader of the host can bring it back in by
//! another way, and neither journal nor spool ever holds it. `collect_off` says what is missing, so that an empty
//! column can be told from an empty host.

use std::collections::BTreeSet;
use std::str::FromStr;

use anyhow::bail;
use snapshot::{Count, List, Process, Snapshot, Text};

use crate::collect::{Frame, Sampler};
use crate::redact::Key;

/// From this number on a user is a person, below a service (`UID_MIN` of every current distribution).
const FIRST_PERSON: i64 = 1000;
/// What stands where a person's name stood.
const SOMEBODY: &str = "‹user›";

/// Something that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    CommandLines,
    Users,
    Processes,
    Logins,
    Disks,
    Networks,
    Sockets,
    Inventory,
}

/// Their names in the setting, in `--help` and in `collect_off`. A table has its own name.
const PARTS: [(&str, Part); 8] = [
    ("cmdline", Part::CommandLines),
    ("users", Part::Users),
    ("processes", Part::Processes),
    ("logins", Part::Logins),
    ("disks", Part::Disks),
    ("networks", Part::Networks),
    ("sockets", Part::Sockets),
    ("inventory", Part::Inventory),
];

/// What is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Privacy(BTreeSet<Part>);

/// Names with spaces or commas between them.
impl FromStr for Privacy {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut parts = BTreeSet::new();
        for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
            let Some((_, part)) = PARTS.iter().find(|(name, _)| *name == word) else {
                bail!("'{word}', expected some of {}", PARTS.map(|(name, _)| name).join(" "));
            };
            parts.insert(*part);
        }
        Ok(Self(parts))
    }
}

impl Privacy {
    /// The snapshot without what is left out.
    fn apply(&self, mut snapshot: Snapshot<'static>) -> Snapshot<'static> {
        if self.0.is_empty() {
            return snapshot;
        }
        let names: Vec<&str> =
            PARTS.iter().filter(|(_, part)| self.0.contains(part)).map(|(name, _)| *name).collect();
        snapshot.collect_off = Some(Text::cut(names.join(" ")));
        let has = |part| self.0.contains(&part);
        if has(Part::Users) {
            leave_out_people(&mut snapshot);
        }
        if has(Part::CommandLines) {
            change(&mut snapshot.running_processes, |process| process.cmdline = None);
            // Of schedules and units the value is a command.
            change(&mut snapshot.inventory, |item| item.value = None);
        }
        if has(Part::Processes) {
            snapshot.running_processes = List::default();
        }
        if has(Part::Logins) {
            snapshot.users = List::default();
        }
        if has(Part::Disks) {
            snapshot.disks = List::default();
        }
        if has(Part::Networks) {
            snapshot.networks = List::default();
        }
        if has(Part::Sockets) {
            snapshot.sockets = List::default();
        }
        if has(Part::Inventory) {
            snapshot.inventory = List::default();
        }
        snapshot
    }
}

/// Logins, names of users, numbers of people and their sessions, and their names in paths and command lines. A
/// service's number stays: that something ran as root is about no person.
fn leave_out_people(snapshot: &mut Snapshot<'static>) {
    // SSM's session ids begin with a name, and its worker has one among its arguments.
    let sessions = snapshot.users.iter().filter(|user| user.source.as_deref() == Some("ssm"));
    let mut people: BTreeSet<String> =
        sessions.filter_map(|user| Some(user.session_id.as_ref()?.as_str().to_owned())).collect();
    people.extend(snapshot.users.iter().map(|user| user.user.as_str().to_owned()));
    let is_person = |number: Option<Count>| number.is_some_and(|number| number.get() >= FIRST_PERSON);
    let processes = snapshot.running_processes.iter();
    people.extend(
        processes
            .filter(|process| is_person(process.euid))
            .filter_map(|process| Some(process.user_name.as_ref()?.as_str().to_owned())),
    );
    snapshot.users = List::default();
    change(&mut snapshot.running_processes, |process| leave_out_person(process, &people));
    change(&mut snapshot.sockets, |socket| socket.user_name = None);
    change(&mut snapshot.disks, |disk| disk.mount_point = without_names(&disk.mount_point, &people));
    let items = std::mem::take(&mut snapshot.inventory).into_vec();
    let mut items: Vec<_> = items
        .into_iter()
        .filter(|item| !["user", "group", "authorized_key"].contains(&item.kind.as_str()))
        .collect();
    for item in &mut items {
        item.name = without_names(&item.name, &people);
        item.value = item.value.as_ref().map(|value| without_names(value, &people));
        item.uid = item.uid.filter(|uid| !is_person(Some(*uid)));
    }
    snapshot.inventory = List::cut(items);
}

fn leave_out_person(process: &mut Process<'static>, people: &BTreeSet<String>) {
    let service = |number: Option<Count>| number.filter(|number| number.get() < FIRST_PERSON);
    process.user_name = None;
    process.loginuid = None;
    process.session_id = None;
    process.uid = service(process.uid);
    process.euid = service(process.euid);
    process.gid = service(process.gid);
    // `user@1000.service`, `user-1000.slice`
    process.unit = process.unit.take().filter(|unit| !unit.starts_with("user"));
    process.exe = process.exe.as_ref().map(|exe| without_names(exe, people));
    process.cwd = process.cwd.as_ref().map(|cwd| without_names(cwd, people));
    process.parent_exe = process.parent_exe.as_ref().map(|exe| without_names(exe, people));
    process.cmdline = process.cmdline.as_ref().map(|cmdline| without_names(cmdline, people));
}

/// The text with [`SOMEBODY`] for each of the names as a word of its own, and for whatever follows `/home/`.
fn without_names<const MAX: usize>(text: &Text<'_, MAX>, people: &BTreeSet<String>) -> Text<'static, MAX> {
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(from) = rest.find(part_of_name) {
        let to = rest[from..].find(|c| !part_of_name(c)).map_or(rest.len(), |length| from + length);
        out.push_str(&rest[..from]);
        let word = &rest[from..to];
        out.push_str(if people.contains(word) || out.ends_with("/home/") { SOMEBODY } else { word });
        rest = &rest[to..];
    }
    out.push_str(rest);
    Text::cut(out)
}

fn change<T, const MAX: usize>(list: &mut List<T, MAX>, with: impl FnMut(&mut T)) {
    let mut items = std::mem::take(list).into_vec();
    items.iter_mut().for_each(with);
    *list = List::cut(items);
}

/// A sampler whose snapshots lack what is left out.
#[derive(Debug)]
pub(crate) struct Private<S> {
    pub(crate) sampler: S,
    pub(crate) privacy: Privacy,
}

impl<S: Sampler> Sampler for Private<S> {
    fn sample(&mut self, frame: Frame) -> Snapshot<'static> {
        self.privacy.apply(self.sampler.sample(frame))
    }

    fn use_fleet_key(&mut self, key: Option<&Key>) {
        self.sampler.use_fleet_key(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host with a person on it, and one of everything.
    const LINE: &str = r#"{"version":1,"host_id":"i-1","stream":"00c0ffee00c0ffee","seq":7,"boot_id":"b",
        "observed_at_ms":1795140720123,"ip":"10.0.0.1",
        "disks":[{"mount_point":"/home/alice"}],"networks":[{"interface":"ens5"}],
        "users":[{"user":"alice","terminal":"pts/0","uid":1000,"session_id":"12","source":"logind"},
            {"user":"ssm-user","session_id":"carol-0a1b2c","source":"ssm"}],
        "running_processes":[
            {"pid":1,"name":"systemd","exe":"/usr/lib/systemd","uid":0,"euid":0,"gid":0,"user_name":"root","unit":"init.scope",
             "cmdline":"systemd --switched-root 12 carol-0a1b2c"},
            {"pid":44,"name":"bash","exe":"/home/alice/bin/bash","cwd":"/home/alice","uid":1000,"euid":1000,"gid":1000,
             "loginuid":1000,"user_name":"alice","session_id":"12","tty":"pts/0","unit":"user@1000.service",
             "cmdline":"bash /home/alice/malice.sh alice@host","parent_exe":"/home/alice/x"},
            {"pid":45,"name":"su","uid":0,"euid":1001,"user_name":"bob","unit":"cron.service","cmdline":"su bob"}],
        "sockets":[{"protocol":"tcp","local_address":"10.0.0.1","user_name":"alice"}],
        "inventory":[{"kind":"user","name":"alice","change":"present"},
            {"kind":"cron","name":"/home/alice/tab","value":"backup alice","uid":1000,"change":"present"}]}"#;

    fn sent(off: &str) -> String {
        let snapshot = serde_json::from_str(Box::leak(LINE.to_owned().into_boxed_str())).unwrap();
        serde_json::to_string(&off.parse::<Privacy>().unwrap().apply(snapshot)).unwrap()
    }

    #[test]
    fn nothing_off_is_nothing_changed() {
        let snapshot: Snapshot<'static> = serde_json::from_str(LINE).unwrap();
        assert_eq!(sent(" "), serde_json::to_string(&snapshot).unwrap());
    }

    #[test]
    fn what_is_off_does_not_leave_and_is_named() {
        for (off, gone) in [
            ("cmdline", &["\"cmdline\":", "malice", "switched-root", "backup"][..]),
            ("logins", &["\"terminal\""]),
            ("processes", &["\"pid\":44", "systemd"]),
            ("disks", &["mount_point"]),
            ("networks", &["ens5"]),
            ("sockets", &["\"protocol\""]),
            ("inventory", &["\"kind\""]),
        ] {
            let sent = sent(off);
            assert!(sent.contains(&format!("\"collect_off\":\"{off}\"")), "{sent}");
            for text in gone {
                assert!(LINE.contains(text) && !sent.contains(text), "{off} leaves {text}: {sent}");
            }
            // The rest is there: one of the others' marks, and the host itself.
            assert!(
                sent.contains("\"ip\":\"10.0.0.1\"") && (sent.contains("ens5") || off == "networks"),
                "{sent}"
            );
        }
        assert!(sent("sockets, cmdline").contains("\"collect_off\":\"cmdline sockets\""));
    }

    #[test]
    fn people_are_left_out_and_services_stay() {
        let sent = sent("users");
        for text in
            ["\"alice", "/alice", " alice", "bob", "1000", "1001", "user_name", "loginuid", "session_id"]
        {
            assert!(LINE.contains(text) && !sent.contains(text), "{text}: {sent}");
        }
        for text in [
            "bash /home/‹user›/malice.sh ‹user›@host",
            "\"euid\":0",
            "init.scope",
            "cron.service",
            "su ‹user›",
        ] {
            assert!(sent.contains(text), "{text}: {sent}");
        }
    }

    #[test]
    fn a_wrong_word_is_named() {
        let error = "cmdline cmdlines".parse::<Privacy>().unwrap_err().to_string();
        assert_eq!(
            error,
            "'cmdlines', expected some of cmdline users processes logins disks networks sockets inventory"
        );
    }
}
