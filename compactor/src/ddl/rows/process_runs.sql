WITH seen AS (
{processes_seen}
), lived AS (
  SELECT
    *,
    row_number() OVER {life} AS sample,
    first_value(coalesce(start_time_ms >= new_since_ms, FALSE)) OVER {life} AS started_here,
    lag(cpu_ms) IGNORE NULLS OVER {life} AS cpu_ms_before,
    lag(read_bytes) IGNORE NULLS OVER {life} AS read_bytes_before,
    lag(write_bytes) IGNORE NULLS OVER {life} AS write_bytes_before,
    lag(child_faults) IGNORE NULLS OVER {life} AS child_faults_before
  FROM seen
  WHERE pid IS NOT NULL
), risen AS (
  -- What a process used before the first sample of it here belongs to an earlier row, unless it was started here.
  SELECT
    *,
    {cpu_ms_rise} AS cpu_ms_rise,
    {read_bytes_rise} AS read_bytes_rise,
    {write_bytes_rise} AS write_bytes_rise,
    {child_faults_rise} AS child_faults_rise
  FROM lived
)
SELECT
  dt, host_id, host_name, boot_id, pid, min_by(ppid, observed_at_ms) AS ppid,
  {start_time_ms} AS start_time,
  {parent_start_time_ms} AS parent_start_time,
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
  {first_seen} AS first_seen,
  {last_seen} AS last_seen,
  count(*) AS samples,
  {cpu_ms} AS cpu_ms,
  {read_bytes} AS read_bytes,
  {write_bytes} AS write_bytes,
  {child_faults} AS child_faults,
  max(rss_bytes) AS rss_bytes_max
FROM risen
GROUP BY dt, host_id, host_name, boot_id, pid, start_time_ms, exe, exe_memfd, uid, euid
