-- networks: one row a network interface and snapshot
CREATE EXTERNAL TABLE IF NOT EXISTS lake_networks (
  `host_id` string COMMENT 'EC2 instance id, or the machine id elsewhere',
  `host_name` string COMMENT 'host name at the time; constant in a host''s rows, so it prunes and costs nothing',
  `commit_id` string COMMENT 'the commit that wrote the row, DAY.N; NULL while the row is still raw',
  `ts` timestamp COMMENT 'the instant of sampling',
  `interface` string COMMENT 'its name; containers'' interfaces are folded into one row',
  `mac` string COMMENT 'hardware address',
  `addresses` string COMMENT 'its addresses, each between blanks',
  `received_bytes` bigint COMMENT 'bytes received since boot',
  `received_packets` bigint COMMENT 'packets received since boot',
  `received_errors` bigint COMMENT 'errors when receiving, since boot',
  `received_drops` bigint COMMENT 'packets dropped when receiving, since boot',
  `sent_bytes` bigint COMMENT 'bytes sent since boot',
  `sent_packets` bigint COMMENT 'packets sent since boot',
  `sent_errors` bigint COMMENT 'errors when sending, since boot',
  `sent_drops` bigint COMMENT 'packets dropped when sending, since boot'
)
PARTITIONED BY (`dt` string COMMENT 'the day under which the batch was filed, YYYY-MM-DD, UTC')
STORED AS PARQUET
LOCATION 's3://LAKE-BUCKET/lake/networks/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://LAKE-BUCKET/lake/networks/dt=${dt}/'
);
