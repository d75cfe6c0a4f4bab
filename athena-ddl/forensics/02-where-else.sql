-- where-else: Where else has this executable run, first and last?
--
-- By its SHA-256, so that a copy under another name is found too. A process that ran over midnight is one run.
--
-- | parameter | form   | if left out       | stands below as                                                    | meaning |
-- | digest    | sha256 | required          | '2f1d6b5a0c9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a' | SHA-256 of the file, 64 hexadecimal digits |
-- | from      | day    | 89 days before to | BETWEEN '2026-08-23'                                               | the first day |
-- | to        | day    | today             | AND '2026-11-20'                                                   | the last day |
--
-- Scans: the days of programs, the smallest table that knows executables. Files and pages whose least and greatest
-- digest leave it out are skipped, which are few.
--
-- Example:
--   --digest 2f1d6b5a0c9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a --to 2026-11-20 finds (one of 3 rows)
--   host_name   api-002
--   host_id     i-0b04f8ee6280e8e69
--   exe         /usr/sbin/kdevtmp
--   user_name   nobody
--   first_seen  2026-11-20 03:06:32
--   last_seen   2026-11-20 03:07:37
--   runs        1
--   days        1
SELECT host_name, host_id, exe, user_name, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
       sum(runs) AS runs, count(DISTINCT dt) AS days
FROM programs
WHERE dt BETWEEN '2026-08-23' AND '2026-11-20'
  AND exe_sha256 = '2f1d6b5a0c9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a'
GROUP BY host_name, host_id, exe, user_name
ORDER BY first_seen, host_name, exe, user_name, host_id
