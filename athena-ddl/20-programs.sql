-- programs: one row a commit, host, executable, digest and user; its view adds the commits of a day up
CREATE OR REPLACE VIEW programs AS
SELECT host_id, host_name, commit_id, exe, exe_sha256, user_name, exe_memfd, exe_mode, exe_uid, exe_size_bytes, exe_mtime, exe_ctime, first_seen, last_seen, runs, samples, dt
FROM (
  SELECT
    dt,
    host_id,
    host_name,
    dt || '.' || CAST(max(CAST(substr(commit_id, 12) AS integer)) AS varchar) AS commit_id,
    exe,
    exe_sha256,
    user_name,
    min_by(exe_memfd, first_seen) AS exe_memfd,
    min_by(exe_mode, first_seen) AS exe_mode,
    min_by(exe_uid, first_seen) AS exe_uid,
    min_by(exe_size_bytes, first_seen) AS exe_size_bytes,
    min_by(exe_mtime, first_seen) AS exe_mtime,
    min_by(exe_ctime, first_seen) AS exe_ctime,
    min(first_seen) AS first_seen,
    max(last_seen) AS last_seen,
    CAST(CASE WHEN sum(CAST(runs AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(runs AS decimal(38, 0))) END AS bigint) AS runs,
    CAST(CASE WHEN sum(CAST(samples AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(samples AS decimal(38, 0))) END AS bigint) AS samples
  FROM lake_programs
  WHERE commit_id IN (SELECT commit_id FROM commits WHERE committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000)
  GROUP BY dt, host_id, host_name, exe, exe_sha256, user_name
)
UNION ALL
SELECT host_id, host_name, commit_id, exe, exe_sha256, user_name, exe_memfd, exe_mode, exe_uid, exe_size_bytes, exe_mtime, exe_ctime, first_seen, last_seen, runs, samples, dt
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
    CAST(from_unixtime(min_by(exe_mtime_ms, ROW(stream, seq)) / 1e3, 'UTC') AS timestamp(3)) AS exe_mtime,
    CAST(from_unixtime(min_by(exe_ctime_ms, ROW(stream, seq)) / 1e3, 'UTC') AS timestamp(3)) AS exe_ctime,
    CAST(from_unixtime(min(observed_at_ms) / 1e3, 'UTC') AS timestamp(3)) AS first_seen,
    CAST(from_unixtime(max(observed_at_ms) / 1e3, 'UTC') AS timestamp(3)) AS last_seen,
    count(CASE WHEN sighting = 1 AND coalesce(start_time_ms >= new_since_ms, TRUE) THEN 1 END) AS runs,
    count(*) AS samples
  FROM sighted
  GROUP BY dt, host_id, host_name, exe, exe_sha256, user_name
  )
);
