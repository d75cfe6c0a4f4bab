-- hidden-threads: Where may something be hidden?
--
-- Hosts whose kernel counted more threads than any listing showed, in ten samples of one day or more (a process that
-- starts or ends during a sample makes one noisy minute, and over a week many), or whose kernel is tainted: a module
-- from elsewhere was loaded.
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
--   most_in_a_day          12
--   threads_unlisted_max   1
--   first_seen             2026-11-20 03:02:00
--   last_seen              2026-11-20 03:13:49
--   kernel_tainted         0
SELECT max(host_name) AS host_name, sum(unlisted_samples) AS samples_with_unlisted,
       max(unlisted_samples) AS most_in_a_day, max(unlisted_max) AS threads_unlisted_max,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen, max(tainted) AS kernel_tainted
FROM (
  SELECT host_id, max(host_name) AS host_name,
         sum(CASE WHEN threads_unlisted > 0 THEN 1 ELSE 0 END) AS unlisted_samples,
         max(threads_unlisted) AS unlisted_max, max(kernel_tainted) AS tainted,
         min(CASE WHEN threads_unlisted > 0 OR kernel_tainted > 0 THEN ts END) AS first_seen,
         max(CASE WHEN threads_unlisted > 0 OR kernel_tainted > 0 THEN ts END) AS last_seen
  FROM hosts
  WHERE dt BETWEEN '2026-11-14' AND '2026-11-20'
  GROUP BY host_id, dt
) days
GROUP BY host_id
HAVING max(unlisted_samples) >= 10 OR max(tainted) > 0
ORDER BY samples_with_unlisted DESC, host_name, host_id
