-- raw-sockets: Who held raw or packet sockets?
--
-- What listens without a port: sniffers, and backdoors that wait for a magic packet; but also DHCP clients and ping.
-- What few hosts have comes first; two of the hosts are named. All that have one:
--   SELECT DISTINCT host_name FROM socket_runs WHERE dt BETWEEN '…' AND '…'
--   AND protocol IN ('raw', 'packet') AND exe = '/usr/sbin/bpfd'
--
-- | parameter | form | if left out      | stands below as      | meaning |
-- | from      | day  | 6 days before to | BETWEEN '2026-11-14' | the first day |
-- | to        | day  | today            | AND '2026-11-20'     | the last day |
--
-- Scans: the days of socket_runs.
--
-- Example:
--   --to 2026-11-20 finds (one of 2 rows)
--   protocol      raw
--   exe           /usr/sbin/bpfd
--   name          bpfd
--   user_name     root
--   unit          planted.service
--   on_hosts      2
--   a_host        db-001
--   another_host  web-016
--   first_seen    2026-11-20 03:04:07
--   last_seen     2026-11-20 03:08:17
SELECT protocol, exe, name, user_name, unit, count(DISTINCT host_id) AS on_hosts, min(host_name) AS a_host,
       nullif(max(host_name), min(host_name)) AS another_host,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM socket_runs
WHERE dt BETWEEN '2026-11-14' AND '2026-11-20' AND protocol IN ('raw', 'packet')
GROUP BY protocol, exe, name, user_name, unit
ORDER BY on_hosts, first_seen, exe, protocol, name, user_name, unit
