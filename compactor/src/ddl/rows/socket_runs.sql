WITH held AS (
  -- Each socket with the process that holds it, out of the same snapshot.
  SELECT
    s.dt, s.host_id, s.host_name, s.boot_id, s.stream, s.seq, s.observed_at_ms, k.*,
    element_at(filter(s.running_processes, p -> p.pid = k.pid), -1) AS holder
  FROM {open} AS s
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
    lag(number) OVER {connection} AS number_before,
    lag(coalesce(sent_bytes, 0)) OVER {connection} AS sent_before,
    lag(coalesce(received_bytes, 0)) OVER {connection} AS received_before
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
  SELECT *, {sent_rise} AS sent_bytes, {received_rise} AS received_bytes
  FROM carried
), sampled AS (
  SELECT
    dt, host_id, host_name, boot_id, number, protocol, direction, local_address, remote_address, name, exe, user_name,
    unit, container_id, local_port, remote_port, observed_at_ms, count(*) AS connections,
    {sent_bytes} AS sent_bytes,
    {received_bytes} AS received_bytes
  FROM risen
  GROUP BY dt, host_id, host_name, boot_id, number, protocol, direction, local_address, remote_address, name, exe,
    user_name, unit, container_id, local_port, remote_port, observed_at_ms
)
SELECT
  dt, host_id, host_name, boot_id, protocol, direction, local_address, remote_address, name, exe, user_name, unit,
  container_id, local_port, remote_port,
  {first_seen} AS first_seen,
  {last_seen} AS last_seen,
  count(*) AS samples,
  max(connections) AS connections_max,
  {sent_bytes} AS sent_bytes,
  {received_bytes} AS received_bytes
FROM sampled
GROUP BY dt, host_id, host_name, boot_id, protocol, direction, local_address, remote_address, name, exe, user_name,
  unit, container_id, local_port, remote_port
