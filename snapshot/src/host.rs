//! One host at one moment: the whole of a line.

use serde::{Deserialize, Deserializer, Serialize};

use crate::limits::{
    MAX_ADDRESSES, MAX_DISKS, MAX_ITEMS, MAX_NETWORKS, MAX_PROCESSES, MAX_SOCKETS, MAX_USERS,
};
use crate::{
    Byte, Count, Follows, HostId, Int, Item, List, MAX_SEQ, Millis, Number, Offset, Process, Seconds, Socket,
    Stream, Text,
};

/// The contract's version. It rises when an old reader would misread a new line; members that merely join do not
/// raise it, since readers pass over what they do not know.
pub const VERSION: i64 = 1;

/// What one host looked like at one moment. Absent means *not known*, never zero.
///
/// The first four members are ingest's: it knows the time of arrival and the sender better than the sender does. A
/// sender that claims them is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot<'a> {
    /// When the batch arrived (ingest).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at_ms: Option<Millis>,
    /// The address from which it arrived, as the gateway saw it (ingest).
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<Text<'a, 64>>,
    /// Whose request it was, as the gateway knows it: an API key id or a role (ingest).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Text<'a, 256>>,
    /// Arrival minus the agent's clock when it sent (ingest); positive when the host's clock is behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_offset_ms: Option<Offset>,
    /// [`VERSION`].
    pub version: Number<VERSION, VERSION>,
    /// EC2 instance id, or the machine id elsewhere.
    pub host_id: HostId,
    /// The stream that numbers this snapshot.
    pub stream: Stream,
    /// Its number in the stream: one more than the snapshot before.
    pub seq: Number<0, MAX_SEQ>,
    /// In a stream's first snapshot: what it comes after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Follows>,
    /// The kernel's boot id: pids and session ids start anew with each.
    pub boot_id: Text<'a, 64>,
    /// The instant of sampling, by the host's clock corrected by what the server's answers taught.
    pub observed_at_ms: Millis,
    /// Host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<Text<'a, 255>>,
    /// Operating system (`Amazon Linux`, `Ubuntu`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_name: Option<Text<'a, 64>>,
    /// Its version (`2023`, `24.04`; the original program's is the kernel's build, a line long).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<Text<'a, 255>>,
    /// Kernel release (`uname -r`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<Text<'a, 128>>,
    /// `uname -m`: `x86_64`, `aarch64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<Text<'a, 32>>,
    /// Processor model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor: Option<Text<'a, 128>>,
    /// Logical processors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_count: Option<Int>,
    /// The address of the default route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<Text<'a, 64>>,
    /// Every address of the host but loopback ones.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub addresses: List<Text<'a, 64>, MAX_ADDRESSES>,
    /// Public address (instance metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_ip: Option<Text<'a, 64>>,
    /// AWS account (instance metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<Text<'a, 32>>,
    /// AWS Region (instance metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Text<'a, 32>>,
    /// Availability zone (instance metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<Text<'a, 32>>,
    /// Instance type (instance metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<Text<'a, 64>>,
    /// Image (instance metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ami_id: Option<Text<'a, 64>>,
    /// Instance profile (instance metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iam_profile: Option<Text<'a, 256>>,
    /// The agent's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<Text<'a, 32>>,
    /// When the agent was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_started_at_ms: Option<Millis>,
    /// The agent sampled this as it was told to stop: what follows is a gap by intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_stopping: Option<bool>,
    /// What the owner switched off, separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collect_off: Option<Text<'a, 256>>,
    /// What could not be read: `cause=count …`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<Text<'a, 1024>>,
    /// Seconds since boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime_s: Option<Count>,
    /// Milliseconds since the sample before, which the `…_ms` members below cover.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_ms: Option<Count>,
    /// Processor time in user mode since the sample before, over all processors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_user_ms: Option<Count>,
    /// Likewise in the kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_system_ms: Option<Count>,
    /// Likewise idle with a disk outstanding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_iowait_ms: Option<Count>,
    /// Likewise taken by the hypervisor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_steal_ms: Option<Count>,
    /// Likewise idle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_idle_ms: Option<Count>,
    /// One-minute load average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load1: Option<f64>,
    /// Time in which some task waited for a processor, since the sample before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psi_cpu_some_ms: Option<Count>,
    /// Time in which every task waited for a disk, since the sample before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psi_io_full_ms: Option<Count>,
    /// Time in which every task waited for memory, since the sample before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psi_memory_full_ms: Option<Count>,
    /// Memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_total_bytes: Option<Byte>,
    /// Memory that can be had without swapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_available_bytes: Option<Byte>,
    /// Swap space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_total_bytes: Option<Byte>,
    /// Swap space in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_used_bytes: Option<Byte>,
    /// Threads that the kernel counts and no listing showed: a rootkit hides there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads_unlisted: Option<Int>,
    /// Processes and threads started since boot: how blind a minute was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forks: Option<Count>,
    /// The kernel's taint bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_tainted: Option<Count>,
    /// The agent's own processor time since it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_cpu_ms: Option<Count>,
    /// The agent's own resident memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_rss_bytes: Option<Byte>,
    /// Snapshots waiting to be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spool_snapshots: Option<Count>,
    /// Snapshots that this stream had to drop, since it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped_snapshots: Option<Count>,
    /// File systems, without overlay and loop ones.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub disks: List<Disk<'a>, MAX_DISKS>,
    /// Network interfaces, container ones folded into one.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub networks: List<Network<'a>, MAX_NETWORKS>,
    /// Sessions of people: who is logged in.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub users: List<User<'a>, MAX_USERS>,
    /// Every process but the kernel's own threads.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub running_processes: List<Process<'a>, MAX_PROCESSES>,
    /// Open sockets.
    #[serde(default, skip_serializing_if = "is_empty", deserialize_with = "null_is_empty")]
    pub sockets: List<Socket<'a>, MAX_SOCKETS>,
    /// What rarely changes; the last member, absent from most snapshots.
    #[serde(default, skip_serializing_if = "is_empty", deserialize_with = "null_is_empty")]
    pub inventory: List<Item<'a>, MAX_ITEMS>,
}

