//! A snapshot's frame: which one it is, of which host, by which agent. The same whatever looks at the host.

use snapshot::{Count, Follows, HostId, List, Millis, Number, Snapshot, Stream, Text};

use crate::identity::Identity;

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

impl Frame {
    /// The snapshot before anybody has looked: everything of the host but its identity is not known.
    pub(crate) fn begin(self, identity: &Identity, started_at_ms: i64) -> Snapshot<'static> {
        let instance = identity.instance.clone().unwrap_or_default();
        let text = |value: Option<String>| value.filter(|value| !value.is_empty());
        Snapshot {
            received_at_ms: None,
            source_ip: None,
            principal: None,
            clock_offset_ms: None,
            version: Number::clamp(snapshot::VERSION),
            host_id: self.host_id,
            stream: self.stream,
            seq: Number::clamp(self.seq),
            follows: self.follows,
            boot_id: Text::cut(identity.boot_id.clone()),
            observed_at_ms: Millis::clamp(self.observed_at_ms),
            host_name: None,
            os_name: None,
            os_version: None,
            kernel: None,
            architecture: None,
            processor: None,
            cpu_count: None,
            ip: None,
            addresses: List::default(),
            public_ip: text(instance.public_ip).map(Text::cut),
            account_id: text(instance.account_id).map(Text::cut),
            region: text(instance.region).map(Text::cut),
            availability_zone: text(instance.availability_zone).map(Text::cut),
            instance_type: text(instance.instance_type).map(Text::cut),
            ami_id: text(instance.ami_id).map(Text::cut),
            iam_profile: text(instance.iam_profile).map(Text::cut),
            agent_version: Some(Text::cut(env!("CARGO_PKG_VERSION"))),
            agent_started_at_ms: Millis::new(started_at_ms),
            agent_stopping: self.stopping.then_some(true),
            collect_off: None,
            unreadable: None,
            uptime_s: None,
            interval_ms: None,
            cpu_user_ms: None,
            cpu_system_ms: None,
            cpu_iowait_ms: None,
            cpu_steal_ms: None,
            cpu_idle_ms: None,
            load1: None,
            psi_cpu_some_ms: None,
            psi_io_full_ms: None,
            psi_memory_full_ms: None,
            memory_total_bytes: None,
            memory_available_bytes: None,
            swap_total_bytes: None,
            swap_used_bytes: None,
            threads_unlisted: None,
            forks: None,
            kernel_tainted: None,
            agent_cpu_ms: None,
            agent_rss_bytes: None,
            spool_snapshots: Count::new(self.spool_snapshots),
            dropped_snapshots: Count::new(self.dropped_snapshots),
            disks: List::default(),
            networks: List::default(),
            users: List::default(),
            running_processes: List::default(),
            sockets: List::default(),
            inventory: List::default(),
        }
    }
}
