-- commits: one row a commit; its rows count from 15 minutes after committed_at_ms on
CREATE OR REPLACE VIEW commits AS
SELECT version, commit_id, day, committed_at_ms, snapshots, hosts, rows, raw_bytes, lake_bytes, objects, dropped, quarantined, quarantined_bytes, program
FROM manifest_months
UNION
SELECT version, commit_id, day, committed_at_ms, snapshots, hosts, rows, raw_bytes, lake_bytes, objects, dropped, quarantined, quarantined_bytes, program
FROM manifest_days;