/// A mounted file system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Disk<'a> {
    /// Where it is mounted.
    #[serde(borrow)]
    pub mount_point: Text<'a, 4096>,
    /// What is mounted (`/dev/nvme0n1p1`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Text<'a, 4096>>,
    /// `ext4`, `xfs`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fs_type: Option<Text<'a, 32>>,
    /// Mounted read-only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// Size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<Byte>,
    /// Free space, root's reserve included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_bytes: Option<Byte>,
    /// Free space for others than root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_bytes: Option<Byte>,
    /// Inodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inodes_total: Option<Count>,
    /// Free inodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inodes_free: Option<Count>,
    /// Bytes read from the device since boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_bytes: Option<Byte>,
    /// Bytes written to the device since boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_bytes: Option<Byte>,
    /// Time in which the device was busy since boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub io_ms: Option<Count>,
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network<'a> {
    /// Its name (`ens5`).
    #[serde(borrow)]
    pub interface: Text<'a, 64>,
    /// Hardware address, lower-case hexadecimal with colons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<Text<'a, 32>>,
    /// Its addresses.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub addresses: List<Text<'a, 64>, MAX_ADDRESSES>,
    /// Bytes received since boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_bytes: Option<Count>,
    /// Packets received since boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_packets: Option<Count>,
    /// Errors when receiving, since boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_errors: Option<Count>,
    /// Drops when receiving, since boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_drops: Option<Count>,
    /// Bytes sent since boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_bytes: Option<Count>,
    /// Packets sent since boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_packets: Option<Count>,
    /// Errors when sending, since boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_errors: Option<Count>,
    /// Drops when sending, since boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_drops: Option<Count>,
}

/// A session of a person. The first five members are the original program's (from `psutil`), with its names and units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User<'a> {
    /// User name.
    #[serde(borrow)]
    pub user: Text<'a, 256>,
    /// Terminal (`pts/0`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<Text<'a, 64>>,
    /// The remote host, an address or a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Text<'a, 255>>,
    /// When the session began, in seconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Seconds>,
    /// The session's leader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<Int>,
    /// User id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Count>,
    /// The session's id: logind's, or SSM's own, which CloudTrail knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<Text<'a, 128>>,
    /// `sshd`, `login`, `ssm`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Text<'a, 64>>,
    /// `user`: cron jobs and managers are not logins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Text<'a, 32>>,
    /// Which of our readers said so: `logind`, `utmp` or `ssm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text<'a, 16>>,
}

/// The original program sends `null` where it knows nothing.
fn null_is_empty<'de, D, T, const MAX: usize>(deserializer: D) -> Result<List<T, MAX>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn is_empty<T, const MAX: usize>(list: &List<T, MAX>) -> bool {
    list.is_empty()
}
