-- socket_runs: one row a commit and flow: who listened, who talked to whom; ephemeral ports are dropped
CREATE EXTERNAL TABLE IF NOT EXISTS lake_socket_runs (
  `host_id` string COMMENT 'EC2 instance id, or the machine id elsewhere',
  `host_name` string COMMENT 'host name at the time; constant in a host''s rows, so it prunes and costs nothing',
  `commit_id` string COMMENT 'the commit that wrote the row, DAY.N; NULL while the row is still raw',
  `boot_id` string COMMENT 'the kernel''s boot id',
  `protocol` string COMMENT 'tcp, udp, raw, packet',
  `direction` string COMMENT 'listen, in, out',
  `local_address` string COMMENT 'own address; NULL for what goes out',
  `remote_address` string COMMENT 'the peer''s address',
  `name` string COMMENT 'the process''s comm',
  `exe` string COMMENT 'the process''s executable',
  `user_name` string COMMENT 'who opened it',
  `unit` string COMMENT 'the process''s systemd unit',
  `container_id` string COMMENT 'the container whose network it belongs to',
  `local_port` int COMMENT 'own port; NULL for what goes out',
  `remote_port` int COMMENT 'the peer''s port; NULL for what comes in',
  `first_seen` timestamp COMMENT 'the first sample with it',
  `last_seen` timestamp COMMENT 'the last sample with it',
  `samples` bigint COMMENT 'samples with it',
  `connections_max` bigint COMMENT 'the most connections in one sample',
  `sent_bytes` bigint COMMENT 'bytes sent while observed (TCP)',
  `received_bytes` bigint COMMENT 'bytes received while observed (TCP)'
)
PARTITIONED BY (`dt` string COMMENT 'the day under which the batch was filed, YYYY-MM-DD, UTC')
STORED AS PARQUET
LOCATION 's3://LAKE-BUCKET/lake/socket_runs/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://LAKE-BUCKET/lake/socket_runs/dt=${dt}/'
);
