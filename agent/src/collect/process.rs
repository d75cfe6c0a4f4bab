//! One process, read from `/proc/PID`.
//!
//! By hand and not through `sysinfo`: that one keeps a name after exec, strips ` (deleted)` whether or not the file
//! is gone, and knows neither terminal nor control group, login user or children's faults.

use std::cell::Cell;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use snapshot::{Count, Int, Millis, Nice, Process, Text};

use super::accounts::{self, Accounts};
use super::cgroup;
use super::family::{Key, Member};
use super::stat::{self, Stat};
use super::tree::{Tree, readable};
use crate::redact::Redactor;

/// The kernel's "nobody logged in": -1 as an unsigned number.
const UNSET: u64 = 4_294_967_295;

/// What every process of one sample is read with.
pub(crate) struct Reading<'r> {
    pub(crate) tree: &'r Tree,
    pub(crate) accounts: &'r Accounts,
    pub(crate) redactor: &'r Redactor,
    /// The boot's pinned moment, milliseconds since 1970.
    pub(crate) boot_ms: i64,
    pub(crate) ticks_per_second: u64,
    pub(crate) page_bytes: u64,
    /// Threads of all that was read so far, the kernel's own too.
    pub(crate) threads: Cell<u64>,
    /// User and mount namespaces of process 1, where they may be read.
    pub(crate) host_user: Option<String>,
    pub(crate) host_mount: Option<String>,
}

/// A process and what its relatives need to know about it.
pub(crate) struct Found {
    pub(crate) key: Key,
    pub(crate) member: Member,
    pub(crate) process: Process<'static>,
}

impl<'r> Reading<'r> {
    pub(crate) fn new(tree: &'r Tree, accounts: &'r Accounts, redactor: &'r Redactor, boot_ms: i64) -> Self {
        Self {
            tree,
            accounts,
            redactor,
            boot_ms,
            ticks_per_second: crate::kernel::ticks_per_second(),
            page_bytes: crate::kernel::page_bytes(),
            threads: Cell::new(0),
            host_user: namespace(tree, "1", "user"),
            host_mount: namespace(tree, "1", "mnt"),
        }
    }

    /// Reads one process; none for a kernel thread and for one that ended meanwhile.
    pub(crate) fn process(&self, pid: &str) -> Option<Found> {
        let stat = self.stat(pid)?;
        self.threads.set(self.threads.get().saturating_add(u64::try_from(stat.threads).unwrap_or(0)));
        if stat.kernel_thread {
            return None;
        }
        let found = self.read(pid, &stat)?;
        // All that was read since belongs to this process only if the pid still does.
        (self.stat(pid)?.start_ticks == stat.start_ticks).then_some(found)
    }

    fn stat(&self, pid: &str) -> Option<Stat> {
        stat::parse(&self.tree.bytes(&format!("proc/{pid}/stat"), "stat")?)
    }

    fn read(&self, pid: &str, stat: &Stat) -> Option<Found> {
        let tree = self.tree;
        let number: i64 = pid.parse().ok()?;
        let name = readable(&stat.comm);
        let start_ms = stat.start_ticks.saturating_mul(1000) / self.ticks_per_second;
        let start_ms = i64::try_from(start_ms).ok().and_then(|ms| self.boot_ms.checked_add(ms));
        let status = Status::parse(&tree.text(&format!("proc/{pid}/status"), "status").unwrap_or_default());
        let group = cgroup::parse(&tree.text(&format!("proc/{pid}/cgroup"), "cgroup").unwrap_or_default());
        let program = Program::read(tree, pid);
        let io = Io::parse(&tree.text(&format!("proc/{pid}/io"), "io").unwrap_or_default());
        let loginuid = tree.number(&format!("proc/{pid}/loginuid"), "loginuid").filter(|uid| *uid != UNSET);
        let in_container = group.container.is_some();
        let process = Process {
            pid: Int::new(number)?,
            name: Text::cut(name.clone()),
            ppid: Int::new(stat.ppid),
            start_time_ms: start_ms.and_then(Millis::new),
            exe: program.path.clone().map(Text::<4096>::cut),
            exe_deleted: program.deleted,
            exe_memfd: program.memfd,
            exe_sha256: None,
            exe_mode: program.meta.as_ref().map(|meta| Text::<8>::cut(format!("{:o}", meta.mode() & 0o7777))),
            exe_uid: program.meta.as_ref().and_then(|meta| Count::new(meta.uid())),
            exe_size_bytes: program.meta.as_ref().and_then(|meta| Count::new(meta.size())),
            exe_mtime_ms: program.meta.as_ref().and_then(|meta| moment(meta.mtime(), meta.mtime_nsec())),
            exe_ctime_ms: program.meta.as_ref().and_then(|meta| moment(meta.ctime(), meta.ctime_nsec())),
            cmdline: self.command_line(pid).map(Text::<8192>::cut),
            cwd: tree
                .noting("cwd", fs::read_link(tree.at(&format!("proc/{pid}/cwd"))))
                .map(|path| Text::<4096>::cut(readable(path.as_os_str().as_bytes()))),
            user_name: status.euid.map(|uid| Text::<256>::cut(self.user_name(pid, uid, in_container))),
            uid: status.uid.and_then(Count::new),
            euid: status.euid.and_then(Count::new),
            gid: status.gid.and_then(Count::new),
            loginuid: loginuid.and_then(Count::new),
            session_id: group.session.map(Text::<128>::cut),
            tty: stat::terminal_name(stat.terminal).map(Text::<64>::cut),
            unit: group.unit.map(Text::<256>::cut),
            container_id: group.container.map(Text::<128>::cut),
            host_namespaces: None,
            capabilities: None,
            parent_start_time_ms: None,
            parent_name: None,
            parent_exe: None,
            ancestry: None,
            nice: Nice::new(stat.nice),
            threads: Int::new(stat.threads),
            state: Some(Text::<4>::cut(stat.state)),
            cpu_ms: Count::new(stat.cpu_ticks.saturating_mul(1000) / self.ticks_per_second),
            read_bytes: io.read.and_then(Count::new),
            write_bytes: io.written.and_then(Count::new),
            child_faults: Count::new(stat.child_faults),
            rss_bytes: Count::new(stat.rss_pages.saturating_mul(self.page_bytes)),
            virtual_bytes: Count::new(stat.virtual_bytes),
        };
        let member = Member { ppid: stat.ppid, name, exe: program.path, start_ms };
        Some(Found { key: (number, stat.start_ticks), member, process })
    }

