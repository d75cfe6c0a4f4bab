-- ssm-sessions: Which Systems Manager sessions were there, to match with CloudTrail?
--
-- `session_id` is the one that CloudTrail's StartSession answers (responseElements.sessionId), on instance `host_id`;
-- `started_by` is its beginning, the name of the IAM user or of the role's session.
--
-- | parameter | form | if left out      | stands below as      | meaning |
-- | from      | day  | 6 days before to | BETWEEN '2026-11-14' | the first day |
-- | to        | day  | today            | AND '2026-11-20'     | the last day |
--
-- Scans: the days of logins, and three columns of hosts.
--
-- Example:
--   --to 2026-11-20 finds (the only row)
--   account_id  111122223333
--   region      eu-central-1
--   host_id     i-0b74de70deb459067
--   host_name   worker-003
--   session_id  bob-0a1b2c3d4e5f60718
--   started_by  bob
--   user_name   ssm-user
--   terminal    pts/7
--   started_at  2026-11-20 03:02:00
--   first_seen  2026-11-20 03:02:54
--   last_seen   2026-11-20 03:09:53
SELECT h.account_id, h.region, l.host_id, l.host_name, l.session_id,
       regexp_replace(l.session_id, '-[0-9a-z]+$', '') AS started_by, l.user_name, l.terminal,
       min(l.started_at) AS started_at, min(l.ts) AS first_seen, max(l.ts) AS last_seen
FROM logins l
LEFT JOIN (
  SELECT host_id, max(account_id) AS account_id, max(region) AS region
  FROM hosts
  WHERE dt BETWEEN '2026-11-14' AND '2026-11-20'
  GROUP BY host_id
) h ON h.host_id = l.host_id
WHERE l.dt BETWEEN '2026-11-14' AND '2026-11-20' AND l.service = 'ssm'
GROUP BY h.account_id, h.region, l.host_id, l.host_name, l.boot_id, l.session_id, l.user_name, l.terminal
ORDER BY first_seen, l.host_name, l.session_id, l.terminal, l.user_name, l.host_id
