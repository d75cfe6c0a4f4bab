-- what-ran: What ran on a host at a moment, as whom, and who started it?
--
-- Every process of the last sample before the moment, at most an hour old: `ts` says when that was. The parent is
-- the one that the agent saw first, so that a process whose parent has died is not blamed on systemd.
--
-- | parameter | form       | if left out | stands below as                       | meaning |
-- | host      | text       | required    | 'web-017'                             | the host's name |
-- | at        | moment     | required    | TIMESTAMP '2026-11-20 03:12:00'       | the moment, UTC |
-- |           | days of at |             | BETWEEN '2026-11-20' AND '2026-11-20' | its day; within an hour of midnight, two |
--
-- Scans: one host's day of hosts, processes and process_runs.
--
-- Example:
--   --host web-017 --at 2026-11-20T03:12 finds (one of 71 rows)
--   host_name    web-017
--   ts           2026-11-20 03:11:11
--   pid          159184
--   user_name    apache
--   name         kworkerd
--   exe          /usr/bin/kworkerd
--   cmdline      kworkerd --quiet
--   start_time   2026-11-19 23:50:00
--   ppid         1
--   parent_name  sh
--   parent_exe   /usr/bin/bash
--   ancestry     sh < php-fpm < php-fpm < systemd
--   unit         php-fpm.service
SELECT p.host_name, p.ts, p.pid, p.user_name, p.name, p.exe, p.cmdline, p.start_time,
       p.ppid, r.parent_name, r.parent_exe, r.ancestry, p.session_id, p.tty, p.unit, p.exe_sha256
FROM processes p
JOIN (
  SELECT host_id, max(ts) AS ts
  FROM hosts
  WHERE dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_name = 'web-017'
    AND ts > TIMESTAMP '2026-11-20 03:12:00' - INTERVAL '1' HOUR AND ts <= TIMESTAMP '2026-11-20 03:12:00'
  GROUP BY host_id
) latest ON latest.host_id = p.host_id AND latest.ts = p.ts
LEFT JOIN (
  SELECT *
  FROM process_runs
  WHERE dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_id IN (
    SELECT host_id FROM hosts WHERE dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_name = 'web-017'
  )
) r ON r.host_id = p.host_id AND r.boot_id = p.boot_id AND r.pid = p.pid AND r.start_time = p.start_time
  AND (r.exe IS NOT DISTINCT FROM p.exe) AND (r.uid IS NOT DISTINCT FROM p.uid) AND (r.euid IS NOT DISTINCT FROM p.euid)
  AND p.ts BETWEEN r.first_seen AND r.last_seen
WHERE p.dt BETWEEN '2026-11-20' AND '2026-11-20' AND p.host_name = 'web-017'
ORDER BY p.host_name, p.start_time, p.pid
