-- socket_runs: one row a commit and flow: who listened, who talked to whom; ephemeral ports are dropped
CREATE OR REPLACE VIEW socket_runs AS
SELECT host_id, host_name, commit_id, boot_id, protocol, direction, local_address, remote_address, name, exe, user_name, unit, container_id, local_port, remote_port, first_seen, last_seen, samples, connections_max, sent_bytes, received_bytes, dt
FROM (
  SELECT
    dt,
    host_id,
    host_name,
    dt || '.' || CAST(max(CAST(substr(commit_id, 12) AS integer)) AS varchar) AS commit_id,
    boot_id,
    protocol,
    direction,
    local_address,
    remote_address,
    name,
    exe,
    user_name,
    unit,
    container_id,
    local_port,
    remote_port,
    min(first_seen) AS first_seen,
    max(last_seen) AS last_seen,
    CAST(CASE WHEN sum(CAST(samples AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(samples AS decimal(38, 0))) END AS bigint) AS samples,
    max(connections_max) AS connections_max,
    CAST(CASE WHEN sum(CAST(sent_bytes AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(sent_bytes AS decimal(38, 0))) END AS bigint) AS sent_bytes,
    CAST(CASE WHEN sum(CAST(received_bytes AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(received_bytes AS decimal(38, 0))) END AS bigint) AS received_bytes
  FROM lake_socket_runs
  WHERE commit_id IN (SELECT commit_id FROM commits WHERE committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000)
  GROUP BY dt, host_id, host_name, boot_id, protocol, direction, local_address, remote_address, name, exe, user_name, unit, container_id, local_port, remote_port
)
UNION ALL
SELECT host_id, host_name, commit_id, boot_id, protocol, direction, local_address, remote_address, name, exe, user_name, unit, container_id, local_port, remote_port, first_seen, last_seen, samples, connections_max, sent_bytes, received_bytes, dt
FROM (
  SELECT *, CAST(NULL AS varchar) AS commit_id
  FROM (
  WITH held AS (
    -- Each socket with the process that holds it, out of the same snapshot.
    SELECT
      s.dt, s.host_id, s.host_name, s.boot_id, s.stream, s.seq, s.observed_at_ms, k.*,
      element_at(filter(s.running_processes, p -> p.pid = k.pid), -1) AS holder
    FROM (
      SELECT *
      FROM raw_open AS r
      WHERE host_id IS NOT NULL AND NOT EXISTS (
        SELECT 1
        FROM commits AS c
        WHERE c.commit_id = r.dt || '.0' AND c.committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000
      )
    ) AS s
    CROSS JOIN UNNEST(s.sockets) AS k
  ), numbered AS (
    SELECT
      *,
      dense_rank() OVER (PARTITION BY dt, host_id, host_name ORDER BY stream, seq) AS number,
      seq > min(seq) OVER (PARTITION BY dt, host_id, host_name, stream) AS goes_on
    FROM held
  ), counted AS (
    SELECT
      *,
      lag(number) OVER (PARTITION BY dt, host_id, host_name, boot_id, protocol, local_address, local_port, remote_address, remote_port ORDER BY stream, seq) AS number_before,
      lag(coalesce(sent_bytes, 0)) OVER (PARTITION BY dt, host_id, host_name, boot_id, protocol, local_address, local_port, remote_address, remote_port ORDER BY stream, seq) AS sent_before,
      lag(coalesce(received_bytes, 0)) OVER (PARTITION BY dt, host_id, host_name, boot_id, protocol, local_address, local_port, remote_address, remote_port ORDER BY stream, seq) AS received_before
    FROM numbered
  ), carried AS (
    -- What a connection carried before the first sample of it that can tell belongs to an earlier row, or to nobody; the
    -- side that chose its port at random says nothing by it.
    SELECT
      dt, host_id, host_name, boot_id, number, observed_at_ms, protocol, direction,
      CASE WHEN direction = 'out' THEN NULL ELSE local_address END AS local_address, remote_address,
      holder.name AS name, holder.exe AS exe, user_name, holder.unit AS unit, container_id,
      CASE WHEN direction = 'out' THEN NULL ELSE local_port END AS local_port,
      CASE WHEN direction = 'in' THEN NULL ELSE remote_port END AS remote_port,
      sent_bytes IS NOT NULL OR received_bytes IS NOT NULL AS counts,
      coalesce(sent_bytes, 0) AS sent_now,
      coalesce(received_bytes, 0) AS received_now,
      CASE WHEN number_before = number - 1 THEN sent_before WHEN goes_on THEN 0 ELSE coalesce(sent_bytes, 0) END
        AS sent_before,
      CASE WHEN number_before = number - 1 THEN received_before WHEN goes_on THEN 0 ELSE coalesce(received_bytes, 0) END
        AS received_before
    FROM counted
  ), risen AS (
    SELECT *, CASE WHEN counts THEN sent_now - CASE WHEN sent_now >= sent_before THEN sent_before ELSE 0 END END AS sent_bytes, CASE WHEN counts THEN received_now - CASE WHEN received_now >= received_before THEN received_before ELSE 0 END END AS received_bytes
    FROM carried
  ), sampled AS (
    SELECT
      dt, host_id, host_name, boot_id, number, protocol, direction, local_address, remote_address, name, exe, user_name,
      unit, container_id, local_port, remote_port, observed_at_ms, count(*) AS connections,
      CAST(CASE WHEN sum(CAST(sent_bytes AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(sent_bytes AS decimal(38, 0))) END AS bigint) AS sent_bytes,
      CAST(CASE WHEN sum(CAST(received_bytes AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(received_bytes AS decimal(38, 0))) END AS bigint) AS received_bytes
    FROM risen
    GROUP BY dt, host_id, host_name, boot_id, number, protocol, direction, local_address, remote_address, name, exe,
      user_name, unit, container_id, local_port, remote_port, observed_at_ms
  )
  SELECT
    dt, host_id, host_name, boot_id, protocol, direction, local_address, remote_address, name, exe, user_name, unit,
    container_id, local_port, remote_port,
    CAST(from_unixtime(min(observed_at_ms) / 1e3, 'UTC') AS timestamp(3)) AS first_seen,
    CAST(from_unixtime(max(observed_at_ms) / 1e3, 'UTC') AS timestamp(3)) AS last_seen,
    count(*) AS samples,
    max(connections) AS connections_max,
    CAST(CASE WHEN sum(CAST(sent_bytes AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(sent_bytes AS decimal(38, 0))) END AS bigint) AS sent_bytes,
    CAST(CASE WHEN sum(CAST(received_bytes AS decimal(38, 0))) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(CAST(received_bytes AS decimal(38, 0))) END AS bigint) AS received_bytes
  FROM sampled
  GROUP BY dt, host_id, host_name, boot_id, protocol, direction, local_address, remote_address, name, exe, user_name,
    unit, container_id, local_port, remote_port
  )
);
