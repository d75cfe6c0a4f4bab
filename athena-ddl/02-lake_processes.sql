-- processes: one row a process and snapshot
CREATE EXTERNAL TABLE IF NOT EXISTS lake_processes (
  `host_id` string COMMENT 'EC2 instance id, or the machine id elsewhere',
  `host_name` string COMMENT 'host name at the time; constant in a host''s rows, so it prunes and costs nothing',
  `commit_id` string COMMENT 'the commit that wrote the row, DAY.N; NULL while the row is still raw',
  `ts` timestamp COMMENT 'the instant of sampling',
  `boot_id` string COMMENT 'the kernel''s boot id: a process is (host_id, boot_id, pid, start_time)',
  `pid` int COMMENT 'process id',
  `ppid` int COMMENT 'the parent''s id now',
  `threads` int COMMENT 'threads',
  `nice` int COMMENT 'niceness, -20 to 19',
  `start_time` timestamp COMMENT 'when it was started',
  `name` string COMMENT 'the kernel''s comm, 15 bytes',
  `exe` string COMMENT 'the executable''s path',
  `exe_deleted` boolean COMMENT 'no folder has the executable under its name any more',
  `exe_memfd` boolean COMMENT 'the executable lives in memory only',
  `exe_sha256` string COMMENT 'SHA-256 of the executable, lower-case hexadecimal',
  `cmdline` string COMMENT 'the arguments, bounded and redacted',
  `cwd` string COMMENT 'the working directory',
  `user_name` string COMMENT 'the effective user''s name; #1000 where none is known',
  `uid` bigint COMMENT 'real user id',
  `euid` bigint COMMENT 'effective user id',
  `gid` bigint COMMENT 'real group id',
  `loginuid` bigint COMMENT 'who logged in, whatever sudo did since; NULL when unset',
  `session_id` string COMMENT 'the login session, the same as in logins',
  `tty` string COMMENT 'the controlling terminal',
  `state` string COMMENT 'the kernel''s state letter',
  `cpu_ms` bigint COMMENT 'processor time since the process started, milliseconds',
  `read_bytes` bigint COMMENT 'bytes fetched from storage (not from the cache) since the process started',
  `write_bytes` bigint COMMENT 'bytes sent to storage since the process started',
  `child_faults` bigint COMMENT 'page faults of children that were waited for, since the process started: it rises when a child lived and died between samples',
  `rss_bytes` bigint COMMENT 'resident memory',
  `virtual_bytes` bigint COMMENT 'address space',
  `unit` string COMMENT 'the systemd unit',
  `container_id` string COMMENT 'the container''s id',
  `host_namespaces` string COMMENT 'which of mnt net pid user it shares with process 1',
  `capabilities` string COMMENT 'effective capabilities, sorted names'
)
PARTITIONED BY (`dt` string COMMENT 'the day under which the batch was filed, YYYY-MM-DD, UTC')
STORED AS PARQUET
LOCATION 's3://LAKE-BUCKET/lake/processes/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://LAKE-BUCKET/lake/processes/dt=${dt}/'
);
