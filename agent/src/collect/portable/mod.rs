//! Any system that `sysinfo` knows, through `sysinfo` alone.
//!
//! It is asked anew for each sample, since a process that it knows already it shows under its old name after an exec.
//! What it cannot say stays absent: sessions (it lists accounts), capabilities, control groups, namespaces, terminals,
//! the login user, drops, inodes, processor time by state.

mod devices;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Instant;

use snapshot::{Count, Int, List, Millis, Process, Snapshot, Text};
use sysinfo::{
    DiskUsage, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, Product, System, UpdateKind, Users,
};

use super::family::{Family, Key as Kin, Member};
use super::origins::Origins;
use super::readable::{self, readable, shown};
use super::{Facts, Frame, Sampler};
use crate::identity::Identity;
use crate::redact::{Key, Redactor};

/// What tells this host and this boot from others. `sysinfo` looks at this machine only, whatever the root.
pub(crate) fn facts(_root: &Path) -> Facts {
    let known = |value: Result<String, _>| value.ok().filter(|value: &String| !value.trim().is_empty());
    let vendor = known(Product::vendor_name());
    let is_ec2 = vendor.as_ref().is_some_and(|vendor| vendor.starts_with("Amazon"));
    Facts {
        // No system but Linux has an id; its moment, to the second, is the next best.
        boot_id: System::boot_time().ok().map(|seconds| format!("boot-{seconds}")),
        uptime_ms: System::uptime()
            .ok()
            .and_then(|s| i64::try_from(s).ok())
            .unwrap_or(0)
            .saturating_mul(1000),
        may_be_ec2: vendor.is_none() || is_ec2,
        is_ec2,
        instance_id: None,
        machine_id: known(Product::uuid()).or_else(|| known(Product::serial_number())),
        machine_id_from: "the firmware".to_owned(),
    }
}

/// Samples this host.
#[derive(Debug)]
pub(crate) struct Collector {
    identity: Identity,
    redactor: Redactor,
    family: Family,
    before: Option<Instant>,
    started_at_ms: i64,
}

impl Collector {
    /// A collector that has looked at nothing yet. `started_at_ms` is when the agent started, in milliseconds since 1970
    /// UTC.
    pub(crate) fn new(
        _root: &Path,
        identity: Identity,
        redactor: Redactor,
        origins: Origins,
        started_at_ms: i64,
    ) -> Self {
        Self { identity, redactor, family: Family::begin(origins), before: None, started_at_ms }
    }

    fn processes(&mut self, system: &System) -> Vec<Process<'static>> {
        let users = Users::new_with_refreshed_list();
        let mut members = HashMap::new();
        let mut found: Vec<(Kin, Process<'static>)> = Vec::new();
        for (pid, process) in system.processes() {
            // Threads: Linux's own, and those of processes where a system lists them.
            if process.thread_kind().is_some() {
                continue;
            }
            let pid = i64::from(pid.as_u32());
            let start_ms = i64::try_from(process.start_time()).ok().and_then(|s| s.checked_mul(1000));
            let name = text(process.name());
            let exe = process.exe().map(|exe| text(exe.as_os_str())).filter(|exe| !exe.is_empty());
            let ppid = process.parent().map_or(0, |parent| i64::from(parent.as_u32()));
            let key = (pid, process.start_time());
            members.insert(key, Member { ppid, name: name.clone(), exe: exe.clone(), start_ms, ssm: None });
            let arguments: Vec<String> = process.cmd().iter().map(|word| raw(word)).collect();
            let euid = process.effective_user_id().or(process.user_id());
            let user_name = match (&users, euid) {
                (Ok(users), Some(uid)) => users.get_user_by_id(uid).map(|user| user.name().to_owned()),
                _ => None,
            };
            let DiskUsage { total_read_bytes, total_written_bytes, .. } = process.disk_usage();
            let Some(number) = Int::new(pid) else { continue };
            found.push((
                key,
                Process {
                    pid: number,
                    name: Text::cut(name),
                    ppid: Int::new(ppid),
                    start_time_ms: start_ms.and_then(Millis::new),
                    exe: exe.map(Text::cut),
                    exe_deleted: None,
                    exe_memfd: None,
                    exe_sha256: None,
                    exe_mode: None,
                    exe_uid: None,
                    exe_size_bytes: None,
                    exe_mtime_ms: None,
                    exe_ctime_ms: None,
                    cmdline: (!arguments.is_empty())
                        .then(|| Text::cut(shown(&self.redactor.command_line(&arguments)))),
                    cwd: process
                        .cwd()
                        .map(|cwd| Text::cut(shown(&self.redactor.path(&raw(cwd.as_os_str()))))),
                    user_name: user_name.map(Text::cut),
                    uid: process.user_id().and_then(|uid| Count::new(**uid)),
                    euid: euid.and_then(|uid| Count::new(**uid)),
                    gid: process.group_id().and_then(|gid| Count::new(*gid)),
                    loginuid: None,
                    session_id: None,
                    tty: None,
                    unit: None,
                    container_id: None,
                    host_namespaces: None,
                    capabilities: None,
                    parent_start_time_ms: None,
                    parent_name: None,
                    parent_exe: None,
                    ancestry: None,
                    nice: None,
                    threads: None,
                    state: letter(process.status()).map(Text::cut),
                    cpu_ms: Count::new(process.accumulated_cpu_time()),
                    read_bytes: Count::new(total_read_bytes),
                    write_bytes: Count::new(total_written_bytes),
                    child_faults: None,
                    rss_bytes: Count::new(process.memory()),
                    virtual_bytes: Count::new(process.virtual_memory()),
                },
            ));
        }
        found.sort_unstable_by_key(|(key, _)| *key);
        self.family.refresh(&members);
        for (key, process) in &mut found {
            if let Some(origin) = self.family.origin(*key) {
                origin.fill(process);
            }
        }
        found.into_iter().map(|(_, process)| process).collect()
    }
}

