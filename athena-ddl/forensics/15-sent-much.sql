-- sent-much: Who sent more than so many bytes, and where?
--
-- Connections that went out, added up over the days. `sent_before_bytes` is what the same program of the same host sent to
-- the same address in the 7 days before: a nightly backup has a past, and what has none comes first.
--
-- | parameter | form               | if left out       | stands below as                       | meaning |
-- | from      | day                | the day before to | BETWEEN '2026-11-19'                  | the first day |
-- | to        | day                | today             | AND '2026-11-20'                      | the last day |
-- | bytes     | number             | 1000000000        | > 1000000000                          | how much is much |
-- |           | 7 days before from |                   | BETWEEN '2026-11-12' AND '2026-11-18' | the past |
--
-- Scans: the days of socket_runs, and the 7 before.
--
-- Example:
--   --to 2026-11-20 finds (one of 2 rows)
--   host_name          db-004
--   user_name          root
--   exe                /usr/bin/rclone
--   protocol           tcp
--   remote_address     198.51.100.200
--   remote_port        443
--   first_seen         2026-11-19 23:55:53
--   last_seen          2026-11-20 00:04:18
--   sent_bytes         4500000000
--   received_bytes     1000
--   sent_before_bytes  0
SELECT sent.host_name, sent.user_name, sent.exe, sent.protocol, sent.remote_address, sent.remote_port, sent.first_seen,
       sent.last_seen, sent.sent_bytes, sent.received_bytes, coalesce(past.sent_bytes, 0) AS sent_before_bytes
FROM (
  SELECT host_id, max(host_name) AS host_name, user_name, exe, protocol, remote_address, remote_port,
         min(first_seen) AS first_seen, max(last_seen) AS last_seen, sum(sent_bytes) AS sent_bytes,
         sum(received_bytes) AS received_bytes
  FROM socket_runs
  WHERE dt BETWEEN '2026-11-19' AND '2026-11-20' AND direction = 'out'
  GROUP BY host_id, user_name, exe, protocol, remote_address, remote_port
  HAVING sum(sent_bytes) > 1000000000
) sent
LEFT JOIN (
  SELECT host_id, exe, remote_address, sum(sent_bytes) AS sent_bytes
  FROM socket_runs
  WHERE dt BETWEEN '2026-11-12' AND '2026-11-18' AND direction = 'out'
  GROUP BY host_id, exe, remote_address
) past ON past.host_id = sent.host_id AND (past.exe IS NOT DISTINCT FROM sent.exe)
  AND past.remote_address = sent.remote_address
ORDER BY sent_before_bytes, sent.sent_bytes DESC, sent.host_name, sent.exe, sent.remote_address, sent.remote_port
