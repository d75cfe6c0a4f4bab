//! A sealed batch: what an agent sends in one request.

use anyhow::Context;
use lake::Day;
use snapshot::{HostId, Stream};

use super::sample::Sample;

/// Up to 15 consecutive snapshots of one stream and one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Whose.
    pub host_id: HostId,
    /// The host's name, for messages.
    pub host_name: String,
    /// The stream that numbers the snapshots.
    pub stream: Stream,
    /// The first one's number.
    pub first_seq: i64,
    /// How many.
    pub snapshots: usize,
    /// The day under which it is filed: the one observed.
    pub day: Day,
    /// How far the host's clock is behind the true one, in milliseconds.
    pub clock_behind_ms: i64,
    /// One snapshot a line.
    pub body: Vec<u8>,
    /// The first snapshot's minute.
    pub(super) minute: i64,
}

impl Batch {
    pub(super) fn push(&mut self, sample: &Sample) -> anyhow::Result<()> {
        sample.write(&mut self.body)?;
        self.snapshots += 1;
        Ok(())
    }

    /// The body as it travels: zstd at level 3. The same body gives the same bytes.
    pub fn compressed(&self) -> anyhow::Result<Vec<u8>> {
        zstd::bulk::compress(&self.body, 3).with_context(|| format!("compress {self}"))
    }
}

impl std::fmt::Display for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host_id, host_name, stream, first_seq, snapshots, day, .. } = self;
        write!(
            f,
            "batch of {host_name} ({host_id}), {day}, stream {stream} from {first_seq}, {snapshots} snapshots"
        )
    }
}
