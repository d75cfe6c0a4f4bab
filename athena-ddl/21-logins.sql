-- logins: one row a session of a person and snapshot: who was there at that moment
CREATE OR REPLACE VIEW logins AS
SELECT host_id, host_name, commit_id, ts, started_at, boot_id, user_name, terminal, remote_host, session_id, service, class, source, pid, uid, dt
FROM lake_logins
  WHERE commit_id IN (SELECT commit_id FROM commits WHERE committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000)
UNION ALL
SELECT host_id, host_name, commit_id, ts, started_at, boot_id, user_name, terminal, remote_host, session_id, service, class, source, pid, uid, dt
FROM (
  SELECT
    s.dt,
    s.host_id AS host_id,
    s.host_name AS host_name,
    CAST(NULL AS varchar) AS commit_id,
    CAST(from_unixtime(s.observed_at_ms / 1e3, 'UTC') AS timestamp(3)) AS ts,
    coalesce(CAST(from_unixtime(CAST(round(TRY_CAST(i."started" AS double) * 1000) AS bigint) / 1e3, 'UTC') AS timestamp(3)), TRY_CAST(i."started" AS timestamp(3))) AS started_at,
    s.boot_id AS boot_id,
    i."user" AS user_name,
    i."terminal" AS terminal,
    i."host" AS remote_host,
    i."session_id" AS session_id,
    i."service" AS service,
    i."class" AS class,
    i."source" AS source,
    i."pid" AS pid,
    i."uid" AS uid
  FROM (
    SELECT *
    FROM raw_open AS r
    WHERE host_id IS NOT NULL AND NOT EXISTS (
      SELECT 1
      FROM commits AS c
      WHERE c.commit_id = r.dt || '.0' AND c.committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000
    )
  ) AS s
  CROSS JOIN UNNEST(s.users) AS i
);
