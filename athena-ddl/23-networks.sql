-- networks: one row a network interface and snapshot
CREATE OR REPLACE VIEW networks AS
SELECT host_id, host_name, commit_id, ts, interface, mac, addresses, received_bytes, received_packets, received_errors, received_drops, sent_bytes, sent_packets, sent_errors, sent_drops, dt
FROM lake_networks
  WHERE commit_id IN (SELECT commit_id FROM commits WHERE committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000)
UNION ALL
SELECT host_id, host_name, commit_id, ts, interface, mac, addresses, received_bytes, received_packets, received_errors, received_drops, sent_bytes, sent_packets, sent_errors, sent_drops, dt
FROM (
  SELECT
    s.dt,
    s.host_id AS host_id,
    s.host_name AS host_name,
    CAST(NULL AS varchar) AS commit_id,
    CAST(from_unixtime(s.observed_at_ms / 1e3, 'UTC') AS timestamp(3)) AS ts,
    i."interface" AS interface,
    i."mac" AS mac,
    CASE WHEN cardinality(i."addresses") > 0 THEN ' ' || array_join(i."addresses", ' ') || ' ' END AS addresses,
    i."received_bytes" AS received_bytes,
    i."received_packets" AS received_packets,
    i."received_errors" AS received_errors,
    i."received_drops" AS received_drops,
    i."sent_bytes" AS sent_bytes,
    i."sent_packets" AS sent_packets,
    i."sent_errors" AS sent_errors,
    i."sent_drops" AS sent_drops
  FROM (
    SELECT *
    FROM raw_open AS r
    WHERE host_id IS NOT NULL AND NOT EXISTS (
      SELECT 1
      FROM commits AS c
      WHERE c.commit_id = r.dt || '.0' AND c.committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000
    )
  ) AS s
  CROSS JOIN UNNEST(s.networks) AS i
);
