#![doc = include_str!("../README.md")]

mod build;
mod catalogue;
mod commit;
mod compact;
mod compare;
mod content;
mod cost;
mod ddl;
mod deep;
mod earlier;
mod environment;
pub mod expiry;
mod explain;
mod hold;
mod host_day;
mod jobs;
mod keys;
mod metrics;
mod months;
mod outside;
mod pieces;
mod plan;
mod quarantine;
mod raw_rows;
mod read;
mod record;
mod shard;
mod stamp;
mod tables;
mod verify;
mod workers;
mod workspace;
mod write;

use std::sync::Arc;

use lake::Store;

pub use catalogue::{Catalogue, Moved, move_starts};
pub use commit::{Footer, commit, footer};
pub use compact::{Outcome, Progress, Settings, compact, compact_day};
pub use content::CONTENT_ENTRY;
pub use cost::{Cost, shard_at_cost};
pub use ddl::{
    Definition, Places, Shape, View, added_up, definitions, files, raw_columns, statements, template, views,
};
pub use deep::{Deep, deep};
pub use environment::Environment;
pub use expiry::{Closing, ExpireDays, Expiry};
pub use explain::{Committed, Explained, Next, Reason, explain};
pub use hold::{Accepted, HELD_ABOVE_PERCENT, Held, accept};
pub use host_day::HostDay;
pub use jobs::Job;
pub use metrics::{Figures, figures};
pub use months::Rolled;
pub use outside::Outside;
pub use plan::{Due, due, plan};
pub use raw_rows::raw_rows;
pub use read::{MAX_OBJECT_BYTES, lines, snapshot, text};
pub use record::{
    Output, Plan, Quarantined, Range, RawObject, Record, Report, ShardKeys, VERSION, manifests,
    read as read_record,
};
pub use shard::shard;
pub use tables::{Column, Kind, Table};
pub use verify::{Finding, Verified, verify};
pub use write::{DIGEST_ENTRY, KEY_ENTRY};

/// What plans, reports and manifests name as the program that wrote them.
pub const PROGRAM: &str = concat!("endpoint-metrics ", env!("CARGO_PKG_VERSION"));

/// The two buckets.
#[derive(Clone, Debug)]
pub struct Buckets {
    /// `raw/` and `late/`.
    pub raw: Arc<dyn Store>,
    /// Everything else.
    pub lake: Arc<dyn Store>,
}
