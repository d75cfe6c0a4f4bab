//! Which stream is being written and which number comes next.

use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use snapshot::{Follows, HostId, Stream};

use crate::durable;

/// Kept below the state folder, replaced in one step.
pub(super) const FILE: &str = "stream.json";

/// The stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) host_id: HostId,
    pub(super) boot_id: String,
    pub(super) stream: Stream,
    /// No snapshot with this number or a greater one has been sealed.
    pub(super) next_seq: i64,
    /// What the stream comes after.
    pub(super) follows: Option<Follows>,
    /// Snapshots dropped since the stream began.
    pub(super) dropped: u64,
}

impl State {
    /// Reads it; none when there is none or it is damaged: a new stream is always right, an old number used
    /// twice never.
    pub(super) fn load(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = folder.join(FILE);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
        };
        match serde_json::from_slice(&bytes) {
            Ok(state) => Ok(Some(state)),
            Err(error) => {
                crate::notice::warn(format_args!("{}: {error}; a new stream begins", path.display()));
                Ok(None)
            }
        }
    }

    pub(super) fn save(&self, folder: &Path) -> anyhow::Result<()> {
        durable::replace(&folder.join(FILE), &serde_json::to_vec(self)?)
    }
}
