//! The host's own figures: what it is, how busy it is, its disks and its network.

use snapshot::{Count, Disk, Follows, Int, List, Millis, Network, Number, Snapshot, Text};

use super::identity::{Identity, Role};
use super::life::Life;
use super::rhythm::{Kind, Pulse};
use super::table::PIDS;

/// What a sample is about, beyond the host itself.
pub(super) struct Moment<'m> {
    pub(super) life: &'m Life,
    pub(super) seq: i64,
    pub(super) follows: Option<Follows>,
    pub(super) stopping: bool,
    /// Since the sample before, of the same run of the agent.
    pub(super) interval_ms: Option<i64>,
    /// Samples that wait to be sent.
    pub(super) waiting: i64,
}

/// A snapshot whose lists of users, processes, sockets and inventory are empty.
pub(super) fn figures(identity: &Identity, pulse: &Pulse, moment: &Moment<'_>) -> Snapshot<'static> {
    let (life, at_ms) = (moment.life, pulse.at_ms);
    let up_ms = at_ms - life.boot_ms;
    let load = pulse.load(); // thousandths of a busy minute
    let work = |kind| pulse.work(kind) - pulse.rhythm.work(kind, life.boot_ms);
    let spent = |share: i64| {
        let interval_ms = moment.interval_ms?;
        Count::new(interval_ms * identity.cpus * load / 1000 * share / 1000)
    };
    let (user, system, iowait, steal) = (460, 130, 24, 6);
    let idle = moment.interval_ms.and_then(|interval_ms| {
        Count::new(interval_ms * identity.cpus - interval_ms * identity.cpus * load / 1000 * 620 / 1000)
    });
    let waited = |share: i64| moment.interval_ms.and_then(|ms| Count::new(ms * load / 1000 * share / 1000));
    let used = identity.memory_bytes / 100 * (38 + load / 40);
    Snapshot {
        received_at_ms: None,
        source_ip: None,
        principal: None,
        clock_offset_ms: None,
        version: Number::clamp(snapshot::VERSION),
        host_id: identity.host_id.clone(),
        stream: life.stream,
        seq: Number::clamp(moment.seq),
        follows: moment.follows,
        boot_id: Text::cut(life.boot_id.as_str()),
        observed_at_ms: Millis::clamp(at_ms),
        host_name: Some(Text::cut(identity.name.as_str())),
        os_name: Some(Text::cut("Amazon Linux")),
        os_version: Some(Text::cut("2023")),
        kernel: Some(Text::cut("6.12.40-63.114.amzn2023.aarch64")),
        architecture: Some(Text::cut("aarch64")),
        processor: Some(Text::cut("AWS Graviton3 (Neoverse-V1)")),
        cpu_count: Int::new(identity.cpus),
        ip: Some(Text::cut(identity.ip.as_str())),
        addresses: List::cut(vec![Text::cut(identity.ip.as_str())]),
        public_ip: identity.public_ip.as_deref().map(Text::cut),
        account_id: Some(Text::cut(identity.account_id)),
        region: Some(Text::cut("eu-central-1")),
        availability_zone: Some(Text::cut(identity.availability_zone)),
        instance_type: Some(Text::cut(identity.instance_type)),
        ami_id: Some(Text::cut("ami-0c8f2d1e6b7a43950")),
        iam_profile: Some(Text::cut(format!(
            "arn:aws:iam::{}:instance-profile/{}",
            identity.account_id,
            identity.role.as_str()
        ))),
        agent_version: Some(Text::cut("0.1.0")),
        agent_started_at_ms: Millis::new(life.agent_started_ms),
        agent_stopping: moment.stopping.then_some(true),
        collect_off: None,
        unreadable: None,
        uptime_s: Count::new(up_ms / 1000),
        interval_ms: moment.interval_ms.and_then(Count::new),
        cpu_user_ms: spent(user),
        cpu_system_ms: spent(system),
        cpu_iowait_ms: spent(iowait),
        cpu_steal_ms: spent(steal),
        cpu_idle_ms: idle,
        load1: Some((identity.cpus * load * 7 / 100) as f64 / 100.0),
        psi_cpu_some_ms: waited(31),
        psi_io_full_ms: waited(4),
        psi_memory_full_ms: waited(0),
        memory_total_bytes: Count::new(identity.memory_bytes),
        memory_available_bytes: Count::new((identity.memory_bytes - used) / 4096 * 4096),
        swap_total_bytes: Count::new(0),
        swap_used_bytes: Count::new(0),
        threads_unlisted: Int::new(0),
        // Threads count as well as processes: two for each pid's worth.
        forks: Count::new(3_100 + up_ms * PIDS * 2 / 60_000),
        kernel_tainted: Count::new(0),
        agent_cpu_ms: Count::new(
            10 + 11 * (pulse.work(Kind::Steady) - pulse.rhythm.work(Kind::Steady, life.agent_started_ms))
                / 1000,
        ),
        agent_rss_bytes: Count::new(8 << 20),
        spool_snapshots: Count::new(moment.waiting),
        dropped_snapshots: Count::new(0),
        disks: List::cut(disks(identity.role, up_ms, work(Kind::Queues))),
        networks: List::cut(vec![network(identity, work(Kind::Requests))]),
        users: List::default(),
        running_processes: List::default(),
        sockets: List::default(),
        inventory: List::default(),
    }
}

fn disks(role: Role, up_ms: i64, work: i64) -> Vec<Disk<'static>> {
    let disk = |mount_point: &str, device: &str, fs_type: &str, mib: i64, used_percent: i64, written: i64| {
        let total = mib << 20;
        let used = total / 100 * used_percent + up_ms / 60_000 * 4096;
        Disk {
            mount_point: Text::cut(mount_point),
            device: Some(Text::cut(device)),
            fs_type: Some(Text::cut(fs_type)),
            read_only: Some(false),
            total_bytes: Count::new(total),
            free_bytes: Count::new(total - used),
            available_bytes: Count::new(total - used),
            inodes_total: Count::new(mib << 9),
            inodes_free: Count::new((mib << 9) - 61_000),
            read_bytes: Count::new((900 << 20) + written / 3 / 4096 * 4096),
            write_bytes: Count::new(written / 4096 * 4096),
            io_ms: Count::new(4_000 + written / 300_000),
        }
    };
    let mut disks = vec![
        disk("/", "/dev/nvme0n1p1", "xfs", 20_400, 34, work * 2_600),
        disk("/boot/efi", "/dev/nvme0n1p128", "vfat", 100, 13, 0),
    ];
    match role {
        Role::Db => disks.push(disk("/var/lib/pgsql", "/dev/nvme1n1", "xfs", 512_000, 61, work * 71_000)),
        Role::Worker => disks.push(disk("/var/lib/docker", "/dev/nvme1n1", "xfs", 51_200, 22, work * 5_000)),
        Role::Web | Role::Api | Role::Bastion | Role::Batch => {}
    }
    disks
}

fn network(identity: &Identity, work: i64) -> Network<'static> {
    let factor = match identity.role {
        Role::Web | Role::Api => 9_000,
        Role::Db => 5_000,
        Role::Worker | Role::Batch => 2_500,
        Role::Bastion => 300,
    };
    let (received, sent) = (work * factor, work * factor * 3);
    Network {
        interface: Text::cut("ens5"),
        mac: Some(Text::cut(identity.mac.as_str())),
        addresses: List::cut(vec![Text::cut(identity.ip.as_str())]),
        received_bytes: Count::new(310_000 + received),
        received_packets: Count::new(900 + received / 610),
        received_errors: Count::new(0),
        received_drops: Count::new(received / 4_000_000_000),
        sent_bytes: Count::new(120_000 + sent),
        sent_packets: Count::new(700 + sent / 980),
        sent_errors: Count::new(0),
        sent_drops: Count::new(0),
    }
}
