//! One process, read from `/proc/PID`.
//!
//! By hand and not through `sysinfo`: that one keeps a name after exec, strips ` (deleted)` whether or not the file
//! is gone, and knows neither terminal nor control group, login user or children's faults.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use snapshot::{Count, Int, Millis, Nice, Process, Text};

use super::accounts::{self, Names};
use super::executable::Executable;
use super::namespaces::Namespaces;
use super::stat::{self, Stat};
use super::status::Status;
use super::tree::Tree;
use super::{capabilities, cgroup, kernel, ssm};
use crate::collect::family::{Key, Member};
use crate::collect::readable::{readable, shown, text};
use crate::redact::Redactor;

/// The kernel's "nobody logged in": -1 as an unsigned number.
const UNSET: u64 = 4_294_967_295;
/// A process that changes while it is read is read again so often: a second exec within a tenth of a millisecond
/// happens, a third is somebody's game.
const READINGS: usize = 3;

/// So much of the arguments is looked at for secrets: eight times what the contract holds of them. A process may have
/// megabytes, and whoever wants to keep the agent busy will.
const ARGUMENTS: usize = 65_536;

/// How much of a process is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All of it.
    Whole,
    /// Without what a process can make its reader wait for: its memory (`cmdline`), an exec under way (`io`), the file
    /// that it runs (what is known about `exe` beside its path).
    Bare,
}

/// What every process of one sample is read with.
pub(crate) struct Reading {
    pub(crate) tree: Arc<Tree>,
    pub(crate) names: Arc<Names>,
    pub(crate) redactor: Arc<Redactor>,
    /// The boot's pinned moment, milliseconds since 1970.
    pub(crate) boot_ms: i64,
    pub(crate) ticks_per_second: u64,
    pub(crate) page_bytes: u64,
    /// Those of process 1, where they may be read.
    pub(crate) host: Namespaces,
}

/// A process and what its relatives need to know about it.
pub(crate) struct Found {
    pub(crate) key: Key,
    pub(crate) member: Member,
    pub(crate) process: Process<'static>,
}

/// What a number below `/proc` turned out to be.
#[derive(Default)]
pub(crate) struct Seen {
    /// Its threads, a kernel thread's own too.
    pub(crate) threads: u64,
    /// None for a kernel thread and for a process that ended meanwhile.
    pub(crate) found: Option<Found>,
}

impl Reading {
    pub(crate) fn new(tree: Arc<Tree>, names: Arc<Names>, redactor: Arc<Redactor>, boot_ms: i64) -> Self {
        Self {
            host: Namespaces::read(&tree, "1"),
            tree,
            names,
            redactor,
            boot_ms,
            ticks_per_second: kernel::ticks_per_second(),
            page_bytes: kernel::page_bytes(),
        }
    }

    /// Reads one process. Nothing in its folder is tied to the rest of it: all that was read belongs together only if
    /// the pid is still the same process's, and the process has not become another program meanwhile.
    pub(crate) fn process(&self, pid: u64, depth: Depth) -> Seen {
        let pid = &pid.to_string();
        let seen = steadily(
            || self.stat(pid),
            |stat| Seen {
                threads: u64::try_from(stat.threads).unwrap_or(0),
                found: if stat.kernel_thread { None } else { self.read(pid, stat, depth) },
            },
        );
        seen.unwrap_or_default()
    }

    fn stat(&self, pid: &str) -> Option<Stat> {
        stat::parse(&self.tree.bytes(&format!("proc/{pid}/stat"), "stat")?)
    }

    fn read(&self, pid: &str, stat: &Stat, depth: Depth) -> Option<Found> {
        let tree = &*self.tree;
        let number: i64 = pid.parse().ok()?;
        let name = readable(&stat.comm);
        let start_ms = stat.start_ticks.saturating_mul(1000) / self.ticks_per_second;
        let start_ms = i64::try_from(start_ms).ok().and_then(|ms| self.boot_ms.checked_add(ms));
        let status = Status::parse(&tree.text(&format!("proc/{pid}/status"), "status").unwrap_or_default());
        let group = cgroup::parse(&tree.text(&format!("proc/{pid}/cgroup"), "cgroup").unwrap_or_default());
        let namespaces = Namespaces::read(tree, pid);
        let whole = depth == Depth::Whole;
        let program = Executable::read(tree, pid, whole);
        let io = whole.then(|| tree.text(&format!("proc/{pid}/io"), "io")).flatten().unwrap_or_default();
        let io = Io::parse(&io);
        let arguments = if whole { self.arguments(pid) } else { Vec::new() };
        let loginuid = tree.number(&format!("proc/{pid}/loginuid"), "loginuid").filter(|uid| *uid != UNSET);
        let in_container = status.nested || group.container.is_some();
        let ssm = ssm::worker(program.path.as_deref(), status.euid, &arguments);
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
            cmdline: (!arguments.is_empty())
                .then(|| Text::<8192>::cut(shown(&self.redactor.command_line(&arguments)))),
            cwd: tree.noting("cwd", fs::read_link(tree.at(&format!("proc/{pid}/cwd")))).map(|path| {
                Text::<4096>::cut(shown(&self.redactor.path(&text(path.as_os_str().as_bytes()))))
            }),
            user_name: status
                .euid
                .map(|uid| Text::<256>::cut(self.user_name(uid, in_container, &namespaces))),
            uid: status.uid.and_then(Count::new),
            euid: status.euid.and_then(Count::new),
            gid: status.gid.and_then(Count::new),
            loginuid: loginuid.and_then(Count::new),
            session_id: group.session.map(Text::<128>::cut),
            tty: stat::terminal_name(stat.terminal).map(Text::<64>::cut),
            unit: group.unit.map(Text::<256>::cut),
            container_id: group.container.map(Text::<128>::cut),
            host_namespaces: namespaces.shared_with(&self.host).map(Text::<64>::cut),
            capabilities: status.capabilities.map(|bits| Text::<1024>::cut(capabilities::names(bits))),
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
        let member = Member { ppid: stat.ppid, name, exe: program.path, start_ms, ssm };
        Some(Found { key: (number, stat.start_ticks), member, process })
    }

