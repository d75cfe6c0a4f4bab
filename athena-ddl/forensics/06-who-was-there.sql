-- who-was-there: Who was logged in on a host at a moment, from where, and what did the session run?
--
-- The sessions of the last sample before the moment, at most an hour old, each with everything that it ran in those
-- days, before and after. Session ids begin anew with each boot, so both must be the same.
--
-- | parameter | form       | if left out | stands below as                       | meaning |
-- | host      | text       | required    | 'web-017'                             | the host's name |
-- | at        | moment     | required    | TIMESTAMP '2026-11-20 03:12:00'       | the moment, UTC |
-- |           | days of at |             | BETWEEN '2026-11-20' AND '2026-11-20' | its day; within an hour of midnight, two |
--
-- Scans: one host's day of hosts, logins and process_runs.
--
-- Example:
--   --host api-004 --at 2026-11-20T03:12 finds (one of 3 rows)
--   host_name    api-004
--   ts           2026-11-20 03:11:49
--   user_name    anna
--   remote_host  10.16.0.39
--   service      sshd
--   terminal     pts/7
--   started_at   2026-11-20 03:05:00
--   session_id   42
--   pid          3794
--   ran_as       anna
--   exe          /usr/bin/vim
--   cmdline      vim notes.md
--   parent_name  bash
--   first_seen   2026-11-20 03:07:07
--   last_seen    2026-11-20 03:09:45
SELECT l.host_name, l.ts, l.user_name, l.remote_host, l.service, l.terminal, l.started_at, l.session_id,
       r.pid, r.user_name AS ran_as, r.exe, r.cmdline, r.parent_name, r.first_seen, r.last_seen
FROM logins l
JOIN (
  SELECT host_id, max(ts) AS ts
  FROM hosts
  WHERE dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_name = 'web-017'
    AND ts > TIMESTAMP '2026-11-20 03:12:00' - INTERVAL '1' HOUR AND ts <= TIMESTAMP '2026-11-20 03:12:00'
  GROUP BY host_id
) latest ON latest.host_id = l.host_id AND latest.ts = l.ts
LEFT JOIN (
  SELECT host_id, boot_id, session_id, pid, start_time, user_name, exe, cmdline, max(parent_name) AS parent_name,
         min(first_seen) AS first_seen, max(last_seen) AS last_seen
  FROM process_runs
  WHERE dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_id IN (
    SELECT host_id FROM hosts WHERE dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_name = 'web-017'
  ) AND session_id IS NOT NULL
  GROUP BY host_id, boot_id, session_id, pid, start_time, user_name, exe, cmdline
) r ON r.host_id = l.host_id AND r.boot_id = l.boot_id AND r.session_id = l.session_id
WHERE l.dt BETWEEN '2026-11-20' AND '2026-11-20' AND l.host_name = 'web-017'
  AND (coalesce(l.class, 'user') = 'user' OR l.class LIKE 'user-%')
ORDER BY l.host_name, l.started_at, l.session_id, l.terminal, l.user_name, l.remote_host, r.first_seen, r.pid