    /// The arguments, redacted; none when there are none (a zombie, or a process that cleared them).
    fn command_line(&self, pid: &str) -> Option<String> {
        let bytes = self.tree.bytes(&format!("proc/{pid}/cmdline"), "cmdline")?;
        let bytes = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
        if bytes.is_empty() {
            return None;
        }
        let arguments: Vec<String> = bytes.split(|&byte| byte == 0).map(readable).collect();
        Some(self.redactor.command_line(&arguments))
    }

    /// The host's name for the user, unless the number is another world's: a container's user 1000 must not be
    /// shown as the person who has that number here. Services with a private mount namespace (`PrivateTmp=`) still
    /// use the host's system accounts, hence the look at the number.
    fn user_name(&self, pid: &str, uid: u64, in_container: bool) -> String {
        let differs = |host: &Option<String>, kind| match (host, namespace(self.tree, pid, kind)) {
            (Some(host), Some(own)) => *host != own,
            _ => false,
        };
        if differs(&self.host_user, "user") {
            return accounts::number(uid);
        }
        if uid != 0 && (in_container || (uid >= 1000 && differs(&self.host_mount, "mnt"))) {
            return accounts::number(uid);
        }
        self.accounts.name(uid)
    }
}

fn namespace(tree: &Tree, pid: &str, kind: &str) -> Option<String> {
    let link = tree.noting("namespaces", fs::read_link(tree.at(&format!("proc/{pid}/ns/{kind}"))))?;
    link.into_os_string().into_string().ok()
}

fn moment(seconds: i64, nanoseconds: i64) -> Option<Millis> {
    Millis::new(seconds.checked_mul(1000)?.checked_add(nanoseconds / 1_000_000)?)
}

/// The executable behind a process.
#[derive(Default)]
struct Program {
    path: Option<String>,
    deleted: Option<bool>,
    memfd: Option<bool>,
    meta: Option<fs::Metadata>,
}

impl Program {
    fn read(tree: &Tree, pid: &str) -> Self {
        let place = tree.at(&format!("proc/{pid}/exe"));
        let Some(link) = tree.noting("exe", fs::read_link(&place)) else { return Self::default() };
        // Through the link the kernel opens the very file that runs, also when its name is gone.
        let meta = fs::metadata(&place).ok();
        let deleted = meta.as_ref().map(|meta| meta.nlink() == 0);
        let path = readable(link.as_os_str().as_bytes());
        // The suffix is the kernel's only when the link count says so; else it is part of a name.
        let path = match path.strip_suffix(" (deleted)") {
            Some(stem) if deleted == Some(true) => stem.to_owned(),
            _ => path,
        };
        let memfd = deleted.map(|deleted| deleted && path.starts_with("/memfd:"));
        Self { path: Some(path), deleted, memfd, meta }
    }
}

/// Users and groups from `/proc/PID/status`.
#[derive(Default)]
struct Status {
    uid: Option<u64>,
    euid: Option<u64>,
    gid: Option<u64>,
}

impl Status {
    fn parse(text: &str) -> Self {
        let mut status = Self::default();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("Uid:") {
                let mut numbers = rest.split_ascii_whitespace().map(|number| number.parse().ok());
                status.uid = numbers.next().flatten();
                status.euid = numbers.next().flatten();
            } else if let Some(rest) = line.strip_prefix("Gid:") {
                status.gid = rest.split_ascii_whitespace().next().and_then(|number| number.parse().ok());
                break;
            }
        }
        status
    }
}

/// Bytes moved to and from storage, from `/proc/PID/io`.
#[derive(Default)]
struct Io {
    read: Option<u64>,
    written: Option<u64>,
}

impl Io {
    fn parse(text: &str) -> Self {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        Self { read: field("read_bytes:"), written: field("write_bytes:") }
    }
}
