//! The services of each role: what systemd starts, in which order, as whom, and what each of them starts.
//!
//! Paths, users and units are those of Amazon Linux 2023. A row is a program; parents come before their children.

mod backends;
mod everywhere;
mod front;

use super::identity::Role;
use super::process::{Account, ROOT};
use super::rhythm::Kind;

/// When a service's process is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Starts {
    /// When the host boots.
    Boot,
    /// Anew every day at this minute of the day: a reload after its logs were rotated.
    Daily(i64),
    /// Anew after so many minutes: a worker that has served its share, a connection that was closed.
    Every(i64),
    /// Anew with each release of our own software, on some weekdays.
    Release,
}

/// One program that runs as a service, in one or more copies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) exe: &'static str,
    pub(super) version: &'static str,
    /// `{n}` stands for the copy's number, `{release}` for the release, `{host}` for the host's name.
    pub(super) cmdline: &'static str,
    pub(super) unit: &'static str,
    /// The name of the row that starts it; process 1 when empty.
    pub(super) parent: &'static str,
    pub(super) account: Account,
    pub(super) cwd: &'static str,
    pub(super) copies: i64,
    pub(super) threads: i64,
    pub(super) nice: i64,
    pub(super) kind: Kind,
    /// Per busy minute.
    pub(super) cpu_ms: i64,
    /// Per busy minute.
    pub(super) read_kib: i64,
    /// Per busy minute.
    pub(super) write_kib: i64,
    pub(super) rss_mib: i64,
    pub(super) virtual_mib: i64,
    /// A child ends every so many seconds, and leaves so many page faults.
    pub(super) children: (i64, i64),
    pub(super) starts: Starts,
    pub(super) contained: bool,
    pub(super) capabilities: Option<&'static str>,
}

const fn service(
    unit: &'static str,
    name: &'static str,
    exe: &'static str,
    cmdline: &'static str,
) -> Service {
    Service {
        name,
        exe,
        version: "2023.9.20260803",
        cmdline,
        unit,
        parent: "",
        account: ROOT,
        cwd: "/",
        copies: 1,
        threads: 1,
        nice: 0,
        kind: Kind::Steady,
        cpu_ms: 4,
        read_kib: 0,
        write_kib: 0,
        rss_mib: 9,
        virtual_mib: 220,
        children: (0, 0),
        starts: Starts::Boot,
        contained: false,
        capabilities: None,
    }
}

impl Service {
    const fn of(mut self, name: &'static str, uid: i64) -> Self {
        self.account = Account { name, uid, gid: uid };
        self
    }
    const fn below(mut self, parent: &'static str) -> Self {
        self.parent = parent;
        self
    }
    const fn copies(mut self, copies: i64, starts: Starts) -> Self {
        self.copies = copies;
        self.starts = starts;
        self
    }
    const fn works(mut self, kind: Kind, cpu_ms: i64, read_kib: i64, write_kib: i64) -> Self {
        self.kind = kind;
        self.cpu_ms = cpu_ms;
        self.read_kib = read_kib;
        self.write_kib = write_kib;
        self
    }
    const fn sized(mut self, threads: i64, rss_mib: i64, virtual_mib: i64) -> Self {
        self.threads = threads;
        self.rss_mib = rss_mib;
        self.virtual_mib = virtual_mib;
        self
    }
    const fn children(mut self, every_s: i64, faults: i64) -> Self {
        self.children = (every_s, faults);
        self
    }
    const fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }
    const fn at(mut self, cwd: &'static str) -> Self {
        self.cwd = cwd;
        self
    }
    const fn nice(mut self, nice: i64) -> Self {
        self.nice = nice;
        self
    }
    const fn contained(mut self) -> Self {
        self.contained = true;
        self
    }
    const fn may(mut self, capabilities: &'static str) -> Self {
        self.capabilities = Some(capabilities);
        self
    }
}

/// What a host of this role runs, the common part first.
pub(super) fn of(role: Role) -> impl Iterator<Item = &'static Service> {
    let own = match role {
        Role::Web => front::WEB,
        Role::Api => front::API,
        Role::Db => backends::DB,
        Role::Worker => backends::WORKER,
        Role::Bastion => front::BASTION,
        Role::Batch => backends::BATCH,
    };
    everywhere::EVERYWHERE.iter().chain(own)
}
