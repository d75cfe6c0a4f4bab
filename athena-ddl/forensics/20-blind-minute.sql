-- blind-minute: How blind were we at a moment: did a program start something that no sample saw?
--
-- The last two samples before the moment: how many processes and threads the host started between them, and each
-- process of that name in the last one. Where a child of its lived and died in between, the child's page faults were
-- added to its own: `child_faults` are those (of a process that was started in between, all). Few forks and only 0:
-- nothing was missed. NULL: the sample before has nothing to compare with. One row without a pid: no process had that
-- name.
--
-- | parameter | form       | if left out | stands below as                       | meaning |
-- | host      | text       | required    | 'web-017'                             | the host's name |
-- | at        | moment     | required    | TIMESTAMP '2026-11-20 03:12:00'       | the moment, UTC |
-- |           | days of at |             | BETWEEN '2026-11-20' AND '2026-11-20' | its day; within an hour of midnight, two |
-- | name      | program    | required    | 'php-fpm'                             | the program, as the kernel names it: 15 bytes |
--
-- Scans: one host's day of hosts and processes.
--
-- Example:
--   --host web-018 --name php-fpm --at 2026-11-20T03:12 finds (one of 19 rows)
--   host_name     web-018
--   ts_before     2026-11-20 03:10:39
--   ts            2026-11-20 03:11:11
--   forks         9
--   pid           783
--   user_name     root
--   exe           /usr/sbin/php-fpm
--   child_faults  4242
SELECT pair.host_name, pair.ts_before, pair.ts, pair.forks, p.pid, p.user_name, p.exe,
       CASE WHEN p.ts_before = pair.ts_before THEN p.faults - p.faults_before
            WHEN p.ts_before IS NULL AND p.start_time > pair.ts_before THEN p.faults END AS child_faults
FROM (
  SELECT host_id, host_name, boot_id, ts, forks - forks_before AS forks, ts_before
  FROM (
    SELECT host_id, host_name, boot_id, ts, forks,
           lag(forks) OVER (PARTITION BY host_id, boot_id ORDER BY ts) AS forks_before,
           lag(ts) OVER (PARTITION BY host_id, boot_id ORDER BY ts) AS ts_before,
           row_number() OVER (PARTITION BY host_id ORDER BY ts DESC) AS place
    FROM hosts
    WHERE dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_name = 'web-017'
      AND ts > TIMESTAMP '2026-11-20 03:12:00' - INTERVAL '1' HOUR AND ts <= TIMESTAMP '2026-11-20 03:12:00'
  ) samples
  WHERE place = 1
) pair
LEFT JOIN (
  SELECT host_id, boot_id, ts, pid, user_name, exe, start_time, child_faults AS faults,
         lag(child_faults) OVER (PARTITION BY host_id, boot_id, pid, start_time ORDER BY ts) AS faults_before,
         lag(ts) OVER (PARTITION BY host_id, boot_id, pid, start_time ORDER BY ts) AS ts_before
  FROM processes
  WHERE dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_name = 'web-017' AND name = 'php-fpm'
    AND ts > TIMESTAMP '2026-11-20 03:12:00' - INTERVAL '1' HOUR AND ts <= TIMESTAMP '2026-11-20 03:12:00'
) p ON p.host_id = pair.host_id AND p.boot_id = pair.boot_id AND p.ts = pair.ts
ORDER BY pair.host_name, child_faults DESC NULLS LAST, p.pid