impl Sampler for Collector {
    fn use_fleet_key(&mut self, key: Option<&Key>) {
        self.redactor.use_fleet_key(key);
    }

    fn sample(&mut self, frame: Frame) -> Snapshot<'static> {
        let before = self.before.replace(Instant::now());
        let interval_ms = before.and_then(|before| Count::new(before.elapsed().as_millis()));
        let begun = frame.begin(&self.identity, self.started_at_ms);
        let Ok(mut system) = System::new() else {
            return Snapshot { unreadable: Some(Text::cut("system=1")), interval_ms, ..begun };
        };
        system.refresh_memory();
        system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
        let what = ProcessRefreshKind::nothing()
            .with_memory()
            .with_cpu()
            .with_disk_usage()
            .with_exe(UpdateKind::Always)
            .with_cmd(UpdateKind::Always)
            .with_cwd(UpdateKind::Always)
            .with_user(UpdateKind::Always)
            .without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
        let running = self.processes(&system);
        let own = i64::from(std::process::id());
        let me = running.iter().find(|process| process.pid.get() == own);
        let (agent_cpu_ms, agent_rss_bytes) = me.map(|me| (me.cpu_ms, me.rss_bytes)).unwrap_or_default();
        let (networks, addresses) = devices::networks();
        Snapshot {
            host_name: System::host_name().ok().map(Text::cut),
            os_name: System::name().ok().map(Text::cut),
            os_version: System::os_version().ok().map(Text::cut),
            kernel: System::kernel_version().ok().map(Text::cut),
            architecture: Some(Text::cut(System::cpu_arch())),
            processor: system
                .cpus()
                .first()
                .map(|cpu| Text::cut(cpu.brand()))
                .filter(|name| !name.is_empty()),
            cpu_count: Int::new(system.cpus().len()).filter(|count| count.get() > 0),
            addresses,
            uptime_s: System::uptime().ok().and_then(Count::new),
            interval_ms,
            load1: System::load_average().ok().map(|load| load.one),
            memory_total_bytes: Count::new(system.total_memory()),
            memory_available_bytes: Count::new(system.available_memory()),
            swap_total_bytes: Count::new(system.total_swap()),
            swap_used_bytes: Count::new(system.used_swap()),
            agent_cpu_ms,
            agent_rss_bytes,
            disks: devices::disks(),
            networks,
            running_processes: List::cut(running),
            ..begun
        }
    }
}

fn text(text: &OsStr) -> String {
    readable(text.as_encoded_bytes())
}

fn raw(text: &OsStr) -> String {
    readable::text(text.as_encoded_bytes())
}

/// The letter that `ps` shows.
fn letter(status: ProcessStatus) -> Option<&'static str> {
    Some(match status {
        ProcessStatus::Run => "R",
        ProcessStatus::Sleep => "S",
        ProcessStatus::UninterruptibleDiskSleep => "D",
        ProcessStatus::Stop => "T",
        ProcessStatus::Zombie => "Z",
        ProcessStatus::Idle => "I",
        _ => return None,
    })
}
