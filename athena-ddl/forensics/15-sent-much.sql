-- sent-much: Who sent more than so many bytes, and where?
--
-- What a program of a user sent over connections that it opened, added up over the days and over all addresses
-- (`program_sent_bytes`), one row an address; and what somebody fetched over ssh. Other incoming connections are left
-- out: a server answers its clients all day. `sent_before_bytes` is what the same program of the same host sent to the
-- same address in the 7 days before: a nightly backup has a past, and what has none comes first. What is sent between a
-- day's last sample and the next day's first counts for neither.
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
--   --to 2026-11-20 finds (one of 7 rows)
--   host_name           worker-008
--   user_name           root
--   exe                 /usr/bin/rclone
--   direction           out
--   protocol            tcp
--   remote_address      198.51.100.203
--   remote_port         443
--   first_seen          2026-11-20 03:05:21
--   last_seen           2026-11-20 03:08:01
--   sent_bytes          400000008
--   received_bytes      10
--   program_sent_bytes  1200000012
--   sent_before_bytes   0
SELECT sent.host_name, sent.user_name, sent.exe, sent.direction, sent.protocol, sent.remote_address, sent.remote_port,
       sent.first_seen, sent.last_seen, sent.sent_bytes, sent.received_bytes, sent.program_sent_bytes,
       coalesce(past.sent_bytes, 0) AS sent_before_bytes
FROM (
  SELECT host_id, max(host_name) AS host_name, user_name, exe, direction, protocol, remote_address, remote_port,
         min(first_seen) AS first_seen, max(last_seen) AS last_seen, sum(sent_bytes) AS sent_bytes,
         sum(received_bytes) AS received_bytes,
         sum(sum(sent_bytes)) OVER (PARTITION BY host_id, user_name, exe) AS program_sent_bytes
  FROM socket_runs
  WHERE dt BETWEEN '2026-11-19' AND '2026-11-20' AND (direction = 'out' OR (direction = 'in' AND local_port = 22))
  GROUP BY host_id, user_name, exe, direction, protocol, remote_address, remote_port
) sent
LEFT JOIN (
  SELECT host_id, exe, remote_address, sum(sent_bytes) AS sent_bytes
  FROM socket_runs
  WHERE dt BETWEEN '2026-11-12' AND '2026-11-18' AND (direction = 'out' OR (direction = 'in' AND local_port = 22))
  GROUP BY host_id, exe, remote_address
) past ON past.host_id = sent.host_id AND (past.exe IS NOT DISTINCT FROM sent.exe)
  AND past.remote_address = sent.remote_address
WHERE sent.program_sent_bytes > 1000000000
ORDER BY sent_before_bytes, sent.program_sent_bytes DESC, sent.sent_bytes DESC NULLS LAST, sent.host_name,
         sent.user_name, sent.exe, sent.remote_address, sent.remote_port, sent.direction, sent.protocol, sent.host_id
