WITH compared AS (
  SELECT
    dt, host_id, host_name, boot_id, stream, seq, observed_at_ms, agent_started_at_ms, agent_stopping,
    dropped_snapshots,
    CASE
      WHEN lag(boot_id) OVER {stream} = boot_id AND lag(seq) OVER {stream} + 1 = seq AND coalesce(
        agent_started_at_ms = lag(agent_started_at_ms) IGNORE NULLS OVER {stream},
        agent_started_at_ms IS NULL
      ) THEN 0
      ELSE 1
    END AS begins
  FROM {open}
), numbered AS (
  SELECT *, sum(begins) OVER {stream} AS number
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
  {first_ts} AS first_ts,
  {last_ts} AS last_ts,
  last_seq - first_seq + 1 AS samples, dropped,
  {agent_started_at} AS agent_started_at,
  -- It crashed when it never said that it stops, and an agent that was started later began after its last sample.
  CASE
    WHEN stopping THEN 'stopped'
    WHEN started_ms IS NOT NULL AND first_ms = max(first_ms) OVER {agent} AND max(first_ms) OVER {later} >= last_ms
      THEN 'crashed'
    ELSE 'running'
  END AS ended_by
FROM intervals
