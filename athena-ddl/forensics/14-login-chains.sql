-- login-chains: Which login came from which user's process on another of our hosts?
--
-- A connection to port 22 that was open on one host within 2 minutes of a login's begin on another, between the same
-- two addresses. Read downwards: a row's host is the next row's `from_host` where somebody went on. A host that sends
-- no list of its addresses is known by that of its default route and its public one. Addresses that are translated on
-- the way are not found.
--
-- | parameter | form | if left out    | stands below as      | meaning |
-- | from      | day  | the same as to | BETWEEN '2026-11-20' | the first day |
-- | to        | day  | today          | AND '2026-11-20'     | the last day |
--
-- Scans: the days of logins, of sockets its connections to port 22, and four columns of hosts.
--
-- Example:
--   --to 2026-11-20 finds (one of 3 rows)
--   started_at       2026-11-20 03:04:00
--   host_name        web-015
--   user_name        deploy
--   session_id       91
--   remote_host      10.16.1.39
--   from_host        bastion-002
--   from_user        mallory
--   from_pid         635351
--   connection_seen  2026-11-20 03:04:09
SELECT l.started_at, l.host_name, l.user_name, l.session_id, l.remote_host, s.host_name AS from_host,
       s.user_name AS from_user, s.pid AS from_pid, min(s.ts) AS connection_seen
FROM logins l
JOIN (
  SELECT DISTINCT host_id,
         concat(coalesce(addresses, ' '), coalesce(ip, ''), ' ', coalesce(public_ip, ''), ' ') AS addresses
  FROM hosts
  WHERE dt BETWEEN '2026-11-20' AND '2026-11-20'
) h ON h.host_id = l.host_id
JOIN sockets s ON s.local_address = l.remote_host
  AND h.addresses LIKE concat('% ', s.remote_address, ' %')
  AND s.ts BETWEEN l.started_at - INTERVAL '2' MINUTE AND l.started_at + INTERVAL '2' MINUTE
WHERE l.dt BETWEEN '2026-11-20' AND '2026-11-20' AND (coalesce(l.class, 'user') = 'user' OR l.class LIKE 'user-%')
  AND s.dt BETWEEN '2026-11-20' AND '2026-11-20' AND s.direction = 'out' AND s.remote_port = 22
GROUP BY l.started_at, l.host_name, l.host_id, l.boot_id, l.user_name, l.session_id, l.remote_host, s.host_name,
         s.host_id, s.boot_id, s.user_name, s.pid
ORDER BY l.started_at, l.host_name, l.session_id, from_host, from_pid, l.user_name, l.remote_host, from_user
