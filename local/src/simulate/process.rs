//! How one process is put together: what it is, who started it, and how fast its counters rise.

use lake::Digest;
use snapshot::{Count, Int, Millis, Nice, Process, Text};

use super::rhythm::{Kind, MINUTE_MS, Pulse};
use super::sample::{Line, Tail};

/// A user and its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: &'static str,
    pub(super) uid: i64,
    pub(super) gid: i64,
}

/// The one that everything starts as.
pub(super) const ROOT: Account = Account { name: "root", uid: 0, gid: 0 };

/// What a process says of itself for as long as it runs.
#[derive(Clone, Debug)]
pub(super) struct Spec<'s> {
    pub(super) pid: i64,
    /// `comm`: cut to 15 bytes, as the kernel does.
    pub(super) name: &'s str,
    pub(super) exe: &'s str,
    /// Of the program: another version has another digest.
    pub(super) version: &'s str,
    pub(super) cmdline: &'s str,
    pub(super) cwd: &'s str,
    pub(super) account: Account,
    pub(super) loginuid: Option<i64>,
    pub(super) session_id: Option<&'s str>,
    pub(super) tty: Option<&'s str>,
    pub(super) unit: &'s str,
    pub(super) container_id: Option<&'s str>,
    /// Effective capabilities where they are neither all nor none.
    pub(super) capabilities: Option<&'s str>,
    pub(super) nice: i64,
    pub(super) threads: i64,
    pub(super) start_ms: i64,
    pub(super) pace: Pace,
}

/// What children need to know of their parent, and sockets of their process.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) pid: i64,
    pub(super) name: String,
    pub(super) exe: String,
    pub(super) user: &'static str,
    pub(super) start_ms: i64,
    /// Its own name first, process 1 last.
    pub(super) line: String,
}

/// How fast a process works. Rates are per busy minute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) kind: Kind,
    pub(super) cpu_ms: i64,
    pub(super) read_bytes: i64,
    pub(super) write_bytes: i64,
    pub(super) rss_bytes: i64,
    pub(super) virtual_bytes: i64,
    /// A child ends every so many milliseconds and leaves so many page faults; none when the first is 0.
    pub(super) children: (i64, i64),
}

/// A process that runs.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) known: Known,
    line: Line,
    pace: Pace,
    /// The host's work of its kind when it started.
    start_work: i64,
}

impl Spec<'_> {
    /// Starts it, on the host whose pulse this is.
    pub(super) fn start(&self, parent: Option<&Known>, pulse: &Pulse) -> anyhow::Result<Running> {
        let name = &self.name[..self.name.len().min(15)];
        let known = Known {
            pid: self.pid,
            name: name.to_owned(),
            exe: self.exe.to_owned(),
            user: self.account.name,
            start_ms: self.start_ms,
            line: parent.map_or_else(|| name.to_owned(), |parent| format!("{name} < {}", parent.line)),
        };
        let line = Line::of(self.pid, &self.process(name, parent), Tail::None)?;
        let start_work = pulse.rhythm.work(self.pace.kind, self.start_ms);
        Ok(Running { known, line, pace: self.pace, start_work })
    }

    fn process(&self, name: &str, parent: Option<&Known>) -> Process<'static> {
        let file = File::of(self.exe, self.version);
        let host = if self.container_id.is_some() { "user" } else { "mnt net pid user" };
        Process {
            pid: Int::clamp(self.pid),
            name: Text::cut(name),
            ppid: Some(Int::clamp(parent.map_or(0, |parent| parent.pid))),
            start_time_ms: Millis::new(self.start_ms),
            exe: Some(Text::cut(self.exe)),
            exe_deleted: Some(false),
            exe_memfd: Some(false),
            exe_sha256: Some(Text::cut(file.sha256)),
            exe_mode: Some(Text::cut(file.mode)),
            exe_uid: Count::new(0),
            exe_size_bytes: Count::new(file.size_bytes),
            exe_mtime_ms: Millis::new(file.mtime_ms),
            exe_ctime_ms: Millis::new(file.ctime_ms),
            cmdline: Some(Text::cut(self.cmdline)),
            cwd: Some(Text::cut(self.cwd)),
            user_name: Some(Text::cut(self.account.name)),
            uid: Count::new(self.account.uid),
            euid: Count::new(self.account.uid),
            gid: Count::new(self.account.gid),
            loginuid: self.loginuid.and_then(Count::new),
            session_id: self.session_id.map(Text::cut),
            tty: self.tty.map(Text::cut),
            unit: Some(Text::cut(self.unit)),
            container_id: self.container_id.map(Text::cut),
            host_namespaces: Some(Text::cut(host)),
            capabilities: self.capabilities.map(Text::cut),
            parent_start_time_ms: parent.and_then(|parent| Millis::new(parent.start_ms)),
            parent_name: parent.map(|parent| Text::cut(parent.name.as_str())),
            parent_exe: parent.map(|parent| Text::cut(parent.exe.as_str())),
            ancestry: parent.map(|parent| Text::cut(parent.line.as_str())),
            nice: Some(Nice::clamp(self.nice)),
            threads: Some(Int::clamp(self.threads)),
            state: Some(Text::cut("S")),
            cpu_ms: None,
            read_bytes: None,
            write_bytes: None,
            child_faults: None,
            rss_bytes: None,
            virtual_bytes: None,
        }
    }
}

impl Running {
    /// What a sample shows of it.
    pub(super) fn line(&self, pulse: &Pulse) -> Line {
        let Pace { kind, cpu_ms, read_bytes, write_bytes, rss_bytes, virtual_bytes, children } = self.pace;
        let work = pulse.work(kind) - self.start_work;
        let (every_ms, faults) = children;
        // Programs are read in once; what they hold grows a little under load.
        let held = rss_bytes + rss_bytes / 8 * pulse.load() / 1000;
        let tail = Tail::Process {
            cpu_ms: 10 + cpu_ms * work / 1000,
            read_bytes: rss_bytes / 2 / 4096 * 4096 + read_bytes * work / 1000 / 4096 * 4096,
            write_bytes: write_bytes * work / 1000 / 4096 * 4096,
            child_faults: (pulse.at_ms - self.known.start_ms).checked_div(every_ms).unwrap_or(0) * faults,
            rss_bytes: held / 4096 * 4096,
            virtual_bytes,
        };
        Line { tail, ..self.line.clone() }
    }
}

/// An executable's file, which follows from its path and version: the same on every host that has it.
struct File {
    sha256: String,
    mode: &'static str,
    size_bytes: i64,
    mtime_ms: i64,
    ctime_ms: i64,
}

impl File {
    fn of(exe: &str, version: &str) -> Self {
        // Two halves, since a key's digest is half as long as a SHA-256.
        let [high, low] =
            ["first", "second"].map(|half| Digest::of(format!("{half} half of {exe} {version}").as_bytes()));
        let chance = high.0 as u64;
        // Built within the first half of 2026, laid into the image in August.
        let mtime_ms = 1_767_225_600_000 + (chance % 15_000_000) as i64 * 1000;
        let set_user_id = ["/usr/bin/sudo", "/usr/bin/su"].contains(&exe);
        Self {
            sha256: format!("{high}{low}"),
            mode: if set_user_id { "4755" } else { "755" },
            size_bytes: 16_384 + (chance >> 24) as i64 % 9_000_000,
            mtime_ms,
            ctime_ms: 1_785_931_200_000 + (chance % 86_400) as i64 * MINUTE_MS / 60,
        }
    }
}
