//! The columns of `raw`: the members of a snapshot as the crate `snapshot` declares them, in its order, as Athena's JSON
//! reader is told of them. A test holds them against the contract, member by member and type by type.
//!
//! Moments stay milliseconds in a `bigint`, as they were sent: Athena's reader takes a `timestamp` from text only.

use crate::Kind;

/// The type of a member.
#[derive(Clone, Copy, Debug)]
#[allow(non_camel_case_types, reason = "they are spelled as Athena spells them, in the declaration below")]
pub enum Shape {
    /// UTF-8 text.
    string,
    /// 32 bits, signed.
    int,
    /// 64 bits, signed.
    bigint,
    /// 64 bits of floating point.
    double,
    /// True or false.
    boolean,
    /// A list of one of these.
    array(&'static Shape),
    /// An object.
    record(Members),
}

/// Members with their types, in order.
type Members = &'static [(&'static str, Shape)];

impl Shape {
    /// The type's name in Athena.
    pub fn athena(self) -> String {
        match self {
            Self::string => Kind::string.athena().to_owned(),
            Self::int => Kind::int.athena().to_owned(),
            Self::bigint => Kind::bigint.athena().to_owned(),
            Self::double => Kind::double.athena().to_owned(),
            Self::boolean => Kind::boolean.athena().to_owned(),
            Self::array(of) => format!("array<{}>", of.athena()),
            Self::record(members) => {
                let members: Vec<String> =
                    members.iter().map(|(name, shape)| format!("{name}:{}", shape.athena())).collect();
                format!("struct<{}>", members.join(","))
            }
        }
    }
}

/// The columns of `raw`, in order.
pub fn raw_columns() -> &'static [(&'static str, Shape)] {
    SNAPSHOT
}

/// What a column means where it is not one of a table of the lake, which says it.
pub(super) fn about(name: &str) -> &'static str {
    match name {
        "received_at_ms" => "when the batch arrived, milliseconds since 1970 UTC (ingest)",
        "source_ip" => "the sender's address as the gateway saw it (ingest)",
        "principal" => "whose request it was: an API key id or a role (ingest)",
        "clock_offset_ms" => "arrival minus the agent's clock when it sent, milliseconds (ingest)",
        "version" => "the contract's version",
        "host_id" => {
            "EC2 instance id, or the machine id elsewhere; NULL in the row of a line that cannot be read"
        }
        "stream" => "the stream that numbers the host's snapshots",
        "seq" => "the snapshot's number in its stream",
        "observed_at_ms" => "the instant of sampling, milliseconds since 1970 UTC",
        "users" => {
            "sessions; started is seconds since 1970 with a fraction, or text YYYY-MM-DD HH:MM:SS in UTC"
        }
        _ => "",
    }
}

macro_rules! members {
    ($($name:ident: $shape:expr),+ $(,)?) => { &[$((stringify!($name), $shape)),+] };
}

use Shape::{array, bigint, boolean, double, int, record, string};

const SNAPSHOT: Members = members! {
    received_at_ms: bigint, source_ip: string, principal: string, clock_offset_ms: bigint, version: bigint,
    host_id: string, stream: string, seq: bigint,
    follows: record(members! { stream: string, seq: bigint }),
    boot_id: string, observed_at_ms: bigint, host_name: string, os_name: string, os_version: string,
    kernel: string, architecture: string, processor: string, cpu_count: int, ip: string,
    addresses: array(&string),
    public_ip: string, account_id: string, region: string, availability_zone: string, instance_type: string,
    ami_id: string, iam_profile: string, agent_version: string, agent_started_at_ms: bigint,
    agent_stopping: boolean, collect_off: string, unreadable: string, uptime_s: bigint, interval_ms: bigint,
    cpu_user_ms: bigint, cpu_system_ms: bigint, cpu_iowait_ms: bigint, cpu_steal_ms: bigint,
    cpu_idle_ms: bigint, load1: double, psi_cpu_some_ms: bigint, psi_io_full_ms: bigint,
    psi_memory_full_ms: bigint, memory_total_bytes: bigint, memory_available_bytes: bigint,
    swap_total_bytes: bigint, swap_used_bytes: bigint, threads_unlisted: int, forks: bigint,
    kernel_tainted: bigint, agent_cpu_ms: bigint, agent_rss_bytes: bigint, spool_snapshots: bigint,
    dropped_snapshots: bigint,
    disks: array(&record(DISK)),
    networks: array(&record(NETWORK)),
    users: array(&record(USER)),
    running_processes: array(&record(PROCESS)),
    sockets: array(&record(SOCKET)),
    inventory: array(&record(ITEM)),
};

const DISK: Members = members! {
    mount_point: string, device: string, fs_type: string, read_only: boolean, total_bytes: bigint,
    free_bytes: bigint, available_bytes: bigint, inodes_total: bigint, inodes_free: bigint,
    read_bytes: bigint, write_bytes: bigint, io_ms: bigint,
};

const NETWORK: Members = members! {
    interface: string, mac: string, addresses: array(&string), received_bytes: bigint,
    received_packets: bigint, received_errors: bigint, received_drops: bigint, sent_bytes: bigint,
    sent_packets: bigint, sent_errors: bigint, sent_drops: bigint,
};

/// `started` is a number, or text from some copies of the original program: text holds both.
const USER: Members = members! {
    user: string, terminal: string, host: string, started: string, pid: int, uid: bigint,
    session_id: string, service: string, class: string, source: string,
};

const PROCESS: Members = members! {
    pid: int, name: string, ppid: int, start_time_ms: bigint, exe: string, exe_deleted: boolean,
    exe_memfd: boolean, exe_sha256: string, exe_mode: string, exe_uid: bigint, exe_size_bytes: bigint,
    exe_mtime_ms: bigint, exe_ctime_ms: bigint, cmdline: string, cwd: string, user_name: string,
    uid: bigint, euid: bigint, gid: bigint, loginuid: bigint, session_id: string, tty: string,
    unit: string, container_id: string, host_namespaces: string, capabilities: string,
    parent_start_time_ms: bigint, parent_name: string, parent_exe: string, ancestry: string, nice: int,
    threads: int, state: string, cpu_ms: bigint, read_bytes: bigint, write_bytes: bigint,
    child_faults: bigint, rss_bytes: bigint, virtual_bytes: bigint,
};

const SOCKET: Members = members! {
    protocol: string, state: string, direction: string, local_address: string, local_port: int,
    remote_address: string, remote_port: int, pid: int, user_name: string, container_id: string,
    sent_bytes: bigint, received_bytes: bigint,
};

const ITEM: Members = members! {
    kind: string, name: string, value: string, sha256: string, mode: string, uid: bigint,
    modified_at_ms: bigint, change: string,
};
