-- process_runs: one row a commit, process, image and credentials: an exec, or a user id that changes in place, starts a new row
CREATE OR REPLACE VIEW process_runs AS
SELECT host_id, host_name, commit_id, boot_id, pid, ppid, start_time, parent_start_time, name, exe, exe_deleted, exe_memfd, exe_sha256, cmdline, cwd, user_name, uid, euid, loginuid, session_id, tty, unit, container_id, host_namespaces, capabilities, parent_name, parent_exe, ancestry, first_seen, last_seen, samples, cpu_ms, read_bytes, write_bytes, child_faults, rss_bytes_max, dt
FROM (
  SELECT
    dt,
    host_id,
    host_name,
    dt || '.' || CAST(max(CAST(substr(commit_id, 12) AS integer)) AS varchar) AS commit_id,
    boot_id,
    pid,
    min_by(ppid, first_seen) AS ppid,
    start_time,
    min_by(parent_start_time, first_seen) AS parent_start_time,
    min_by(name, first_seen) AS name,
    exe,
    bool_or(exe_deleted) AS exe_deleted,
    exe_memfd,
    min_by(exe_sha256, first_seen) FILTER (WHERE exe_sha256 IS NOT NULL) AS exe_sha256,
    min_by(cmdline, first_seen) AS cmdline,
    min_by(cwd, first_seen) AS cwd,
    min_by(user_name, first_seen) AS user_name,
    uid,
    euid,
    min_by(loginuid, first_seen) AS loginuid,
    min_by(session_id, first_seen) AS session_id,
    min_by(tty, first_seen) AS tty,
    min_by(unit, first_seen) AS unit,
    min_by(container_id, first_seen) AS container_id,
    min_by(host_namespaces, first_seen) AS host_namespaces,
    min_by(capabilities, first_seen) AS capabilities,
    min_by(parent_name, first_seen) AS parent_name,
    min_by(parent_exe, first_seen) AS parent_exe,
    min_by(ancestry, first_seen) AS ancestry,
    min(first_seen) AS first_seen,
    max(last_seen) AS last_seen,
    CAST(CASE WHEN sum(CAST(samples AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(samples AS decimal(38, 0))) END AS bigint) AS samples,
    CAST(CASE WHEN sum(CAST(cpu_ms AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(cpu_ms AS decimal(38, 0))) END AS bigint) AS cpu_ms,
    CAST(CASE WHEN sum(CAST(read_bytes AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(read_bytes AS decimal(38, 0))) END AS bigint) AS read_bytes,
    CAST(CASE WHEN sum(CAST(write_bytes AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(write_bytes AS decimal(38, 0))) END AS bigint) AS write_bytes,
    CAST(CASE WHEN sum(CAST(child_faults AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(child_faults AS decimal(38, 0))) END AS bigint) AS child_faults,
    max(rss_bytes_max) AS rss_bytes_max
  FROM lake_process_runs
  WHERE commit_id IN (SELECT commit_id FROM commits WHERE committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000)
  GROUP BY dt, host_id, host_name, boot_id, pid, start_time, exe, exe_memfd, uid, euid
)
UNION ALL
SELECT host_id, host_name, commit_id, boot_id, pid, ppid, start_time, parent_start_time, name, exe, exe_deleted, exe_memfd, exe_sha256, cmdline, cwd, user_name, uid, euid, loginuid, session_id, tty, unit, container_id, host_namespaces, capabilities, parent_name, parent_exe, ancestry, first_seen, last_seen, samples, cpu_ms, read_bytes, write_bytes, child_faults, rss_bytes_max, dt
FROM (
  SELECT *, CAST(NULL AS varchar) AS commit_id
  FROM (
  WITH seen AS (
    SELECT
      dt, host_id, host_name, boot_id, stream, seq, observed_at_ms, p.*,
      -- Streams come one after the other; a host's streams are put in the order of time by their beginnings.
      min(observed_at_ms) OVER (PARTITION BY dt, host_id, host_name, stream) AS stream_began_ms,
      -- A process that shows up for the first time is new when it was started after this: within a stream always, in a
      -- stream's first snapshot when it was started after the sample before, or in this day where that is unknown.
      CASE
        WHEN seq > min(seq) OVER (PARTITION BY dt, host_id, host_name, stream) THEN 0
        WHEN interval_ms IS NOT NULL THEN observed_at_ms - interval_ms
        ELSE date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00.000', CAST(CAST(dt AS date) AS timestamp(3)))
      END AS new_since_ms
    FROM (
      SELECT *
      FROM raw_open AS r
      WHERE host_id IS NOT NULL AND NOT EXISTS (
        SELECT 1
        FROM commits AS c
        WHERE c.commit_id = r.dt || '.0' AND c.committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000
      )
    )
    LEFT JOIN UNNEST(running_processes) AS p ON TRUE
  ), lived AS (
    SELECT
      *,
      row_number() OVER (PARTITION BY dt, host_id, host_name, boot_id, pid, start_time_ms ORDER BY stream_began_ms, stream, seq) AS sample,
      first_value(coalesce(start_time_ms >= new_since_ms, FALSE)) OVER (PARTITION BY dt, host_id, host_name, boot_id, pid, start_time_ms ORDER BY stream_began_ms, stream, seq) AS started_here,
      lag(cpu_ms) IGNORE NULLS OVER (PARTITION BY dt, host_id, host_name, boot_id, pid, start_time_ms ORDER BY stream_began_ms, stream, seq) AS cpu_ms_before,
      lag(read_bytes) IGNORE NULLS OVER (PARTITION BY dt, host_id, host_name, boot_id, pid, start_time_ms ORDER BY stream_began_ms, stream, seq) AS read_bytes_before,
      lag(write_bytes) IGNORE NULLS OVER (PARTITION BY dt, host_id, host_name, boot_id, pid, start_time_ms ORDER BY stream_began_ms, stream, seq) AS write_bytes_before,
      lag(child_faults) IGNORE NULLS OVER (PARTITION BY dt, host_id, host_name, boot_id, pid, start_time_ms ORDER BY stream_began_ms, stream, seq) AS child_faults_before
    FROM seen
    WHERE pid IS NOT NULL
  ), risen AS (
    -- What a process used before the first sample of it here belongs to an earlier row, unless it was started here.
    SELECT
      *,
      CASE WHEN sample = 1 AND NOT started_here THEN cpu_ms - cpu_ms ELSE greatest(cpu_ms - coalesce(cpu_ms_before, CASE WHEN started_here THEN 0 END), 0) END AS cpu_ms_rise,
      CASE WHEN sample = 1 AND NOT started_here THEN read_bytes - read_bytes ELSE greatest(read_bytes - coalesce(read_bytes_before, CASE WHEN started_here THEN 0 END), 0) END AS read_bytes_rise,
      CASE WHEN sample = 1 AND NOT started_here THEN write_bytes - write_bytes ELSE greatest(write_bytes - coalesce(write_bytes_before, CASE WHEN started_here THEN 0 END), 0) END AS write_bytes_rise,
      CASE WHEN sample = 1 AND NOT started_here THEN child_faults - child_faults ELSE greatest(child_faults - coalesce(child_faults_before, CASE WHEN started_here THEN 0 END), 0) END AS child_faults_rise
    FROM lived
  )
  SELECT
    dt, host_id, host_name, boot_id, pid, min_by(ppid, observed_at_ms) AS ppid,
    CAST(from_unixtime(start_time_ms / 1e3, 'UTC') AS timestamp(3)) AS start_time,
    CAST(from_unixtime(min_by(parent_start_time_ms, observed_at_ms) / 1e3, 'UTC') AS timestamp(3)) AS parent_start_time,
    min_by(name, observed_at_ms) AS name, exe, bool_or(exe_deleted) AS exe_deleted, exe_memfd,
    min_by(exe_sha256, observed_at_ms) FILTER (WHERE exe_sha256 IS NOT NULL) AS exe_sha256,
    min_by(cmdline, observed_at_ms) AS cmdline, min_by(cwd, observed_at_ms) AS cwd,
    min_by(user_name, observed_at_ms) AS user_name, uid, euid, min_by(loginuid, observed_at_ms) AS loginuid,
    min_by(session_id, observed_at_ms) AS session_id, min_by(tty, observed_at_ms) AS tty,
    min_by(unit, observed_at_ms) AS unit, min_by(container_id, observed_at_ms) AS container_id,
    min_by(host_namespaces, observed_at_ms) AS host_namespaces,
    min_by(capabilities, observed_at_ms) AS capabilities,
    min_by(parent_name, observed_at_ms) AS parent_name, min_by(parent_exe, observed_at_ms) AS parent_exe,
    min_by(ancestry, observed_at_ms) AS ancestry,
    CAST(from_unixtime(min(observed_at_ms) / 1e3, 'UTC') AS timestamp(3)) AS first_seen,
    CAST(from_unixtime(max(observed_at_ms) / 1e3, 'UTC') AS timestamp(3)) AS last_seen,
    count(*) AS samples,
    CAST(CASE WHEN sum(CAST(cpu_ms_rise AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(cpu_ms_rise AS decimal(38, 0))) END AS bigint) AS cpu_ms,
    CAST(CASE WHEN sum(CAST(read_bytes_rise AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(read_bytes_rise AS decimal(38, 0))) END AS bigint) AS read_bytes,
    CAST(CASE WHEN sum(CAST(write_bytes_rise AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(write_bytes_rise AS decimal(38, 0))) END AS bigint) AS write_bytes,
    CAST(CASE WHEN sum(CAST(child_faults_rise AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(child_faults_rise AS decimal(38, 0))) END AS bigint) AS child_faults,
    max(rss_bytes) AS rss_bytes_max
  FROM risen
  GROUP BY dt, host_id, host_name, boot_id, pid, start_time_ms, exe, exe_memfd, uid, euid
  )
);
