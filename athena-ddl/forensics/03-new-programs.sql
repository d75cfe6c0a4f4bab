-- new-programs: Which executables are new to the fleet on a day?
--
-- New is a digest that no host has run in the 90 days before: an old program at a new path is none. Where there is no
-- digest, or there was none of that path in those days, the path decides.
--
-- | parameter | form               | if left out | stands below as                       | meaning |
-- | day       | day                | today       | dt = '2026-11-20'                     | the day |
-- |           | 90 days before day |             | BETWEEN '2026-08-22' AND '2026-11-19' | what is known by then |
--
-- Scans: 91 days of programs, its columns exe and exe_sha256.
--
-- Example:
--   --day 2026-11-20 finds (one of 13 rows)
--   exe_sha256  5e1f0000000000000000000000000000000000000000000000000000005e1f00
--   exe         /opt/shop/bin/helper
--   on_hosts    1
--   a_host      web-005
--   a_user      root
--   first_seen  2026-11-20 03:05:35
--   runs        1
SELECT now.exe_sha256, now.exe, count(DISTINCT now.host_id) AS on_hosts, min(now.host_name) AS a_host,
       min(now.user_name) AS a_user, min(now.first_seen) AS first_seen, sum(now.runs) AS runs
FROM programs now
LEFT JOIN (
  SELECT DISTINCT exe_sha256
  FROM programs
  WHERE dt BETWEEN '2026-08-22' AND '2026-11-19' AND exe_sha256 IS NOT NULL
) digests ON digests.exe_sha256 = now.exe_sha256
LEFT JOIN (
  SELECT exe, max(exe_sha256) AS a_digest
  FROM programs
  WHERE dt BETWEEN '2026-08-22' AND '2026-11-19'
  GROUP BY exe
) paths ON paths.exe = now.exe
WHERE now.dt = '2026-11-20'
  AND digests.exe_sha256 IS NULL
  AND (paths.exe IS NULL OR (now.exe_sha256 IS NOT NULL AND paths.a_digest IS NOT NULL))
GROUP BY now.exe_sha256, now.exe
ORDER BY first_seen, now.exe, now.exe_sha256
