-- hidden-binaries: What ran from deleted files, from memory or from temporary folders?
--
-- `why` says which. A file is deleted when its link count is 0; a name that ends in "(deleted)" is only a name. An
-- upgrade deletes the files of what still runs: the same row on many hosts at once is probably that.
--
-- | parameter | form | if left out      | stands below as      | meaning |
-- | from      | day  | 6 days before to | BETWEEN '2026-11-14' | the first day |
-- | to        | day  | today            | AND '2026-11-20'     | the last day |
--
-- Scans: the days of process_runs, without the wide columns of what does not match.
--
-- Example:
--   --to 2026-11-20 finds (one of 3 rows)
--   host_name    web-006
--   why          memory
--   exe          /memfd:payload
--   user_name    apache
--   pid          1253072
--   start_time   2026-11-20 03:05:00
--   cmdline      x
--   parent_name  php-fpm
--   ancestry     php-fpm < php-fpm < systemd
--   first_seen   2026-11-20 03:05:02
--   last_seen    2026-11-20 03:07:27
SELECT host_name,
       CASE WHEN exe_memfd THEN 'memory' WHEN exe_deleted THEN 'deleted' ELSE 'temporary folder' END AS why,
       exe, user_name, pid, start_time, cmdline, parent_name, ancestry,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM process_runs
WHERE dt BETWEEN '2026-11-14' AND '2026-11-20'
  AND (exe_memfd OR exe_deleted OR exe LIKE '/tmp/%' OR exe LIKE '/var/tmp/%' OR exe LIKE '/dev/shm/%'
    OR exe LIKE '/run/user/%')
GROUP BY host_name, host_id, boot_id, exe_memfd, exe_deleted, exe, user_name, pid, start_time, cmdline, parent_name,
         ancestry
ORDER BY first_seen, host_name, pid
