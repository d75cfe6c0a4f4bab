-- persistence: What was set up to start again, or to let somebody in again?
--
-- Keys, users, cron jobs, units, timers, kernel modules, preloaded libraries and set-user-ID files that were added,
-- changed or removed, also what was there only for an hour. Packages are left out: `package-version` knows them.
--
-- | parameter | form | if left out      | stands below as      | meaning |
-- | from      | day  | 6 days before to | BETWEEN '2026-11-14' | the first day |
-- | to        | day  | today            | AND '2026-11-20'     | the last day |
--
-- Scans: the days of inventory.
--
-- Example:
--   --to 2026-11-20 finds (one of 2 rows)
--   ts         2026-11-20 00:03:50
--   host_name  web-016
--   change     added
--   kind       authorized_key
--   name       /root/.ssh/authorized_keys
--   value      ssh-ed25519 SHA256:Zm9y
--   uid        0
SELECT ts, host_name, change, kind, name, value, sha256, mode, uid, modified_at
FROM inventory
WHERE dt BETWEEN '2026-11-14' AND '2026-11-20' AND change <> 'present' AND kind <> 'package'
ORDER BY ts, host_name, kind, name, change, value
