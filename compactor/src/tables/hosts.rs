//! `hosts`: one row a snapshot.

use snapshot::Snapshot;

use super::table;

table! {
    Hosts "one row a snapshot: the host itself"
    sorted by ["ts", "stream", "seq"]
    for (s: &Snapshot<'_>)
    {
        ts timestamp "the instant of sampling" = Some(s.observed_at_ms);
        boot_id string "the kernel's boot id" = Some(&s.boot_id);
        stream string "the stream that numbers the host's snapshots, 16 hexadecimal digits" = Some(&s.stream.to_string());
        seq bigint "the snapshot's number in its stream" = Some(s.seq);
        received_at timestamp "when ingest had it" = s.received_at_ms;
        source_ip string "the sender's address as the gateway saw it" = s.source_ip.as_deref();
        clock_offset_ms bigint "arrival minus the agent's clock when it sent, milliseconds; positive when the host's clock is behind" = s.clock_offset_ms;
        os_name string "operating system" = s.os_name.as_deref();
        os_version string "its version" = s.os_version.as_deref();
        kernel string "kernel release" = s.kernel.as_deref();
        architecture string "as uname -m says it: x86_64, aarch64" = s.architecture.as_deref();
        processor string "processor model" = s.processor.as_deref();
        cpu_count int "logical processors" = s.cpu_count;
        ip string "the address of the default route" = s.ip.as_deref();
        addresses string "every address, each between blanks, so that LIKE '% 10.0.0.7 %' finds one" = spaced(&s.addresses).as_deref();
        public_ip string "public address" = s.public_ip.as_deref();
        account_id string "AWS account" = s.account_id.as_deref();
        region string "AWS Region" = s.region.as_deref();
        availability_zone string "availability zone" = s.availability_zone.as_deref();
        instance_type string "instance type" = s.instance_type.as_deref();
        ami_id string "image" = s.ami_id.as_deref();
        iam_profile string "instance profile" = s.iam_profile.as_deref();
        uptime_s bigint "seconds since boot" = s.uptime_s;
        agent_version string "the agent's version" = s.agent_version.as_deref();
        agent_started_at timestamp "when the agent was started" = s.agent_started_at_ms;
        interval_ms bigint "milliseconds since the sample before" = s.interval_ms;
        cpu_user_ms bigint "processor time in user mode since the sample before, milliseconds over all processors" = s.cpu_user_ms;
        cpu_system_ms bigint "likewise in the kernel" = s.cpu_system_ms;
        cpu_iowait_ms bigint "likewise idle with a disk outstanding" = s.cpu_iowait_ms;
        cpu_steal_ms bigint "likewise taken by the hypervisor" = s.cpu_steal_ms;
        cpu_idle_ms bigint "likewise idle" = s.cpu_idle_ms;
        load1 double "one-minute load average" = s.load1;
        psi_cpu_some_ms bigint "time in which some task waited for a processor, since the sample before" = s.psi_cpu_some_ms;
        psi_io_full_ms bigint "time in which every task waited for a disk, since the sample before" = s.psi_io_full_ms;
        psi_memory_full_ms bigint "time in which every task waited for memory, since the sample before" = s.psi_memory_full_ms;
        memory_total_bytes bigint "memory" = s.memory_total_bytes;
        memory_available_bytes bigint "memory that can be had without swapping" = s.memory_available_bytes;
        swap_total_bytes bigint "swap space" = s.swap_total_bytes;
        swap_used_bytes bigint "swap space in use" = s.swap_used_bytes;
        processes int "processes in the snapshot" = i64::try_from(s.running_processes.len()).ok();
        threads_unlisted int "threads that the kernel counts and no listing showed" = s.threads_unlisted;
        forks bigint "processes and threads started since boot" = s.forks;
        kernel_tainted bigint "the kernel's taint bits" = s.kernel_tainted;
        agent_cpu_ms bigint "the agent's own processor time since it started" = s.agent_cpu_ms;
        agent_rss_bytes bigint "the agent's own resident memory" = s.agent_rss_bytes;
        spool_snapshots bigint "snapshots waiting to be sent" = s.spool_snapshots;
        dropped_snapshots bigint "snapshots that this stream had to drop since it began" = s.dropped_snapshots;
        unreadable string "what could not be read, cause=count" = s.unreadable.as_deref();
        collect_off string "what the owner switched off" = s.collect_off.as_deref();
    }
}

/// ` a b `: a list of words in which each stands between blanks. None for an empty list.
pub(crate) fn spaced(words: &[snapshot::Text<'_, 64>]) -> Option<String> {
    (!words.is_empty()).then(|| words.iter().fold(String::from(" "), |list, word| list + word + " "))
}
