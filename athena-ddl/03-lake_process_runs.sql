-- process_runs: one row a commit, process, image and credentials: an exec, or a user id that changes in place, starts a new row
CREATE EXTERNAL TABLE IF NOT EXISTS lake_process_runs (
  `host_id` string COMMENT 'EC2 instance id, or the machine id elsewhere',
  `host_name` string COMMENT 'host name at the time; constant in a host''s rows, so it prunes and costs nothing',
  `commit_id` string COMMENT 'the commit that wrote the row, DAY.N; NULL while the row is still raw',
  `boot_id` string COMMENT 'the kernel''s boot id',
  `pid` int COMMENT 'process id',
  `ppid` int COMMENT 'the parent''s id when this row began',
  `start_time` timestamp COMMENT 'when the process was started',
  `parent_start_time` timestamp COMMENT 'when the parent at first sight was started',
  `name` string COMMENT 'the kernel''s comm, 15 bytes',
  `exe` string COMMENT 'the executable''s path',
  `exe_deleted` boolean COMMENT 'no folder had the executable under its name any more, in some sample',
  `exe_memfd` boolean COMMENT 'the executable lives in memory only',
  `exe_sha256` string COMMENT 'SHA-256 of the executable',
  `cmdline` string COMMENT 'the arguments when this row began',
  `cwd` string COMMENT 'the working directory when this row began',
  `user_name` string COMMENT 'the effective user''s name',
  `uid` bigint COMMENT 'real user id',
  `euid` bigint COMMENT 'effective user id',
  `loginuid` bigint COMMENT 'who logged in; NULL when unset',
  `session_id` string COMMENT 'the login session',
  `tty` string COMMENT 'the controlling terminal',
  `unit` string COMMENT 'the systemd unit',
  `container_id` string COMMENT 'the container''s id',
  `host_namespaces` string COMMENT 'which of mnt net pid user it shares with process 1',
  `capabilities` string COMMENT 'effective capabilities',
  `parent_name` string COMMENT 'the parent''s name at first sight',
  `parent_exe` string COMMENT 'the parent''s executable at first sight',
  `ancestry` string COMMENT 'names from the parent up at first sight, separated by <',
  `first_seen` timestamp COMMENT 'the first sample of this row',
  `last_seen` timestamp COMMENT 'the last sample of this row',
  `samples` bigint COMMENT 'samples',
  `cpu_ms` bigint COMMENT 'processor time used while this row lasted',
  `read_bytes` bigint COMMENT 'bytes fetched from storage while this row lasted',
  `write_bytes` bigint COMMENT 'bytes sent to storage while this row lasted',
  `child_faults` bigint COMMENT 'page faults of waited-for children while this row lasted',
  `rss_bytes_max` bigint COMMENT 'the largest resident memory'
)
PARTITIONED BY (`dt` string COMMENT 'the day under which the batch was filed, YYYY-MM-DD, UTC')
STORED AS PARQUET
LOCATION 's3://LAKE-BUCKET/lake/process_runs/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://LAKE-BUCKET/lake/process_runs/dt=${dt}/'
);
