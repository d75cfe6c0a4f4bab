-- processes: one row a process and snapshot
CREATE OR REPLACE VIEW processes AS
SELECT host_id, host_name, commit_id, ts, boot_id, pid, ppid, threads, nice, start_time, name, exe, exe_deleted, exe_memfd, exe_sha256, cmdline, cwd, user_name, uid, euid, gid, loginuid, session_id, tty, state, cpu_ms, read_bytes, write_bytes, child_faults, rss_bytes, virtual_bytes, unit, container_id, host_namespaces, capabilities, dt
FROM lake_processes
  WHERE commit_id IN (SELECT commit_id FROM commits WHERE committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000)
UNION ALL
SELECT host_id, host_name, commit_id, ts, boot_id, pid, ppid, threads, nice, start_time, name, exe, exe_deleted, exe_memfd, exe_sha256, cmdline, cwd, user_name, uid, euid, gid, loginuid, session_id, tty, state, cpu_ms, read_bytes, write_bytes, child_faults, rss_bytes, virtual_bytes, unit, container_id, host_namespaces, capabilities, dt
FROM (
  SELECT
    s.dt,
    s.host_id AS host_id,
    s.host_name AS host_name,
    CAST(NULL AS varchar) AS commit_id,
    CAST(from_unixtime(s.observed_at_ms / 1e3, 'UTC') AS timestamp(3)) AS ts,
    s.boot_id AS boot_id,
    i."pid" AS pid,
    i."ppid" AS ppid,
    i."threads" AS threads,
    i."nice" AS nice,
    CAST(from_unixtime(i."start_time_ms" / 1e3, 'UTC') AS timestamp(3)) AS start_time,
    i."name" AS name,
    i."exe" AS exe,
    i."exe_deleted" AS exe_deleted,
    i."exe_memfd" AS exe_memfd,
    i."exe_sha256" AS exe_sha256,
    i."cmdline" AS cmdline,
    i."cwd" AS cwd,
    i."user_name" AS user_name,
    i."uid" AS uid,
    i."euid" AS euid,
    i."gid" AS gid,
    i."loginuid" AS loginuid,
    i."session_id" AS session_id,
    i."tty" AS tty,
    i."state" AS state,
    i."cpu_ms" AS cpu_ms,
    i."read_bytes" AS read_bytes,
    i."write_bytes" AS write_bytes,
    i."child_faults" AS child_faults,
    i."rss_bytes" AS rss_bytes,
    i."virtual_bytes" AS virtual_bytes,
    i."unit" AS unit,
    i."container_id" AS container_id,
    i."host_namespaces" AS host_namespaces,
    i."capabilities" AS capabilities
  FROM (
    SELECT *
    FROM raw_open AS r
    WHERE host_id IS NOT NULL AND NOT EXISTS (
      SELECT 1
      FROM commits AS c
      WHERE c.commit_id = r.dt || '.0' AND c.committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000
    )
  ) AS s
  CROSS JOIN UNNEST(s.running_processes) AS i
);
