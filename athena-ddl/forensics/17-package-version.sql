-- package-version: Which hosts had a package at a version, and when?
--
-- The version as its authors count it, or whole as the package manager does, with its epoch or, as rpm -q prints it,
-- without: `5.6.1` finds 5.6.1-1 and 1:5.6.1-1.el9, `5.6.1-1.el9` the second of them, and neither 5.6.1+really5.4.5-1,
-- which is another.
--
-- | parameter | form | if left out       | stands below as      | meaning |
-- | package   | text | required          | 'xz-utils'           | the package's name |
-- | version   | text | required          | '5.6.1'              | its version |
-- | from      | day  | 89 days before to | BETWEEN '2026-08-23' | the first day |
-- | to        | day  | today             | AND '2026-11-20'     | the last day |
--
-- Scans: the days of inventory; pages whose least and greatest name leave it out are skipped.
--
-- Example:
--   --package xz-utils --version 5.6.1 --to 2026-11-20 finds (one of 2 rows)
--   host_name   worker-001
--   host_id     i-08f1996fc82c90d16
--   version     5.6.1-1
--   first_seen  2026-11-18 00:00:56
--   last_seen   2026-11-20 00:00:03
--   days        2
SELECT host_name, host_id, value AS version, min(ts) AS first_seen, max(ts) AS last_seen, count(DISTINCT dt) AS days
FROM inventory
WHERE dt BETWEEN '2026-08-23' AND '2026-11-20' AND kind = 'package' AND name = 'xz-utils' AND change <> 'removed'
  AND '5.6.1' IN (value, regexp_replace(value, '^[0-9]+:', ''),
                  regexp_replace(regexp_replace(value, '^[0-9]+:', ''), '-[^-]*$', ''))
GROUP BY host_name, host_id, value
ORDER BY first_seen, host_name, version, host_id
