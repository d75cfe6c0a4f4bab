//! Linux, from `/proc` and the kernel's own interfaces.
//!
//! A [`Collector`] keeps what only a sequence of looks can know: counters of the look before, the boot's pinned
//! moment, who started each process when it was first seen. Every reader below takes its files from a root, so that
//! a test can give it a host of its own.

mod accounts;
mod aside;
mod capabilities;
mod cgroup;
mod cpu;
mod disks;
mod executable;
mod facts;
mod host;
mod kernel;
mod listing;
mod namespaces;
mod networks;
mod pressure;
mod process;
mod sessions;
mod ssm;
mod stat;
mod status;
#[cfg(test)]
mod tests;
mod threads;
mod tree;
mod utmp;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use snapshot::{Count, Int, List, Process, Snapshot, Text};

use super::family::Family;
use super::origins::Origins;
use super::{Frame, Sampler};
use crate::identity::Identity;
use crate::redact::{Key, Redactor};
use aside::Aside;
pub(crate) use facts::facts;
use pressure::Pressure;
use process::{Depth, Reading};
use tree::Tree;

/// Samples this host.
#[derive(Debug)]
pub(crate) struct Collector {
    tree: Arc<Tree>,
    identity: Identity,
    redactor: Arc<Redactor>,
    host: host::Host,
    accounts: accounts::Accounts,
    family: Family,
    looks: Aside<u64>,
    fills: Aside<PathBuf>,
    before: Option<(i64, cpu::Counters, Pressure)>,
    started_at_ms: i64,
}

impl Collector {
    /// A collector of the host whose files lie below `root` (`/`), which has looked at nothing yet but knows the `origins`
    /// that an earlier one has fixed. `started_at_ms` is when the agent started, in milliseconds since 1970 UTC.
    pub(crate) fn new(
        root: &Path,
        identity: Identity,
        redactor: Redactor,
        origins: Origins,
        started_at_ms: i64,
    ) -> Self {
        let tree = Arc::new(Tree::new(root));
        let host = host::Host::read(&tree);
        Self {
            tree,
            identity,
            redactor: Arc::new(redactor),
            host,
            accounts: accounts::Accounts::default(),
            family: Family::begin(origins),
            looks: Aside::new(aside::PATIENCE),
            fills: Aside::new(aside::PATIENCE),
            before: None,
            started_at_ms,
        }
    }

    /// Every process with the origin that its first look fixed, by pid; the SSM sessions' workers by pid; and how many
    /// threads no listing showed.
    fn processes(&mut self, names: Arc<accounts::Names>) -> Population {
        let boot_ms = self.identity.boot_time_ms;
        let (tree, redactor) = (Arc::clone(&self.tree), Arc::clone(&self.redactor));
        let reading = Arc::new(Reading::new(tree, names, redactor, boot_ms));
        let counted = threads::counted(&self.tree);
        let mut pids: Vec<u64> =
            self.tree.names("proc", "proc").into_iter().filter_map(|name| name.parse().ok()).collect();
        pids.sort_unstable();
        // Mounted with `hidepid=2`, /proc shows a user nothing but the user's own.
        if pids.first().is_some_and(|pid| *pid != 1) {
            self.tree.deny("hidepid");
        }
        let aside = Arc::clone(&reading);
        let looks = self.looks.each(&pids, move |pid| aside.process(*pid, Depth::Whole));
        let mut listed = 0_u64;
        let mut found = Vec::with_capacity(pids.len());
        for (pid, look) in pids.iter().zip(looks) {
            let seen = look.unwrap_or_else(|| {
                self.tree.deny("process_hangs");
                reading.process(*pid, Depth::Bare)
            });
            listed = listed.saturating_add(seen.threads);
            found.extend(seen.found);
        }
        let threads_unlisted = threads::unlisted(&self.tree, counted, listed);
        let members: HashMap<_, _> = found.iter().map(|found| (found.key, found.member.clone())).collect();
        self.family.refresh(&members);
        let workers =
            found.iter().filter_map(|found| Some((found.key.0, found.member.ssm.clone()?))).collect();
        let running = found
            .into_iter()
            .map(|found| {
                let mut process = found.process;
                if let Some(origin) = self.family.origin(found.key) {
                    origin.fill(&mut process);
                }
                process
            })
            .collect();
        Population { running, workers, threads_unlisted }
    }

