//! How a fact is planted: who is changed, when, and by what.

use std::ops::Range;

use local::simulate::{Change, Fact, Fleet, Sample};
use snapshot::{Count, Int, Item, Millis, Port, Process, Socket, Text, User};

/// 2026-11-18, a Wednesday, in minutes since 1970 UTC.
const FIRST_DAY: i64 = 1_794_960_000 / 60;

/// A minute of the fleet's three days, by the day's place and the time.
pub(super) fn minute(day: i64, hour: i64, of_hour: i64) -> i64 {
    FIRST_DAY + (day * 24 + hour) * 60 + of_hour
}

/// Plants an edit of every sample of `minutes` on a host.
pub(super) fn edit(
    fleet: &mut Fleet,
    host: &str,
    minutes: Range<i64>,
    change: impl Fn(&mut Sample) + Send + Sync + 'static,
) {
    plant(fleet, host, minutes, Change::edit(change));
}

/// Plants any change.
pub(super) fn plant(fleet: &mut Fleet, host: &str, minutes: Range<i64>, change: Change) {
    let host = fleet.number_of(host).unwrap_or_else(|| panic!("no host {host}"));
    fleet.plant(Fact { host, minutes, change });
}

/// What is planted of a process. Whatever is not said is as with a daemon of systemd's.
#[derive(Clone)]
pub(super) struct Planted {
    /// The minute in which it starts, at its first second; with `which` it decides the pid.
    pub(super) start: i64,
    /// 0 to 15: one of the minute's pids.
    pub(super) which: i64,
    pub(super) exe: &'static str,
    pub(super) cmdline: &'static str,
    pub(super) user: &'static str,
    pub(super) uid: i64,
    pub(super) euid: i64,
    pub(super) digest: Option<&'static str>,
    pub(super) memfd: bool,
    pub(super) deleted: bool,
    pub(super) tty: Option<&'static str>,
    pub(super) session: Option<&'static str>,
    pub(super) unit: &'static str,
    pub(super) parent: &'static str,
    pub(super) parent_exe: &'static str,
    pub(super) ancestry: &'static str,
}

/// A daemon of systemd's.
pub(super) const DAEMON: Planted = Planted {
    start: 0,
    which: 0,
    exe: "/usr/bin/daemon",
    cmdline: "daemon",
    user: "root",
    uid: 0,
    euid: 0,
    digest: None,
    memfd: false,
    deleted: false,
    tty: None,
    session: None,
    unit: "planted.service",
    parent: "systemd",
    parent_exe: "/usr/lib/systemd/systemd",
    ancestry: "systemd",
};

/// php-fpm's child, as the web server's user.
pub(super) const OF_PHP: Planted = Planted {
    user: "apache",
    uid: 48,
    euid: 48,
    unit: "php-fpm.service",
    parent: "php-fpm",
    parent_exe: "/usr/sbin/php-fpm",
    ancestry: "php-fpm < php-fpm < systemd",
    ..DAEMON
};

impl Planted {
    /// Its pid in the boot that a sample shows.
    pub(super) fn pid(&self, sample: &Sample) -> i64 {
        sample.spare_pid(self.start, self.which)
    }

    /// The kernel's name for it.
    pub(super) fn name(&self) -> String {
        self.exe.rsplit('/').next().unwrap().chars().take(15).collect()
    }

    /// As a sample shows it.
    pub(super) fn process(&self, sample: &Sample) -> Process<'static> {
        Process {
            pid: Int::clamp(self.pid(sample)),
            name: Text::cut(self.name()),
            ppid: Some(Int::clamp(1)),
            start_time_ms: Millis::new(self.start * 60_000),
            exe: Some(Text::cut(self.exe)),
            exe_deleted: Some(self.deleted),
            exe_memfd: Some(self.memfd),
            exe_sha256: self.digest.map(Text::cut),
            cmdline: Some(Text::cut(self.cmdline)),
            user_name: Some(Text::cut(self.user)),
            uid: Count::new(self.uid),
            euid: Count::new(self.euid),
            gid: Count::new(self.uid),
            loginuid: None,
            session_id: self.session.map(Text::cut),
            tty: self.tty.map(Text::cut),
            unit: Some(Text::cut(self.unit)),
            container_id: None,
            capabilities: None,
            parent_start_time_ms: Millis::new(self.start * 60_000 - 60_000),
            parent_name: Some(Text::cut(self.parent)),
            parent_exe: Some(Text::cut(self.parent_exe)),
            ancestry: Some(Text::cut(self.ancestry)),
            ..sample.process_named("systemd").unwrap()
        }
    }

    /// Shows it.
    pub(super) fn run(&self, sample: &mut Sample) {
        let process = self.process(sample);
        sample.put_process(&process).unwrap();
    }
}

/// A socket of this protocol and direction; what it is besides is set by the caller.
pub(super) fn socket(pid: i64, user: &str, protocol: &str, direction: &str) -> Socket<'static> {
    Socket {
        protocol: Text::cut(protocol),
        state: None,
        direction: Some(Text::cut(direction)),
        local_address: None,
        local_port: None,
        remote_address: None,
        remote_port: None,
        pid: Int::new(pid),
        user_name: Some(Text::cut(user)),
        container_id: None,
        sent_bytes: None,
        received_bytes: None,
    }
}

/// One that listens on every address.
pub(super) fn listener(pid: i64, user: &str, port: i64) -> Socket<'static> {
    Socket {
        state: Some(Text::cut("LISTEN")),
        local_address: Some(Text::cut("0.0.0.0")),
        local_port: Port::new(port),
        ..socket(pid, user, "tcp", "listen")
    }
}

/// A connection, from `local` to `remote`, with its counters.
pub(super) fn connection(
    pid: i64,
    user: &str,
    direction: &str,
    local: (&str, i64),
    remote: (&str, i64),
    (sent, received): (i64, i64),
) -> Socket<'static> {
    Socket {
        state: Some(Text::cut("ESTABLISHED")),
        local_address: Some(Text::cut(local.0)),
        local_port: Port::new(local.1),
        remote_address: Some(Text::cut(remote.0)),
        remote_port: Port::new(remote.1),
        sent_bytes: Count::new(sent),
        received_bytes: Count::new(received),
        ..socket(pid, user, "tcp", direction)
    }
}

/// A session of logind's or of SSM's, begun with the first second of a minute.
pub(super) fn session(
    id: &str,
    user: &str,
    from: Option<&str>,
    service: &str,
    class: &str,
    begun: i64,
) -> User<'static> {
    User {
        user: Text::cut(user),
        terminal: Some(Text::cut("pts/7")),
        host: from.map(Text::cut),
        started: Some(snapshot::Seconds::from_millis(Millis::clamp(begun * 60_000))),
        pid: None,
        uid: None,
        session_id: Some(Text::cut(id)),
        service: Some(Text::cut(service)),
        class: Some(Text::cut(class)),
        source: Some(Text::cut(if service == "ssm" { "ssm" } else { "logind" })),
    }
}

/// An item of the inventory.
pub(super) fn item(kind: &str, name: &str, value: &str, change: &str) -> Item<'static> {
    Item {
        kind: Text::cut(kind),
        name: Text::cut(name),
        value: Some(Text::cut(value)),
        sha256: None,
        mode: None,
        uid: Count::new(0),
        modified_at_ms: None,
        change: Text::cut(change),
    }
}
