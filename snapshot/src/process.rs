//! One running process, as one sample saw it.

use serde::{Deserialize, Serialize};

use crate::{Count, Int, Millis, Nice, Text};

/// What was running at the instant of the sample. Members that stay the same from minute to minute come first
/// and what moves comes last, so that a reader may compare a line with the one before and parse only the
/// rest. Absent means *not known* (not permitted, or not collected yet), never zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Process<'a> {
    /// Process id; the kernel reuses it, so a process is (host, boot, pid, start time).
    pub pid: Int,
    /// The kernel's `comm`, 15 bytes; the original program's may be the whole file name.
    #[serde(borrow)]
    pub name: Text<'a, 255>,
    /// The parent's id now (1 or a subreaper when the first parent has died).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ppid: Option<Int>,
    /// When it was started: the boot time pinned for this boot, plus the kernel's ticks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time_ms: Option<Millis>,
    /// The executable's path, without the kernel's ` (deleted)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe: Option<Text<'a, 4096>>,
    /// No folder has the executable under its name any more: its link count is 0, or the name is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe_deleted: Option<bool>,
    /// The executable lives in memory only (`memfd_create`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe_memfd: Option<bool>,
    /// SHA-256 of the executable, lower-case hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe_sha256: Option<Text<'a, 64>>,
    /// The executable's permission bits, octal (`755`, `4755`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe_mode: Option<Text<'a, 8>>,
    /// The executable's owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe_uid: Option<Count>,
    /// The executable's size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe_size_bytes: Option<Count>,
    /// When the executable's contents changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe_mtime_ms: Option<Millis>,
    /// When the executable's inode changed last; harder to forge than `exe_mtime_ms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe_ctime_ms: Option<Millis>,
    /// The arguments, joined by spaces, bounded and redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cmdline: Option<Text<'a, 8192>>,
    /// The working directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<Text<'a, 4096>>,
    /// The *effective* user's name; `#1000` where no name is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<Text<'a, 256>>,
    /// Real user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Count>,
    /// Effective user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub euid: Option<Count>,
    /// Real group id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<Count>,
    /// Who logged in, whatever `sudo` did since. Absent when unset: 4294967295 is never sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loginuid: Option<Count>,
    /// The login session, the same as in `users`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<Text<'a, 128>>,
    /// The controlling terminal (`pts/0`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty: Option<Text<'a, 64>>,
    /// The systemd unit, from the control group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text<'a, 256>>,
    /// The container's id, from the control group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_id: Option<Text<'a, 128>>,
    /// Which namespaces of `mnt net pid user` it shares with process 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_namespaces: Option<Text<'a, 64>>,
    /// Effective capabilities, sorted names separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Text<'a, 1024>>,
    /// When the parent *at first sight* was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_start_time_ms: Option<Millis>,
    /// The parent's name at first sight: a parent that dies must not turn into systemd.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_name: Option<Text<'a, 255>>,
    /// The parent's executable at first sight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_exe: Option<Text<'a, 4096>>,
    /// Names from the parent up to process 1 at first sight, separated by ` < `.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ancestry: Option<Text<'a, 1024>>,
    /// Niceness, -20 (first served) to 19.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nice: Option<Nice>,
    /// How many threads it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<Int>,
    /// The kernel's state letter (`R`, `S`, `D`, `Z`, …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Text<'a, 4>>,
    /// Processor time, user and system, since the process started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_ms: Option<Count>,
    /// Bytes fetched from storage (not from the cache) since the process started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_bytes: Option<Count>,
    /// Bytes sent to storage since the process started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_bytes: Option<Count>,
    /// Page faults of children that were waited for, since the process started: it rises when a child lived and
    /// died between two samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child_faults: Option<Count>,
    /// Resident memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rss_bytes: Option<Count>,
    /// Address space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_bytes: Option<Count>,
}

impl Process<'_> {
    /// The same, with texts of its own: for what outlives the line it was read from.
    pub fn to_static(&self) -> Process<'static> {
        Process {
            pid: self.pid,
            name: self.name.to_static(),
            ppid: self.ppid,
            start_time_ms: self.start_time_ms,
            exe: self.exe.as_ref().map(Text::to_static),
            exe_deleted: self.exe_deleted,
            exe_memfd: self.exe_memfd,
            exe_sha256: self.exe_sha256.as_ref().map(Text::to_static),
            exe_mode: self.exe_mode.as_ref().map(Text::to_static),
            exe_uid: self.exe_uid,
            exe_size_bytes: self.exe_size_bytes,
            exe_mtime_ms: self.exe_mtime_ms,
            exe_ctime_ms: self.exe_ctime_ms,
            cmdline: self.cmdline.as_ref().map(Text::to_static),
            cwd: self.cwd.as_ref().map(Text::to_static),
            user_name: self.user_name.as_ref().map(Text::to_static),
            uid: self.uid,
            euid: self.euid,
            gid: self.gid,
            loginuid: self.loginuid,
            session_id: self.session_id.as_ref().map(Text::to_static),
            tty: self.tty.as_ref().map(Text::to_static),
            unit: self.unit.as_ref().map(Text::to_static),
            container_id: self.container_id.as_ref().map(Text::to_static),
            host_namespaces: self.host_namespaces.as_ref().map(Text::to_static),
            capabilities: self.capabilities.as_ref().map(Text::to_static),
            parent_start_time_ms: self.parent_start_time_ms,
            parent_name: self.parent_name.as_ref().map(Text::to_static),
            parent_exe: self.parent_exe.as_ref().map(Text::to_static),
            ancestry: self.ancestry.as_ref().map(Text::to_static),
            nice: self.nice,
            threads: self.threads,
            state: self.state.as_ref().map(Text::to_static),
            cpu_ms: self.cpu_ms,
            read_bytes: self.read_bytes,
            write_bytes: self.write_bytes,
            child_faults: self.child_faults,
            rss_bytes: self.rss_bytes,
            virtual_bytes: self.virtual_bytes,
        }
    }
}
