-- disks: one row a mounted file system and snapshot
CREATE OR REPLACE VIEW disks AS
SELECT host_id, host_name, commit_id, ts, mount_point, device, fs_type, read_only, total_bytes, free_bytes, available_bytes, inodes_total, inodes_free, read_bytes, write_bytes, io_ms, dt
FROM lake_disks
  WHERE commit_id IN (SELECT commit_id FROM commits WHERE committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000)
UNION ALL
SELECT host_id, host_name, commit_id, ts, mount_point, device, fs_type, read_only, total_bytes, free_bytes, available_bytes, inodes_total, inodes_free, read_bytes, write_bytes, io_ms, dt
FROM (
  SELECT
    s.dt,
    s.host_id AS host_id,
    s.host_name AS host_name,
    CAST(NULL AS varchar) AS commit_id,
    CAST(from_unixtime(s.observed_at_ms / 1e3, 'UTC') AS timestamp(3)) AS ts,
    i."mount_point" AS mount_point,
    i."device" AS device,
    i."fs_type" AS fs_type,
    i."read_only" AS read_only,
    i."total_bytes" AS total_bytes,
    i."free_bytes" AS free_bytes,
    i."available_bytes" AS available_bytes,
    i."inodes_total" AS inodes_total,
    i."inodes_free" AS inodes_free,
    i."read_bytes" AS read_bytes,
    i."write_bytes" AS write_bytes,
    i."io_ms" AS io_ms
  FROM (
    SELECT *
    FROM raw_open AS r
    WHERE host_id IS NOT NULL AND NOT EXISTS (
      SELECT 1
      FROM commits AS c
      WHERE c.commit_id = r.dt || '.0' AND c.committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000
    )
  ) AS s
  CROSS JOIN UNNEST(s.disks) AS i
);
