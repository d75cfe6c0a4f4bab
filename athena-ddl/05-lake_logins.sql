-- logins: one row a session of a person and snapshot: who was there at that moment
CREATE EXTERNAL TABLE IF NOT EXISTS lake_logins (
  `host_id` string COMMENT 'EC2 instance id, or the machine id elsewhere',
  `host_name` string COMMENT 'host name at the time; constant in a host''s rows, so it prunes and costs nothing',
  `commit_id` string COMMENT 'the commit that wrote the row, DAY.N; NULL while the row is still raw',
  `ts` timestamp COMMENT 'the instant of sampling',
  `started_at` timestamp COMMENT 'when the session began',
  `boot_id` string COMMENT 'the kernel''s boot id: session ids start anew with each',
  `user_name` string COMMENT 'who',
  `terminal` string COMMENT 'terminal',
  `remote_host` string COMMENT 'from where, an address or a name',
  `session_id` string COMMENT 'the session''s id: logind''s, or SSM''s own, which CloudTrail knows',
  `service` string COMMENT 'sshd, login, ssm',
  `class` string COMMENT 'user; cron jobs and managers are not logins',
  `source` string COMMENT 'which of the agent''s readers said so: logind, utmp, ssm',
  `pid` int COMMENT 'the session''s leader',
  `uid` bigint COMMENT 'user id'
)
PARTITIONED BY (`dt` string COMMENT 'the day under which the batch was filed, YYYY-MM-DD, UTC')
STORED AS PARQUET
LOCATION 's3://LAKE-BUCKET/lake/logins/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://LAKE-BUCKET/lake/logins/dt=${dt}/'
);
