-- shells-without-login: Which interactive shells had no login?
--
-- A shell with a terminal of its own and no session: what an intruder gets who makes a terminal from a web server's
-- hole. Shells of Systems Manager have that session's id. Where the agent could not read the executable or the
-- arguments of the session's worker they have none, and are told by the processes above them. Containers show too
-- (`docker exec -it`), with their `container_id`.
--
-- | parameter | form | if left out      | stands below as      | meaning |
-- | from      | day  | 6 days before to | BETWEEN '2026-11-14' | the first day |
-- | to        | day  | today            | AND '2026-11-20'     | the last day |
--
-- Scans: the days of process_runs.
--
-- Example:
--   --to 2026-11-20 finds (the only row)
--   host_name    web-010
--   user_name    apache
--   tty          pts/3
--   exe          /usr/bin/bash
--   cmdline      bash -i
--   parent_name  php-fpm
--   ancestry     php-fpm < php-fpm < systemd
--   pid          2728656
--   start_time   2026-11-20 03:05:00
--   first_seen   2026-11-20 03:05:01
--   last_seen    2026-11-20 03:09:36
SELECT host_name, user_name, tty, exe, cmdline, parent_name, ancestry, container_id, pid, start_time,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM process_runs
WHERE dt BETWEEN '2026-11-14' AND '2026-11-20'
  AND session_id IS NULL AND tty LIKE 'pts/%'
  AND regexp_replace(coalesce(exe, name), '^.*/', '')
    IN ('ash', 'bash', 'bsd-csh', 'busybox', 'csh', 'dash', 'fish', 'ksh', 'ksh93', 'mksh', 'rbash', 'sh', 'tcsh',
      'zsh')
  AND coalesce(ancestry, '') NOT LIKE '%ssm-session-wor < ssm-agent-worke < amazon-ssm-agen%'
GROUP BY host_name, host_id, boot_id, user_name, tty, exe, cmdline, parent_name, ancestry, container_id, pid, start_time
ORDER BY first_seen, host_name, pid
