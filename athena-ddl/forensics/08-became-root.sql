-- became-root: Which process became root without an exec?
--
-- The same process and executable, first with a real and an effective user above 0, later with both 0: what an exploit
-- of the kernel leaves. sudo and su are no such thing: they start with an effective user of 0. A daemon that starts as
-- root and drops it is none either.
--
-- | parameter | form | if left out      | stands below as      | meaning |
-- | from      | day  | 6 days before to | BETWEEN '2026-11-14' | the first day |
-- | to        | day  | today            | AND '2026-11-20'     | the last day |
--
-- Scans: the days of process_runs, once.
--
-- Example:
--   --to 2026-11-20 finds (the only row)
--   host_name           web-009
--   pid                 164304
--   start_time          2026-11-20 03:04:00
--   exe                 /usr/bin/php
--   uid_before          33
--   user_before         www-data
--   last_seen_as_user   2026-11-20 03:06:20
--   first_seen_as_root  2026-11-20 03:07:49
--   cmdline             php x.php
--   ancestry            php-fpm < php-fpm < systemd
SELECT host_name, pid, start_time, exe,
       max(CASE WHEN uid > 0 AND coalesce(euid, uid) > 0 THEN uid END) AS uid_before,
       max(CASE WHEN uid > 0 AND coalesce(euid, uid) > 0 THEN user_name END) AS user_before,
       max(CASE WHEN uid > 0 AND coalesce(euid, uid) > 0 THEN last_seen END) AS last_seen_as_user,
       min(CASE WHEN uid = 0 AND coalesce(euid, uid) = 0 THEN first_seen END) AS first_seen_as_root,
       max(cmdline) AS cmdline, max(ancestry) AS ancestry
FROM process_runs
WHERE dt BETWEEN '2026-11-14' AND '2026-11-20' AND uid IS NOT NULL AND exe IS NOT NULL
GROUP BY host_name, host_id, boot_id, pid, start_time, exe
HAVING min(CASE WHEN uid > 0 AND coalesce(euid, uid) > 0 THEN first_seen END)
     < max(CASE WHEN uid = 0 AND coalesce(euid, uid) = 0 THEN first_seen END)
ORDER BY first_seen_as_root, host_name, pid
