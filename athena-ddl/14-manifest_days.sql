-- manifest_days: one row a commit of the months that are not rolled up; the compactor moves its range's start
CREATE EXTERNAL TABLE IF NOT EXISTS manifest_days (
  `version` int COMMENT 'the manifest''s version',
  `commit_id` string COMMENT 'the commit, DAY.N',
  `day` string COMMENT 'the filed day, YYYY-MM-DD, UTC',
  `committed_at_ms` bigint COMMENT 'when it was committed, milliseconds since 1970 UTC',
  `snapshots` bigint COMMENT 'snapshots taken',
  `hosts` bigint COMMENT 'hosts of which there are any',
  `rows` bigint COMMENT 'rows over all tables',
  `raw_bytes` bigint COMMENT 'bytes of the raw objects, as stored',
  `lake_bytes` bigint COMMENT 'bytes of the Parquet files',
  `objects` bigint COMMENT 'raw objects taken',
  `dropped` bigint COMMENT 'equal repeats that were left out',
  `quarantined` bigint COMMENT 'what could not be read or contradicted, copied to quarantine/',
  `quarantined_bytes` bigint COMMENT 'its bytes',
  `program` string COMMENT 'the program that committed it'
)
PARTITIONED BY (`dt` string COMMENT 'the day under which the batch was filed, YYYY-MM-DD, UTC')
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true')
LOCATION 's3://LAKE-BUCKET/manifests/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://LAKE-BUCKET/manifests/dt=${dt}/'
);
