-- programs: one row a commit, host, executable, digest and user; its view adds the commits of a day up
CREATE EXTERNAL TABLE IF NOT EXISTS lake_programs (
  `host_id` string COMMENT 'EC2 instance id, or the machine id elsewhere',
  `host_name` string COMMENT 'host name at the time; constant in a host''s rows, so it prunes and costs nothing',
  `commit_id` string COMMENT 'the commit that wrote the row, DAY.N; NULL while the row is still raw',
  `exe` string COMMENT 'the executable''s path',
  `exe_sha256` string COMMENT 'SHA-256 of the executable',
  `user_name` string COMMENT 'the effective user''s name',
  `exe_memfd` boolean COMMENT 'the executable lives in memory only',
  `exe_mode` string COMMENT 'permission bits, octal',
  `exe_uid` bigint COMMENT 'the executable''s owner',
  `exe_size_bytes` bigint COMMENT 'the executable''s size',
  `exe_mtime` timestamp COMMENT 'when its contents changed last',
  `exe_ctime` timestamp COMMENT 'when its inode changed last',
  `first_seen` timestamp COMMENT 'the first sample with it in this commit',
  `last_seen` timestamp COMMENT 'the last sample with it in this commit',
  `runs` bigint COMMENT 'processes with it that were started in the time of this commit; what ran on from before is none',
  `samples` bigint COMMENT 'samples of processes with it'
)
PARTITIONED BY (`dt` string COMMENT 'the day under which the batch was filed, YYYY-MM-DD, UTC')
STORED AS PARQUET
LOCATION 's3://LAKE-BUCKET/lake/programs/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://LAKE-BUCKET/lake/programs/dt=${dt}/'
);
