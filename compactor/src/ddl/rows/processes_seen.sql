  SELECT
    dt, host_id, host_name, boot_id, stream, seq, observed_at_ms, p.*,
    -- Streams come one after the other; a host's streams are put in the order of time by their beginnings.
    min(observed_at_ms) OVER (PARTITION BY dt, host_id, host_name, stream) AS stream_began_ms,
    -- A process that shows up for the first time is new when it was started after this: within a stream always, in a
    -- stream's first snapshot when it was started after the sample before, or in this day where that is unknown.
    CASE
      WHEN seq > min(seq) OVER (PARTITION BY dt, host_id, host_name, stream) THEN 0
      WHEN interval_ms IS NOT NULL THEN observed_at_ms - interval_ms
      ELSE date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00.000', CAST(CAST(dt AS date) AS timestamp(3)))
    END AS new_since_ms
  FROM {open}
  LEFT JOIN UNNEST(running_processes) AS p ON TRUE
