-- sockets: one row an open socket and snapshot
CREATE EXTERNAL TABLE IF NOT EXISTS lake_sockets (
  `host_id` string COMMENT 'EC2 instance id, or the machine id elsewhere',
  `host_name` string COMMENT 'host name at the time; constant in a host''s rows, so it prunes and costs nothing',
  `commit_id` string COMMENT 'the commit that wrote the row, DAY.N; NULL while the row is still raw',
  `ts` timestamp COMMENT 'the instant of sampling',
  `pid` int COMMENT 'the process that holds it, where that may be seen',
  `protocol` string COMMENT 'tcp, udp, raw, packet',
  `state` string COMMENT 'the kernel''s state: LISTEN, ESTABLISHED; UDP has none',
  `local_address` string COMMENT 'own address, RFC 5952, ::ffff: unmapped',
  `remote_address` string COMMENT 'the peer''s address',
  `local_port` int COMMENT 'own port',
  `remote_port` int COMMENT 'the peer''s port',
  `user_name` string COMMENT 'who opened it',
  `direction` string COMMENT 'listen, in, out: who opened the connection',
  `container_id` string COMMENT 'the container whose network it belongs to',
  `boot_id` string COMMENT 'the kernel''s boot id'
)
PARTITIONED BY (`dt` string COMMENT 'the day under which the batch was filed, YYYY-MM-DD, UTC')
STORED AS PARQUET
LOCATION 's3://LAKE-BUCKET/lake/sockets/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://LAKE-BUCKET/lake/sockets/dt=${dt}/'
);
