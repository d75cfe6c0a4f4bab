-- coverage: one row a stream, boot and unbroken interval of sequence numbers
CREATE EXTERNAL TABLE IF NOT EXISTS lake_coverage (
  `host_id` string COMMENT 'EC2 instance id, or the machine id elsewhere',
  `host_name` string COMMENT 'host name at the time; constant in a host''s rows, so it prunes and costs nothing',
  `commit_id` string COMMENT 'the commit that wrote the row, DAY.N; NULL while the row is still raw',
  `stream` string COMMENT 'the stream',
  `boot_id` string COMMENT 'the kernel''s boot id',
  `first_seq` bigint COMMENT 'the interval''s first number',
  `last_seq` bigint COMMENT 'its last number',
  `first_ts` timestamp COMMENT 'the first sample''s instant',
  `last_ts` timestamp COMMENT 'the last sample''s instant',
  `samples` bigint COMMENT 'samples, each number counted once',
  `dropped` bigint COMMENT 'snapshots that the stream had dropped by then',
  `agent_started_at` timestamp COMMENT 'when the agent that took the last sample was started',
  `ended_by` string COMMENT 'stopped: the agent was told to; crashed: another began without that; running: not known to have ended'
)
PARTITIONED BY (`dt` string COMMENT 'the day under which the batch was filed, YYYY-MM-DD, UTC')
STORED AS PARQUET
LOCATION 's3://LAKE-BUCKET/lake/coverage/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://LAKE-BUCKET/lake/coverage/dt=${dt}/'
);
