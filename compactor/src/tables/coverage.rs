//! `coverage`: one row a stream, boot and unbroken interval of sequence numbers. It says later whether a gap was a host
//! that was down, an agent that was down, or data that was lost.

use std::collections::BTreeMap;

use snapshot::Snapshot;

use super::{Rows, table};

table! {
    Coverage "one row a stream, boot and unbroken interval of sequence numbers"
    sorted by ["first_ts", "stream", "first_seq"]
    for (i: &Interval)
    {
        stream string "the stream" = Some(&i.stream);
        boot_id string "the kernel's boot id" = Some(&i.boot_id);
        first_seq bigint "the interval's first number" = Some(i.first_seq);
        last_seq bigint "its last number" = Some(i.last_seq);
        first_ts timestamp "the first sample's instant" = Some(i.first_ms);
        last_ts timestamp "the last sample's instant" = Some(i.last_ms);
        samples bigint "samples, each number counted once" = Some(i.last_seq - i.first_seq + 1);
        dropped bigint "snapshots that the stream had dropped by then" = i.dropped;
        agent_started_at timestamp "when the agent that took the last sample was started" = i.agent_started_at_ms;
        ended_by string "stopped: the agent was told to; crashed: another began without that; running: not known to have ended" = Some(i.ended_by());
    }
}

/// An unbroken interval in the making.
#[derive(Debug)]
pub(crate) struct Interval {
    stream: String,
    boot_id: String,
    first_seq: i64,
    last_seq: i64,
    first_ms: i64,
    last_ms: i64,
    dropped: Option<i64>,
    agent_started_at_ms: Option<i64>,
    stopping: bool,
    crashed: bool,
}

impl Interval {
    fn ended_by(&self) -> &'static str {
        match self {
            Self { stopping: true, .. } => "stopped",
            Self { crashed: true, .. } => "crashed",
            _ => "running",
        }
    }
}

/// The intervals of one host-day.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    intervals: Vec<Interval>,
}

impl Coverage {
    /// Takes a snapshot in; they come in the order of (stream, sequence).
    pub(crate) fn take(&mut self, s: &Snapshot<'_>) {
        let stream = s.stream.to_string();
        let (seq, ts) = (s.seq.get(), s.observed_at_ms.get());
        let started = s.agent_started_at_ms.map(i64::from);
        if let Some(last) = self.intervals.last_mut().filter(|last| {
            last.stream == stream
                && last.boot_id == *s.boot_id
                && last.last_seq + 1 == seq
                && (last.agent_started_at_ms == started || started.is_none())
        }) {
            last.last_seq = seq;
            last.last_ms = ts;
            last.dropped = s.dropped_snapshots.map(i64::from).or(last.dropped);
            last.stopping = s.agent_stopping.unwrap_or_default();
            return;
        }
        self.intervals.push(Interval {
            stream,
            boot_id: s.boot_id.to_string(),
            first_seq: seq,
            last_seq: seq,
            first_ms: ts,
            last_ms: ts,
            dropped: s.dropped_snapshots.map(i64::from),
            agent_started_at_ms: started,
            stopping: s.agent_stopping.unwrap_or_default(),
            crashed: false,
        });
    }

    /// Writes the rows.
    pub(crate) fn finish(mut self, rows: &mut Rows) -> anyhow::Result<()> {
        self.find_crashes();
        self.intervals.iter().try_for_each(|interval| append(rows, interval))
    }

    /// An agent crashed when it never said that it stops and a later one began after its last sample. The later one may
    /// well have another stream, of which the random names say nothing of time: so this is found when all are there.
    fn find_crashes(&mut self) {
        let mut last_begin: BTreeMap<i64, i64> = BTreeMap::new();
        for interval in &self.intervals {
            let Some(started) = interval.agent_started_at_ms else { continue };
            let begin = last_begin.entry(started).or_insert(interval.first_ms);
            *begin = interval.first_ms.max(*begin);
        }
        for interval in &mut self.intervals {
            let Some(started) = interval.agent_started_at_ms else { continue };
            let is_its_last = last_begin.get(&started) == Some(&interval.first_ms);
            let later = last_begin.range(started.saturating_add(1)..).map(|(_, begin)| *begin).max();
            interval.crashed = is_its_last && later.is_some_and(|begin| begin >= interval.last_ms);
        }
    }
}
