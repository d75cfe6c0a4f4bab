-- inventory: one row a thing configured on the host, in full once a day and otherwise when it changed
CREATE OR REPLACE VIEW inventory AS
SELECT host_id, host_name, commit_id, ts, modified_at, kind, name, value, sha256, mode, change, uid, dt
FROM lake_inventory
  WHERE commit_id IN (SELECT commit_id FROM commits WHERE committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000)
UNION ALL
SELECT host_id, host_name, commit_id, ts, modified_at, kind, name, value, sha256, mode, change, uid, dt
FROM (
  SELECT
    s.dt,
    s.host_id AS host_id,
    s.host_name AS host_name,
    CAST(NULL AS varchar) AS commit_id,
    CAST(from_unixtime(s.observed_at_ms / 1e3, 'UTC') AS timestamp(3)) AS ts,
    CAST(from_unixtime(i."modified_at_ms" / 1e3, 'UTC') AS timestamp(3)) AS modified_at,
    i."kind" AS kind,
    i."name" AS name,
    i."value" AS value,
    i."sha256" AS sha256,
    i."mode" AS mode,
    i."change" AS change,
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
  CROSS JOIN UNNEST(s.inventory) AS i
);
