-- inventory: one row a thing configured on the host, in full once a day and otherwise when it changed
CREATE EXTERNAL TABLE IF NOT EXISTS lake_inventory (
  `host_id` string COMMENT 'EC2 instance id, or the machine id elsewhere',
  `host_name` string COMMENT 'host name at the time; constant in a host''s rows, so it prunes and costs nothing',
  `commit_id` string COMMENT 'the commit that wrote the row, DAY.N; NULL while the row is still raw',
  `ts` timestamp COMMENT 'the instant of sampling',
  `modified_at` timestamp COMMENT 'when its contents changed last',
  `kind` string COMMENT 'user, group, authorized_key, cron, unit, timer, module, package, suid, preload, file',
  `name` string COMMENT 'what it is called: a path, a package, a unit',
  `value` string COMMENT 'its version, command or fingerprint, at most 512 bytes',
  `sha256` string COMMENT 'SHA-256 of its contents',
  `mode` string COMMENT 'permission bits, octal',
  `change` string COMMENT 'added, changed, removed: against the list before, in the day''s full one too; present: as it was, or no list before is known',
  `uid` bigint COMMENT 'owner'
)
PARTITIONED BY (`dt` string COMMENT 'the day under which the batch was filed, YYYY-MM-DD, UTC')
STORED AS PARQUET
LOCATION 's3://LAKE-BUCKET/lake/inventory/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://LAKE-BUCKET/lake/inventory/dt=${dt}/'
);
