-- sockets: one row an open socket and snapshot
CREATE OR REPLACE VIEW sockets AS
SELECT host_id, host_name, commit_id, ts, pid, protocol, state, local_address, remote_address, local_port, remote_port, user_name, direction, container_id, boot_id, dt
FROM lake_sockets
  WHERE commit_id IN (SELECT commit_id FROM commits WHERE committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000)
UNION ALL
SELECT host_id, host_name, commit_id, ts, pid, protocol, state, local_address, remote_address, local_port, remote_port, user_name, direction, container_id, boot_id, dt
FROM (
  SELECT
    s.dt,
    s.host_id AS host_id,
    s.host_name AS host_name,
    CAST(NULL AS varchar) AS commit_id,
    CAST(from_unixtime(s.observed_at_ms / 1e3, 'UTC') AS timestamp(3)) AS ts,
    i."pid" AS pid,
    i."protocol" AS protocol,
    i."state" AS state,
    i."local_address" AS local_address,
    i."remote_address" AS remote_address,
    i."local_port" AS local_port,
    i."remote_port" AS remote_port,
    i."user_name" AS user_name,
    i."direction" AS direction,
    i."container_id" AS container_id,
    s.boot_id AS boot_id
  FROM (
    SELECT *
    FROM raw_open AS r
    WHERE host_id IS NOT NULL AND NOT EXISTS (
      SELECT 1
      FROM commits AS c
      WHERE c.commit_id = r.dt || '.0' AND c.committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000
    )
  ) AS s
  CROSS JOIN UNNEST(s.sockets) AS i
);
