//! The one commit point of a day.

use serde::{Deserialize, Serialize};

use crate::{CommitId, Day};

/// The manifest's version. A reader refuses a newer one with words, since it may no longer say what it seems to.
pub const MANIFEST_VERSION: u32 = 1;

/// One small line of JSON below `manifests/`, put if absent: when it lies there the commit's rows count, before
/// that they do not. Athena reads these lines as a table, so that member names are columns: they join at the
/// end and never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_VERSION`].
    pub version: u32,
    /// `DAY.N`, the value of every row's column `commit_id`.
    pub commit_id: CommitId,
    /// The filed day.
    pub day: Day,
    /// When it was put, in milliseconds since 1970 UTC: views wait 15 minutes from here.
    pub committed_at_ms: i64,
    /// Snapshots taken.
    pub snapshots: u64,
    /// Hosts of which there are any.
    pub hosts: u64,
    /// Rows over all tables.
    pub rows: u64,
    /// Bytes of raw objects taken, as stored (compressed).
    pub raw_bytes: u64,
    /// Bytes of the Parquet files as they lie.
    pub lake_bytes: u64,
    /// Raw objects taken.
    pub objects: u64,
    /// Repeats that were equal and left out.
    pub dropped: u64,
    /// What could not be read or contradicted, copied to `quarantine/`.
    pub quarantined: u64,
    /// Of what could not be read, the bytes.
    pub quarantined_bytes: u64,
    /// The program's version that committed it.
    pub program: String,
}
