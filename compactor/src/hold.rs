//! A commit of which too much cannot be read is held until a person says that it may be made.
//!
//! What cannot be read is kept in quarantine, so committing it loses nothing; but a tenth of a day that turns out to be
//! unreadable is a fault upstream (a wrong key, a broken sender, a bucket restored from a bad copy), and somebody should
//! know of it before views show the day as whole and its raw objects expire.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use lake::{Clock, CommitId, Key, Store};
use serde::{Deserialize, Serialize};

use crate::record::{self, Plan, Report, ShardKeys, VERSION};
use crate::{Buckets, PROGRAM};

/// A commit is held when more than this of its raw bytes cannot be read, where nobody says otherwise.
pub const HELD_ABOVE_PERCENT: f64 = 1.0;

/// A commit that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "held: {unreadable_bytes} of its {raw_bytes} raw bytes ({:.1} %) cannot be read; look at what and why with \
     `explain {}`, then either mend the cause or let it be committed without them: `accept {commit}`",
    self.percent(), commit.day
)]
pub struct Held {
    /// Which.
    pub commit: CommitId,
    /// Bytes of raw, as stored, that cannot be read.
    pub unreadable_bytes: u64,
    /// All its raw bytes.
    pub raw_bytes: u64,
}

impl Held {
    /// Hundredths that cannot be read.
    pub fn percent(&self) -> f64 {
        // An empty commit has nothing that could not be read.
        self.unreadable_bytes as f64 * 100.0 / self.raw_bytes.max(1) as f64
    }
}

/// That a held commit may be made, `commits/dt=D/N/accepted.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// [`VERSION`].
    pub version: u32,
    /// Which.
    pub commit_id: CommitId,
    /// When, in milliseconds since 1970 UTC.
    pub accepted_at_ms: i64,
    /// What was known to be unreadable then.
    pub unreadable_bytes: u64,
    /// Of how much.
    pub raw_bytes: u64,
    /// The program that wrote it.
    pub program: String,
}

/// How much of a commit cannot be read. `shards` are the reports of all its shards.
///
/// Bytes are those of raw objects as they are stored. An object that cannot be read counts whole; a line that cannot be
/// read counts for its share of its object, one of as many lines as the object's key promises. Overlaps can be read and
/// do not count.
pub(crate) async fn measure(store: &dyn Store, commit: CommitId, shards: &[Report]) -> anyhow::Result<Held> {
    let mut unreadable_bytes = 0;
    for report in shards {
        let mut lines: BTreeMap<&str, u64> = BTreeMap::new();
        for entry in report.quarantined.iter().filter(|entry| !entry.overlap) {
            match entry.line {
                None => unreadable_bytes += entry.bytes,
                Some(_) => *lines.entry(&entry.key).or_default() += 1,
            }
        }
        if lines.is_empty() {
            continue;
        }
        let key = Key::ShardKeys(commit, report.shard);
        let keys: ShardKeys =
            record::read(store, &key).await?.with_context(|| format!("{key} is not there"))?;
        for object in &keys.objects {
            let Some(bad) = lines.get(object.key.as_str()) else { continue };
            let promised = match object.key.parse() {
                Ok(Key::Raw(raw)) => raw.count as u64,
                _ => 1,
            };
            unreadable_bytes += object.bytes * bad.min(&promised) / promised;
        }
    }
    let raw_bytes = shards.iter().map(|report| report.raw_bytes).sum();
    Ok(Held { commit, unreadable_bytes, raw_bytes })
}

/// An error, which is a [`Held`], when too much of the commit cannot be read and nobody accepted that.
pub(crate) async fn unless_accepted(
    store: &dyn Store,
    commit: CommitId,
    shards: &[Report],
    above_percent: f64,
) -> anyhow::Result<()> {
    let held = measure(store, commit, shards).await?;
    if held.percent() <= above_percent || accepted(store, commit).await?.is_some() {
        return Ok(());
    }
    Err(held.into())
}

pub(crate) async fn accepted(store: &dyn Store, commit: CommitId) -> anyhow::Result<Option<Accepted>> {
    record::read(store, &Key::Accepted(commit)).await
}

/// Accepts a held commit: the next run makes it. Refused for a commit that is not held, so that nobody accepts what is
/// not known yet.
pub async fn accept(
    buckets: &Buckets,
    commit: CommitId,
    clock: &dyn Clock,
    above_percent: f64,
) -> anyhow::Result<Accepted> {
    let store = buckets.lake.as_ref();
    if let Some(accepted) = accepted(store, commit).await? {
        return Ok(accepted);
    }
    if record::read::<lake::Manifest>(store, &Key::Manifest(commit)).await?.is_some() {
        bail!("{commit} is committed: there is nothing to accept");
    }
    let plan: Option<Plan> = record::read(store, &Key::Plan(commit)).await?;
    let plan = plan.with_context(|| format!("{commit} is not planned: run compact first"))?;
    let mut shards = Vec::new();
    for number in 0..plan.shards.len() as u32 {
        let report: Option<Report> = record::read(store, &Key::Report(commit, number)).await?;
        shards.push(
            report.with_context(|| format!("shard {number} of {commit} is not done: run compact first"))?,
        );
    }
    let held = measure(store, commit, &shards).await?;
    if held.percent() <= above_percent {
        bail!(
            "{commit} is not held: {:.1} % of it cannot be read, no more than {above_percent} %",
            held.percent()
        );
    }
    let accepted = Accepted {
        version: VERSION,
        commit_id: commit,
        accepted_at_ms: clock.now_ms(),
        unreadable_bytes: held.unreadable_bytes,
        raw_bytes: held.raw_bytes,
        program: PROGRAM.to_owned(),
    };
    record::decide(store, &Key::Accepted(commit), accepted).await
}
