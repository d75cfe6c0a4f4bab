-- silent-hosts: Which hosts fell silent, and why?
--
-- Each gap between a host's samples, and each host that was not heard of again although others were. What follows says
-- why: another boot (the host was down), another stream (the agent's spool was wiped, its numbers begin anew), the next
-- number by another agent (the agent was down) or by the same one (the agent stood still: somebody stopped it and let
-- it go on, the machine was suspended, or its clock was put forward), a later number (samples were taken and did not
-- arrive). A host that fell silent before the first day is not among them. Samples are sent every 15 minutes: what has
-- not come for 20 counts as not heard of.
--
-- | parameter | form    | if left out       | stands below as      | meaning |
-- | from      | day     | the day before to | BETWEEN '2026-11-19' | the first day |
-- | to        | day     | today             | AND '2026-11-19'     | the last day |
-- | minutes   | minutes | 5                 | INTERVAL '5' MINUTE  | how long is silent |
--
-- Scans: the days of coverage, the smallest table, and six columns of hosts: where an agent stood still, no number is
-- missing.
--
-- Example:
--   --from 2026-11-19 --to 2026-11-19 finds (one of 6 rows)
--   host_name        web-019
--   why              agent stood still
--   silent_from      2026-11-19 23:49:33
--   silent_until     2026-11-19 23:56:51
--   ended_by         running
--   samples_missing  0
SELECT host_name,
       CASE WHEN next_ts IS NULL THEN 'not heard of again'
            WHEN next_boot_id <> boot_id THEN 'host was down'
            WHEN next_stream <> stream THEN 'spool was wiped'
            WHEN next_seq = last_seq + 1 THEN 'agent was down'
            ELSE 'samples are missing' END AS why,
       heard_until AS silent_from, next_ts AS silent_until, ended_by,
       CASE WHEN next_stream = stream THEN next_seq - last_seq - 1 END AS samples_missing
FROM (
  SELECT host_id, host_name, boot_id, stream, last_seq, agent_started_at, ended_by,
         max(last_ts) OVER (PARTITION BY host_id ORDER BY first_ts, last_ts ROWS UNBOUNDED PRECEDING) AS heard_until,
         lead(first_ts) OVER (PARTITION BY host_id ORDER BY first_ts, last_ts) AS next_ts,
         lead(boot_id) OVER (PARTITION BY host_id ORDER BY first_ts, last_ts) AS next_boot_id,
         lead(stream) OVER (PARTITION BY host_id ORDER BY first_ts, last_ts) AS next_stream,
         lead(first_seq) OVER (PARTITION BY host_id ORDER BY first_ts, last_ts) AS next_seq,
         lead(agent_started_at) OVER (PARTITION BY host_id ORDER BY first_ts, last_ts) AS next_started_at
  FROM coverage
  WHERE dt BETWEEN '2026-11-19' AND '2026-11-19'
) intervals
CROSS JOIN (
  SELECT least(max(last_ts), date_trunc('day', max(day_of)) + INTERVAL '1' DAY,
               CAST(now() AS timestamp(3)) - INTERVAL '20' MINUTE) AS fleet_ts
  FROM (
    SELECT last_ts, CAST(dt AS date) AS day_of
    FROM coverage
    WHERE dt BETWEEN '2026-11-19' AND '2026-11-19'
  ) days
) fleet
WHERE coalesce(next_ts, fleet_ts) > heard_until + INTERVAL '5' MINUTE
  -- Intervals end with their day also where the same agent goes on: what it missed then is below.
  AND NOT coalesce(next_stream = stream AND next_seq = last_seq + 1 AND next_started_at = agent_started_at, false)
UNION ALL
SELECT host_name, 'agent stood still' AS why, ts_before AS silent_from, ts AS silent_until, 'running' AS ended_by,
       0 AS samples_missing
FROM (
  SELECT host_name, ts, seq, agent_started_at,
         lag(ts) OVER (PARTITION BY host_id, stream ORDER BY seq) AS ts_before,
         lag(seq) OVER (PARTITION BY host_id, stream ORDER BY seq) AS seq_before,
         lag(agent_started_at) OVER (PARTITION BY host_id, stream ORDER BY seq) AS started_at_before
  FROM hosts
  WHERE dt BETWEEN '2026-11-19' AND '2026-11-19'
) samples
WHERE seq = seq_before + 1 AND agent_started_at = started_at_before AND ts > ts_before + INTERVAL '5' MINUTE
ORDER BY silent_from, host_name, why
