-- disks: one row a mounted file system and snapshot
CREATE EXTERNAL TABLE IF NOT EXISTS lake_disks (
  `host_id` string COMMENT 'EC2 instance id, or the machine id elsewhere',
  `host_name` string COMMENT 'host name at the time; constant in a host''s rows, so it prunes and costs nothing',
  `commit_id` string COMMENT 'the commit that wrote the row, DAY.N; NULL while the row is still raw',
  `ts` timestamp COMMENT 'the instant of sampling',
  `mount_point` string COMMENT 'where it is mounted',
  `device` string COMMENT 'what is mounted',
  `fs_type` string COMMENT 'ext4, xfs; no overlay, no loop',
  `read_only` boolean COMMENT 'mounted read-only',
  `total_bytes` bigint COMMENT 'size',
  `free_bytes` bigint COMMENT 'free space, root''s reserve included',
  `available_bytes` bigint COMMENT 'free space for others than root',
  `inodes_total` bigint COMMENT 'inodes',
  `inodes_free` bigint COMMENT 'free inodes',
  `read_bytes` bigint COMMENT 'bytes read from the device since boot',
  `write_bytes` bigint COMMENT 'bytes written to the device since boot',
  `io_ms` bigint COMMENT 'time in which the device was busy since boot, milliseconds'
)
PARTITIONED BY (`dt` string COMMENT 'the day under which the batch was filed, YYYY-MM-DD, UTC')
STORED AS PARQUET
LOCATION 's3://LAKE-BUCKET/lake/disks/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://LAKE-BUCKET/lake/disks/dt=${dt}/'
);