    /// The arguments; none when there are none (a zombie, or a process that cleared them).
    fn arguments(&self, pid: &str) -> Vec<String> {
        let bytes = self.tree.bytes(&format!("proc/{pid}/cmdline"), "cmdline").unwrap_or_default();
        let bytes = bytes.get(..ARGUMENTS).unwrap_or(&bytes);
        let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
        if bytes.is_empty() {
            return Vec::new();
        }
        bytes.split(|&byte| byte == 0).map(text).collect()
    }

    /// The host's name for the user, unless the number is another world's: a container's user 1000 must not be
    /// shown as the person who has that number here. Services with a private mount namespace (`PrivateTmp=`) still
    /// use the host's system accounts, hence the look at the number.
    fn user_name(&self, uid: u64, in_container: bool, namespaces: &Namespaces) -> String {
        let other_people = in_container || (uid >= 1000 && namespaces.other_mounts(&self.host));
        if namespaces.other_users(&self.host) || (uid != 0 && other_people) {
            return accounts::number(uid);
        }
        self.names.name(uid)
    }
}

/// Looks, reads, looks again, until both looks show the same program of the same process. A process that never rests
/// is given as it was read last; one that is gone, or whose pid has another by then, is not given.
fn steadily<T>(look: impl Fn() -> Option<Stat>, read: impl Fn(&Stat) -> T) -> Option<T> {
    let mut before = look()?;
    let first = before.start_ticks;
    for reading in 1.. {
        let found = read(&before);
        let after = look()?;
        let same = after.start_ticks == before.start_ticks;
        if same && (after.comm == before.comm || reading >= READINGS) {
            return Some(found);
        }
        if reading >= READINGS && after.start_ticks != first {
            return None;
        }
        before = after;
    }
    None
}

fn moment(seconds: i64, nanoseconds: i64) -> Option<Millis> {
    Millis::new(seconds.checked_mul(1000)?.checked_add(nanoseconds / 1_000_000)?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    fn stat(name: &str, start_ticks: u64) -> Stat {
        let line = format!("9 ({name}) S 1 9 9 0 9 0 1 2 3 4 50 25 1 1 20 0 1 0 {start_ticks} 4096 1 0");
        stat::parse(line.as_bytes()).unwrap()
    }

    /// What a reading gives when the looks before and after it show these, one after the other.
    fn reading(looks: &[(&str, u64)]) -> Option<String> {
        let looks = RefCell::new(looks.iter());
        steadily(
            || looks.borrow_mut().next().map(|(name, start)| stat(name, *start)),
            |stat| format!("{} {}", String::from_utf8_lossy(&stat.comm), stat.start_ticks),
        )
    }

    #[test]
    fn a_process_that_changes_is_read_again() {
        assert_eq!(reading(&[("sh", 5), ("sh", 5)]).as_deref(), Some("sh 5"));
        assert_eq!(reading(&[("sh", 5), ("curl", 5), ("curl", 5)]).as_deref(), Some("curl 5"), "an exec");
        assert_eq!(reading(&[("sh", 5), ("vi", 9), ("vi", 9)]).as_deref(), Some("vi 9"), "the pid reused");
        assert_eq!(reading(&[("sh", 5)]), None, "gone before the second look");
        assert_eq!(reading(&[]), None);
        // It execs without end: better the last reading than none.
        assert_eq!(reading(&[("a", 5), ("b", 5), ("a", 5), ("b", 5)]).as_deref(), Some("a 5"));
        assert_eq!(reading(&[("a", 5), ("b", 6), ("c", 7), ("d", 8)]), None);
    }
}