    /// A list as long as the contract's; what is beyond is counted under `cause`.
    fn bounded<T, const MAX: usize>(&self, items: Vec<T>, cause: &'static str) -> List<T, MAX> {
        for _ in MAX..items.len() {
            self.tree.deny(cause);
        }
        List::cut(items)
    }
}

/// Who lives on the host.
struct Population {
    running: Vec<Process<'static>>,
    /// SSM's session workers: session ids by pid.
    workers: HashMap<i64, String>,
    threads_unlisted: Option<i64>,
}

impl Sampler for Collector {
    fn use_fleet_key(&mut self, key: Option<&Key>) {
        Arc::make_mut(&mut self.redactor).use_fleet_key(key);
    }

    fn sample(&mut self, frame: Frame) -> Snapshot<'static> {
        let counters = cpu::Counters::read(&self.tree);
        let pressure = Pressure::read(&self.tree);
        let ticks = kernel::ticks_per_second();
        // Elapsed time by the kernel's uptime, which nobody sets forward or back.
        let uptime_ms = facts::uptime_ms(&self.tree);
        let since = self.before.map(|(then, earlier, _)| (uptime_ms - then, counters.since(&earlier, ticks)));
        let state = |at: usize| since.and_then(|(_, states)| Count::new(states?[at]));
        let waited = |at: usize| {
            let (_, _, earlier) = self.before?;
            Count::new(pressure.0[at]?.saturating_sub(earlier.0[at]?) / 1000)
        };
        let waits = [waited(0), waited(1), waited(2)];
        let before = self.before.replace((uptime_ms, counters, pressure));
        let names = self.accounts.names(&self.tree);
        let Population { running, workers, threads_unlisted } = self.processes(Arc::clone(&names));
        let own = std::process::id();
        let me = running.iter().find(|process| process.pid.get() == i64::from(own));
        let (agent_cpu_ms, agent_rss_bytes) = me.map(|me| (me.cpu_ms, me.rss_bytes)).unwrap_or_default();
        let users = sessions::sessions(&self.tree, &names, &running, &workers);
        let disks = disks::disks(&self.tree, &mut self.fills);
        let (networks, addresses) = networks::networks(&self.tree, &networks::links());
        let memory = host::memory();
        let bytes = |at: usize| memory.and_then(|memory| Count::new(memory[at]));
        let load = self.tree.text("proc/loadavg", "load").unwrap_or_default();
        let text = |value: Option<String>| value.filter(|value| !value.is_empty());
        let addresses = self.bounded(addresses, "addresses_beyond_256");
        let networks = self.bounded(networks, "networks_beyond_256");
        let users = self.bounded(users, "users_beyond_1024");
        let running_processes = self.bounded(running, "processes_beyond_65536");
        Snapshot {
            host_name: text(host::name()).map(Text::cut),
            os_name: text(self.host.os_name.clone()).map(Text::cut),
            os_version: text(self.host.os_version.clone()).map(Text::cut),
            kernel: text(self.host.kernel.clone()).map(Text::cut),
            architecture: Some(Text::cut(self.host.architecture.clone())),
            processor: text(self.host.processor.clone()).map(Text::cut),
            cpu_count: Some(counters.processors).filter(|count| *count > 0).and_then(Int::new),
            ip: networks::default_address().map(|address| Text::cut(address.to_string())),
            addresses,
            uptime_s: (uptime_ms > 0).then(|| Count::new(uptime_ms / 1000)).flatten(),
            interval_ms: before.and_then(|(then, _, _)| Count::new(uptime_ms - then)),
            cpu_user_ms: state(0),
            cpu_system_ms: state(1),
            cpu_iowait_ms: state(2),
            cpu_steal_ms: state(3),
            cpu_idle_ms: state(4),
            load1: load.split(' ').next().and_then(|load| load.parse().ok()),
            psi_cpu_some_ms: waits[0],
            psi_io_full_ms: waits[1],
            psi_memory_full_ms: waits[2],
            memory_total_bytes: bytes(0),
            memory_available_bytes: bytes(1),
            swap_total_bytes: bytes(2),
            swap_used_bytes: bytes(3),
            threads_unlisted: threads_unlisted.and_then(Int::new),
            forks: counters.forks.and_then(Count::new),
            kernel_tainted: self.tree.number("proc/sys/kernel/tainted", "tainted").and_then(Count::new),
            agent_cpu_ms,
            agent_rss_bytes,
            unreadable: self.tree.take_denied().map(Text::cut),
            disks: List::cut(disks),
            networks,
            users,
            running_processes,
            ..frame.begin(&self.identity, self.started_at_ms)
        }
    }
}
