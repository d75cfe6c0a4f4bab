-- hosts: one row a snapshot: the host itself
CREATE OR REPLACE VIEW hosts AS
SELECT host_id, host_name, commit_id, ts, boot_id, stream, seq, received_at, source_ip, clock_offset_ms, os_name, os_version, kernel, architecture, processor, cpu_count, ip, addresses, public_ip, account_id, region, availability_zone, instance_type, ami_id, iam_profile, uptime_s, agent_version, agent_started_at, interval_ms, cpu_user_ms, cpu_system_ms, cpu_iowait_ms, cpu_steal_ms, cpu_idle_ms, load1, psi_cpu_some_ms, psi_io_full_ms, psi_memory_full_ms, memory_total_bytes, memory_available_bytes, swap_total_bytes, swap_used_bytes, processes, threads_unlisted, forks, kernel_tainted, agent_cpu_ms, agent_rss_bytes, spool_snapshots, dropped_snapshots, unreadable, collect_off, dt
FROM lake_hosts
  WHERE commit_id IN (SELECT commit_id FROM commits WHERE committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000)
UNION ALL
SELECT host_id, host_name, commit_id, ts, boot_id, stream, seq, received_at, source_ip, clock_offset_ms, os_name, os_version, kernel, architecture, processor, cpu_count, ip, addresses, public_ip, account_id, region, availability_zone, instance_type, ami_id, iam_profile, uptime_s, agent_version, agent_started_at, interval_ms, cpu_user_ms, cpu_system_ms, cpu_iowait_ms, cpu_steal_ms, cpu_idle_ms, load1, psi_cpu_some_ms, psi_io_full_ms, psi_memory_full_ms, memory_total_bytes, memory_available_bytes, swap_total_bytes, swap_used_bytes, processes, threads_unlisted, forks, kernel_tainted, agent_cpu_ms, agent_rss_bytes, spool_snapshots, dropped_snapshots, unreadable, collect_off, dt
FROM (
  SELECT
    s.dt,
    s.host_id AS host_id,
    s.host_name AS host_name,
    CAST(NULL AS varchar) AS commit_id,
    CAST(from_unixtime(s.observed_at_ms / 1e3, 'UTC') AS timestamp(3)) AS ts,
    s.boot_id AS boot_id,
    s.stream AS stream,
    s.seq AS seq,
    CAST(from_unixtime(s.received_at_ms / 1e3, 'UTC') AS timestamp(3)) AS received_at,
    s.source_ip AS source_ip,
    s.clock_offset_ms AS clock_offset_ms,
    s.os_name AS os_name,
    s.os_version AS os_version,
    s.kernel AS kernel,
    s.architecture AS architecture,
    s.processor AS processor,
    s.cpu_count AS cpu_count,
    s.ip AS ip,
    CASE WHEN cardinality(s.addresses) > 0 THEN ' ' || array_join(s.addresses, ' ') || ' ' END AS addresses,
    s.public_ip AS public_ip,
    s.account_id AS account_id,
    s.region AS region,
    s.availability_zone AS availability_zone,
    s.instance_type AS instance_type,
    s.ami_id AS ami_id,
    s.iam_profile AS iam_profile,
    s.uptime_s AS uptime_s,
    s.agent_version AS agent_version,
    CAST(from_unixtime(s.agent_started_at_ms / 1e3, 'UTC') AS timestamp(3)) AS agent_started_at,
    s.interval_ms AS interval_ms,
    s.cpu_user_ms AS cpu_user_ms,
    s.cpu_system_ms AS cpu_system_ms,
    s.cpu_iowait_ms AS cpu_iowait_ms,
    s.cpu_steal_ms AS cpu_steal_ms,
    s.cpu_idle_ms AS cpu_idle_ms,
    s.load1 AS load1,
    s.psi_cpu_some_ms AS psi_cpu_some_ms,
    s.psi_io_full_ms AS psi_io_full_ms,
    s.psi_memory_full_ms AS psi_memory_full_ms,
    s.memory_total_bytes AS memory_total_bytes,
    s.memory_available_bytes AS memory_available_bytes,
    s.swap_total_bytes AS swap_total_bytes,
    s.swap_used_bytes AS swap_used_bytes,
    CAST(coalesce(cardinality(s.running_processes), 0) AS integer) AS processes,
    s.threads_unlisted AS threads_unlisted,
    s.forks AS forks,
    s.kernel_tainted AS kernel_tainted,
    s.agent_cpu_ms AS agent_cpu_ms,
    s.agent_rss_bytes AS agent_rss_bytes,
    s.spool_snapshots AS spool_snapshots,
    s.dropped_snapshots AS dropped_snapshots,
    s.unreadable AS unreadable,
    s.collect_off AS collect_off
  FROM (
    SELECT *
    FROM raw_open AS r
    WHERE host_id IS NOT NULL AND NOT EXISTS (
      SELECT 1
      FROM commits AS c
      WHERE c.commit_id = r.dt || '.0' AND c.committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000
    )
  ) AS s
);
