-- hidden-threads: Where may something be hidden?
--
-- Hosts whose kernel counted more threads than any listing showed, in ten samples or more (a process that starts or ends
-- during a sample makes one noisy minute), or whose kernel is tainted: a module from elsewhere was loaded.
--
-- | parameter | form | if left out      | stands below as      | meaning |
-- | from      | day  | 6 days before to | BETWEEN '2026-11-14' | the first day |
-- | to        | day  | today            | AND '2026-11-20'     | the last day |
--
-- Scans: four columns of the days of hosts.
--
-- Example:
--   --to 2026-11-20 finds (one of 2 rows)
--   host_name              worker-004
--   samples_with_unlisted  12
--   threads_unlisted_max   1
--   first_seen             2026-11-20 03:02:00
--   last_seen              2026-11-20 03:13:49
--   kernel_tainted         0
SELECT host_name, sum(CASE WHEN threads_unlisted > 0 THEN 1 ELSE 0 END) AS samples_with_unlisted,
       max(threads_unlisted) AS threads_unlisted_max,
       min(CASE WHEN threads_unlisted > 0 OR kernel_tainted > 0 THEN ts END) AS first_seen,
       max(CASE WHEN threads_unlisted > 0 OR kernel_tainted > 0 THEN ts END) AS last_seen,
       max(kernel_tainted) AS kernel_tainted
FROM hosts
WHERE dt BETWEEN '2026-11-14' AND '2026-11-20'
GROUP BY host_name, host_id
HAVING sum(CASE WHEN threads_unlisted > 0 THEN 1 ELSE 0 END) >= 10 OR max(kernel_tainted) > 0
ORDER BY samples_with_unlisted DESC, host_name
