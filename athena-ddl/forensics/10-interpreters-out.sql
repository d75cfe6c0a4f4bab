-- interpreters-out: Which shells and interpreters had connections to the outside?
--
-- A shell that talks to the internet is seldom what somebody meant. A version may follow the name (python3.11,
-- node-20). Peers of private, local and link-local addresses are left out; take that part away to see who moved within
-- the network.
--
-- | parameter | form | if left out      | stands below as      | meaning |
-- | from      | day  | 6 days before to | BETWEEN '2026-11-14' | the first day |
-- | to        | day  | today            | AND '2026-11-20'     | the last day |
--
-- Scans: the days of socket_runs.
--
-- Example:
--   --to 2026-11-20 finds (one of 4 rows)
--   host_name       web-011
--   user_name       apache
--   exe             /usr/bin/bash
--   name            bash
--   unit            php-fpm.service
--   protocol        tcp
--   remote_address  203.0.113.9
--   remote_port     443
--   first_seen      2026-11-20 03:06:45
--   last_seen       2026-11-20 03:09:06
--   sent_bytes      4000
--   received_bytes  1000
SELECT host_name, user_name, exe, name, unit, protocol, remote_address, remote_port,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen,
       sum(sent_bytes) AS sent_bytes, sum(received_bytes) AS received_bytes
FROM socket_runs
WHERE dt BETWEEN '2026-11-14' AND '2026-11-20' AND direction = 'out'
  AND regexp_like(regexp_replace(coalesce(exe, name), '^.*/', ''), concat(
    '^(ash|awk|bash|(bsd-)?csh|busybox|dash|fish|gawk|ksh|lua(jit)?|mawk|mksh|nc([.](openbsd|traditional))?|ncat|',
    'netcat|node|perl|php|pwsh|python|ruby(-mri)?|sh|socat|tclsh|tcsh|telnet|zsh)-?[0-9.]*$'))
  AND NOT regexp_like(remote_address, concat(
    '^(::ffff:)?(0|10|127|192[.]168|169[.]254|172[.](1[6-9]|2[0-9]|3[01])|22[4-9]|2[34][0-9]|25[0-5])[.]|',
    '^(::1?$|f[cd]|fe[89ab]|ff)'))
GROUP BY host_name, host_id, user_name, exe, name, unit, protocol, remote_address, remote_port
ORDER BY first_seen, host_name, remote_address, remote_port, protocol, exe, name, user_name, unit
