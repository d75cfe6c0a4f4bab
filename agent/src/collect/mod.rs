//! One look at the whole host.
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
mod family;
mod host;
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

use snapshot::{Count, Follows, HostId, Int, List, Millis, Number, Process, Snapshot, Stream, Text};

use crate::identity::Identity;
use crate::redact::{Key, Redactor};
use aside::Aside;
use pressure::Pressure;
use process::{Depth, Reading};
pub(crate) use tree::Tree;

/// What the collector cannot know of itself: which snapshot this is, and how the spool stands.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// The host's id.
    pub(crate) host_id: HostId,
    /// The stream that numbers this snapshot.
    pub(crate) stream: Stream,
    /// Its number.
    pub(crate) seq: i64,
    /// In a stream's first snapshot: what it comes after.
    pub(crate) follows: Option<Follows>,
    /// The instant of sampling, corrected, in milliseconds since 1970 UTC.
    pub(crate) observed_at_ms: i64,
    /// The agent was told to stop.
    pub(crate) stopping: bool,
    /// Snapshots that wait to be sent, this one not counted.
    pub(crate) spool_snapshots: u64,
    /// Snapshots that this stream had to drop.
    pub(crate) dropped_snapshots: u64,
}

/// Where snapshots come from: this host, or a test's script.
pub(crate) trait Sampler {
    /// Looks once. Never fails: what cannot be read is absent, and counted in `unreadable`.
    fn sample(&mut self, frame: Frame) -> Snapshot<'static>;

    /// From the next sample on secrets are hashed with the fleet's key; without one, with the host's own.
    fn use_fleet_key(&mut self, key: Option<&Key>);
}

/// Samples this host.
#[derive(Debug)]
pub(crate) struct Collector {
    tree: Arc<Tree>,
    identity: Identity,
    redactor: Arc<Redactor>,
    host: host::Host,
    accounts: accounts::Accounts,
    family: family::Family,
    looks: Aside<u64>,
    fills: Aside<PathBuf>,
    before: Option<(i64, cpu::Counters, Pressure)>,
    started_at_ms: i64,
}

impl Collector {
    /// A collector of the host whose files lie below `root` (`/`), which has looked at nothing yet.
    /// `started_at_ms` is when the agent started, in milliseconds since 1970 UTC.
    pub(crate) fn new(root: &Path, identity: Identity, redactor: Redactor, started_at_ms: i64) -> Self {
        let tree = Arc::new(Tree::new(root));
        let host = host::Host::read(&tree);
        Self {
            tree,
            identity,
            redactor: Arc::new(redactor),
            host,
            accounts: accounts::Accounts::default(),
            family: family::Family::default(),
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
                    process.parent_start_time_ms = origin.parent_start_ms.and_then(Millis::new);
                    process.parent_name = origin.parent_name.clone().map(Text::cut);
                    process.parent_exe = origin.parent_exe.clone().map(Text::cut);
                    process.ancestry =
                        (!origin.ancestry.is_empty()).then(|| Text::cut(origin.ancestry.join(" < ")));
                    process.session_id =
                        process.session_id.take().or_else(|| origin.ssm.clone().map(Text::cut));
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
        let ticks = crate::kernel::ticks_per_second();
        // Elapsed time by the kernel's uptime, which nobody sets forward or back.
        let uptime_ms = uptime_ms(&self.tree);
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
        let instance = self.identity.instance.clone().unwrap_or_default();
        let text = |value: Option<String>| value.filter(|value| !value.is_empty());
        let addresses = self.bounded(addresses, "addresses_beyond_256");
        let networks = self.bounded(networks, "networks_beyond_256");
        let users = self.bounded(users, "users_beyond_1024");
        let running_processes = self.bounded(running, "processes_beyond_65536");
        Snapshot {
            received_at_ms: None,
            source_ip: None,
            principal: None,
            clock_offset_ms: None,
            version: Number::clamp(snapshot::VERSION),
            host_id: frame.host_id,
            stream: frame.stream,
            seq: Number::clamp(frame.seq),
            follows: frame.follows,
            boot_id: Text::cut(self.identity.boot_id.clone()),
            observed_at_ms: Millis::clamp(frame.observed_at_ms),
            host_name: text(host::name()).map(Text::cut),
            os_name: text(self.host.os_name.clone()).map(Text::cut),
            os_version: text(self.host.os_version.clone()).map(Text::cut),
            kernel: text(self.host.kernel.clone()).map(Text::cut),
            architecture: Some(Text::cut(self.host.architecture.clone())),
            processor: text(self.host.processor.clone()).map(Text::cut),
            cpu_count: Some(counters.processors).filter(|count| *count > 0).and_then(Int::new),
            ip: networks::default_address().map(|address| Text::cut(address.to_string())),
            addresses,
            public_ip: text(instance.public_ip).map(Text::cut),
            account_id: text(instance.account_id).map(Text::cut),
            region: text(instance.region).map(Text::cut),
            availability_zone: text(instance.availability_zone).map(Text::cut),
            instance_type: text(instance.instance_type).map(Text::cut),
            ami_id: text(instance.ami_id).map(Text::cut),
            iam_profile: text(instance.iam_profile).map(Text::cut),
            agent_version: Some(Text::cut(env!("CARGO_PKG_VERSION"))),
            agent_started_at_ms: Millis::new(self.started_at_ms),
            agent_stopping: frame.stopping.then_some(true),
            collect_off: None,
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
            spool_snapshots: Count::new(frame.spool_snapshots),
            dropped_snapshots: Count::new(frame.dropped_snapshots),
            unreadable: self.tree.take_denied().map(Text::cut),
            disks: List::cut(disks),
            networks,
            users,
            running_processes,
            sockets: List::default(),
            inventory: List::default(),
        }
    }
}

/// Milliseconds since boot, 0 when the kernel does not say.
pub(crate) fn uptime_ms(tree: &Tree) -> i64 {
    let text = tree.text("proc/uptime", "uptime").unwrap_or_default();
    let seconds: f64 = text.split(' ').next().and_then(|field| field.parse().ok()).unwrap_or(0.0);
    (seconds * 1000.0) as i64
}
