WITH seen AS (
{processes_seen}
), sighted AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY dt, host_id, host_name, boot_id, pid, start_time_ms ORDER BY stream, seq
    ) AS sighting
  FROM seen
  WHERE exe IS NOT NULL
)
SELECT
  dt, host_id, host_name, exe, exe_sha256, user_name,
  min_by(exe_memfd, ROW(stream, seq)) AS exe_memfd, min_by(exe_mode, ROW(stream, seq)) AS exe_mode,
  min_by(exe_uid, ROW(stream, seq)) AS exe_uid, min_by(exe_size_bytes, ROW(stream, seq)) AS exe_size_bytes,
  {exe_mtime} AS exe_mtime,
  {exe_ctime} AS exe_ctime,
  {first_seen} AS first_seen,
  {last_seen} AS last_seen,
  count(CASE WHEN sighting = 1 AND coalesce(start_time_ms >= new_since_ms, TRUE) THEN 1 END) AS runs,
  count(*) AS samples
FROM sighted
GROUP BY dt, host_id, host_name, exe, exe_sha256, user_name
