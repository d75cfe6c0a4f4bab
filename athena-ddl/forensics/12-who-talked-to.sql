-- who-talked-to: Who talked to an address, and how much?
--
-- In both directions, over all hosts. Bytes are those of TCP connections while they were observed: what was sent
-- between a day's last sample and the next day's first is not counted.
--
-- | parameter | form    | if left out       | stands below as      | meaning |
-- | address   | address | required          | '203.0.113.9'        | the peer, an IPv4 or IPv6 address |
-- | from      | day     | 89 days before to | BETWEEN '2026-08-23' | the first day |
-- | to        | day     | today             | AND '2026-11-20'     | the last day |
--
-- Scans: the days of socket_runs; files and pages whose least and greatest address leave it out are skipped.
--
-- Example:
--   --address 203.0.113.9 --to 2026-11-20 finds (one of 3 rows)
--   host_name        web-012
--   direction        out
--   protocol         tcp
--   user_name        apache
--   exe              /usr/bin/curl
--   remote_port      80
--   first_seen       2026-11-18 03:10:53
--   last_seen        2026-11-18 03:11:36
--   connections_max  1
--   sent_bytes       700
--   received_bytes   90000
SELECT host_name, direction, protocol, user_name, exe, local_port, remote_port,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen, max(connections_max) AS connections_max,
       sum(sent_bytes) AS sent_bytes, sum(received_bytes) AS received_bytes
FROM socket_runs
WHERE dt BETWEEN '2026-08-23' AND '2026-11-20'
  AND remote_address IN ('203.0.113.9', concat('::ffff:', '203.0.113.9'))
GROUP BY host_name, host_id, direction, protocol, user_name, exe, local_port, remote_port
ORDER BY first_seen, host_name, direction, exe, protocol, local_port, remote_port, user_name
