-- coverage: one row a stream, boot and unbroken interval of sequence numbers
CREATE OR REPLACE VIEW coverage AS
SELECT host_id, host_name, commit_id, stream, boot_id, first_seq, last_seq, first_ts, last_ts, samples, dropped, agent_started_at, ended_by, dt
FROM lake_coverage
  WHERE commit_id IN (SELECT commit_id FROM commits WHERE committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000)
UNION ALL
SELECT host_id, host_name, commit_id, stream, boot_id, first_seq, last_seq, first_ts, last_ts, samples, dropped, agent_started_at, ended_by, dt
FROM (
  SELECT *, CAST(NULL AS varchar) AS commit_id
  FROM (
  WITH compared AS (
    SELECT
      dt, host_id, host_name, boot_id, stream, seq, observed_at_ms, agent_started_at_ms, agent_stopping,
      dropped_snapshots,
      CASE
        WHEN lag(boot_id) OVER (PARTITION BY dt, host_id, host_name, stream ORDER BY seq) = boot_id AND lag(seq) OVER (PARTITION BY dt, host_id, host_name, stream ORDER BY seq) + 1 = seq AND coalesce(
          agent_started_at_ms = lag(agent_started_at_ms) IGNORE NULLS OVER (PARTITION BY dt, host_id, host_name, stream ORDER BY seq),
          agent_started_at_ms IS NULL
        ) THEN 0
        ELSE 1
      END AS begins
    FROM (
      SELECT *
      FROM raw_open AS r
      WHERE host_id IS NOT NULL AND NOT EXISTS (
        SELECT 1
        FROM commits AS c
        WHERE c.commit_id = r.dt || '.0' AND c.committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000
      )
    )
  ), numbered AS (
    SELECT *, sum(begins) OVER (PARTITION BY dt, host_id, host_name, stream ORDER BY seq) AS number
    FROM compared
  ), intervals AS (
    SELECT
      dt, host_id, host_name, stream, boot_id, min(seq) AS first_seq, max(seq) AS last_seq,
      min_by(observed_at_ms, seq) AS first_ms, max_by(observed_at_ms, seq) AS last_ms,
      max_by(dropped_snapshots, seq) FILTER (WHERE dropped_snapshots IS NOT NULL) AS dropped,
      min_by(agent_started_at_ms, seq) AS started_ms,
      coalesce(max_by(agent_stopping, seq), FALSE) AS stopping
    FROM numbered
    GROUP BY dt, host_id, host_name, stream, boot_id, number
  )
  SELECT
    dt, host_id, host_name, stream, boot_id, first_seq, last_seq,
    CAST(from_unixtime(first_ms / 1e3, 'UTC') AS timestamp(3)) AS first_ts,
    CAST(from_unixtime(last_ms / 1e3, 'UTC') AS timestamp(3)) AS last_ts,
    last_seq - first_seq + 1 AS samples, dropped,
    CAST(from_unixtime(started_ms / 1e3, 'UTC') AS timestamp(3)) AS agent_started_at,
    -- It crashed when it never said that it stops, and an agent that was started later began after its last sample.
    CASE
      WHEN stopping THEN 'stopped'
      WHEN started_ms IS NOT NULL AND first_ms = max(first_ms) OVER (PARTITION BY dt, host_id, host_name, started_ms) AND max(first_ms) OVER (PARTITION BY dt, host_id, host_name ORDER BY coalesce(started_ms, 0) RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) >= last_ms
        THEN 'crashed'
      ELSE 'running'
    END AS ended_by
  FROM intervals
  )
);
