-- who-listened: Who started what listened on a port of a host at a moment?
--
-- The sockets of the last sample before the moment, at most an hour old; the process that held each then, by pid and
-- that same sample (pids are used again); and how that process came to be, by its start. Where the process is not
-- known, as of a container's socket, the user who opened the socket is, and the container whose network it belongs to.
--
-- | parameter | form       | if left out | stands below as                       | meaning |
-- | host      | text       | required    | 'web-017'                             | the host's name |
-- | port      | port       | required    | local_port = 4444                     | the port |
-- | at        | moment     | required    | TIMESTAMP '2026-11-20 03:12:00'       | the moment, UTC |
-- |           | days of at |             | BETWEEN '2026-11-20' AND '2026-11-20' | its day; within an hour of midnight, two |
--
-- Scans: one host's day of hosts, sockets, processes and process_runs.
--
-- Example:
--   --host web-017 --port 4444 --at 2026-11-20T03:12 finds (the only row)
--   host_name      web-017
--   ts             2026-11-20 03:11:11
--   protocol       tcp
--   local_address  0.0.0.0
--   local_port     4444
--   pid            210385
--   user_name      apache
--   exe            /usr/bin/ncat
--   cmdline        ncat -lvp 4444 -e /bin/sh
--   start_time     2026-11-20 03:10:00
--   parent_name    php-fpm
--   parent_exe     /usr/sbin/php-fpm
--   ancestry       php-fpm < php-fpm < systemd
--   unit           php-fpm.service
SELECT s.host_name, s.ts, s.protocol, s.local_address, s.local_port, s.pid,
       coalesce(p.user_name, s.user_name) AS user_name, p.exe, p.cmdline, p.start_time,
       r.parent_name, r.parent_exe, r.ancestry, p.session_id, p.loginuid, p.unit, s.container_id, p.exe_sha256
FROM sockets s
JOIN (
  SELECT host_id, max(ts) AS ts
  FROM hosts
  WHERE dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_name = 'web-017'
    AND ts > TIMESTAMP '2026-11-20 03:12:00' - INTERVAL '1' HOUR AND ts <= TIMESTAMP '2026-11-20 03:12:00'
  GROUP BY host_id
) latest ON latest.host_id = s.host_id AND latest.ts = s.ts
LEFT JOIN (
  SELECT *
  FROM processes
  WHERE dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_name = 'web-017'
) p ON p.host_id = s.host_id AND p.boot_id = s.boot_id AND p.ts = s.ts AND p.pid = s.pid
LEFT JOIN (
  SELECT *
  FROM process_runs
  WHERE dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_id IN (
    SELECT host_id FROM hosts WHERE dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_name = 'web-017'
  )
) r ON r.host_id = p.host_id AND r.boot_id = p.boot_id AND r.pid = p.pid AND r.start_time = p.start_time
  AND (r.exe IS NOT DISTINCT FROM p.exe) AND (r.uid IS NOT DISTINCT FROM p.uid) AND (r.euid IS NOT DISTINCT FROM p.euid)
  AND p.ts BETWEEN r.first_seen AND r.last_seen
WHERE s.dt BETWEEN '2026-11-20' AND '2026-11-20' AND s.host_name = 'web-017'
  AND s.direction = 'listen' AND s.local_port = 4444
ORDER BY s.host_name, s.protocol, s.local_address, s.pid, s.container_id, user_name
