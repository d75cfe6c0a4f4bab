-- new-listeners: Which listeners are new, against the week before?
--
-- A host, protocol, port and executable that were not together in the 7 days before. `what` says whether the port is
-- new there, or known with another program. Everything of a host that is new itself is new. Raw and packet sockets have
-- no port: `raw-sockets` shows them.
--
-- | parameter | form              | if left out | stands below as                       | meaning |
-- | day       | day               | today       | dt = '2026-11-20'                     | the day |
-- |           | 7 days before day |             | BETWEEN '2026-11-13' AND '2026-11-19' | what is known by then |
--
-- Scans: eight days of socket_runs, its listeners.
--
-- Example:
--   --day 2026-11-20 finds (one of 3 rows)
--   host_name      web-014
--   what           other program
--   protocol       tcp
--   local_address  0.0.0.0
--   local_port     9100
--   exe            /usr/local/sbin/node_exporter
--   user_name      root
--   unit           planted.service
--   first_seen     2026-11-20 03:05:31
--   last_seen      2026-11-20 03:07:12
--   a_known_exe    /usr/local/bin/node_exporter
SELECT now.host_name, CASE WHEN count(known.local_port) = 0 THEN 'new port' ELSE 'other program' END AS what,
       now.protocol, now.local_address, now.local_port, now.exe, now.user_name, now.unit,
       min(now.first_seen) AS first_seen, max(now.last_seen) AS last_seen, min(known.exe) AS a_known_exe
FROM socket_runs now
LEFT JOIN (
  SELECT DISTINCT host_id, protocol, local_port, coalesce(exe, '') AS exe
  FROM socket_runs
  WHERE dt BETWEEN '2026-11-13' AND '2026-11-19' AND direction = 'listen'
) known ON known.host_id = now.host_id AND known.protocol = now.protocol AND known.local_port = now.local_port
WHERE now.dt = '2026-11-20' AND now.direction = 'listen' AND now.local_port IS NOT NULL
GROUP BY now.host_name, now.host_id, now.protocol, now.local_address, now.local_port, now.exe, now.user_name, now.unit
HAVING max(CASE WHEN known.exe = coalesce(now.exe, '') THEN 1 ELSE 0 END) = 0
ORDER BY first_seen, now.host_name, now.local_port, now.protocol, now.local_address, now.exe, now.user_name, now.unit
