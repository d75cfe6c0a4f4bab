//! Why a day is, or is not, compacted, and what became of everything in it: for whoever has to answer that at night.

use std::collections::BTreeMap;

use lake::{CommitId, Day, Hour, Key, Manifest, Store, prefix};

use crate::hold::{self, Accepted};
use crate::outside::{Outside, outside};
use crate::plan::{closed_at_ms, is_settled};
use crate::record::{self, Plan, Quarantined, Record, Report};
use crate::{Buckets, Cost, Held};

/// A day, explained.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The day.
    pub day: Day,
    /// Its commits in order.
    pub commits: Vec<Committed>,
    /// How it stands with the commit that would come next.
    pub next: Next,
    /// Its raw objects against the lists of its commits.
    pub raw: Outside,
    /// The hours in which something arrived late, and whether a commit was planned after each.
    pub late: Vec<(Hour, bool)>,
}

/// A commit, and what became of what it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// What it says of itself.
    pub manifest: Manifest,
    /// When it was planned, in milliseconds since 1970 UTC.
    pub planned_at_ms: Option<i64>,
    /// Shards.
    pub shards: usize,
    /// What was quarantined, by reason, the most frequent first.
    pub quarantined: Vec<Reason>,
    /// What its shards cost together, and how many shards that is; runs that were killed are not in it.
    pub cost: Cost,
    /// Of how many shards that is known.
    pub cost_of_shards: usize,
    /// It was held, and somebody accepted it.
    pub accepted: Option<Accepted>,
}

/// Why things were quarantined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// In words, `…` for what differs from case to case.
    pub words: String,
    /// How many objects or lines.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// They can be read, and their numbers were taken already.
    pub overlap: bool,
    /// The first of them: object and line.
    pub example: (String, Option<u64>),
}

/// How it stands with the commit that comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// The day is not over, or too young: it is due from this moment on, in milliseconds since 1970 UTC.
    NotClosed(i64),
    /// It is due, and no run has begun it.
    NotBegun(CommitId),
    /// It was begun.
    Unfinished {
        /// Which.
        commit: CommitId,
        /// When it was planned, in milliseconds since 1970 UTC.
        planned_at_ms: i64,
        /// The program that planned it.
        program: String,
        /// Shards that are reported.
        reported: usize,
        /// All its shards.
        shards: usize,
    },
    /// It waits for a person, for these reasons.
    Held(Held, Vec<Reason>),
    /// There is nothing to do.
    Nothing,
}

/// Explains a day as it stands at `now_ms`. `held_above_percent` is that of [`crate::Settings`].
pub async fn explain(
    buckets: &Buckets,
    day: Day,
    now_ms: i64,
    held_above_percent: f64,
) -> anyhow::Result<Explained> {
    let store = buckets.lake.as_ref();
    let manifests = record::manifests(store, day).await?;
    let mut commits = Vec::new();
    for manifest in manifests {
        commits.push(committed(store, manifest).await?);
    }
    let raw = outside(buckets, day, commits.len() as u32).await?;
    let planned_at_ms = commits.last().and_then(|last| last.planned_at_ms);
    let mut late = Vec::new();
    for found in buckets.raw.list_all(prefix::LATE).await? {
        if let Ok(Key::Late(hour, filed)) = found.key.parse()
            && filed == day
        {
            late.push((hour, planned_at_ms.is_some_and(|planned| is_settled(hour, planned))));
        }
    }
    let wanted = commits.is_empty() || raw.unlisted > 0 || late.iter().any(|(_, settled)| !settled);
    let commit = CommitId { day, number: commits.len() as u32 };
    let next = next(store, commit, wanted, now_ms, held_above_percent).await?;
    Ok(Explained { day, commits, next, raw, late })
}

async fn committed(store: &dyn Store, manifest: Manifest) -> anyhow::Result<Committed> {
    let commit = manifest.commit_id;
    let plan: Option<Plan> = record::read(store, &Key::Plan(commit)).await?;
    let record: Option<Record> = record::read(store, &Key::Record(commit)).await?;
    let reports = record.map(|record| record.shards).unwrap_or_default();
    let mut costs = Vec::new();
    for report in &reports {
        costs.extend(record::read::<Cost>(store, &Key::Cost(commit, report.shard)).await?);
    }
    Ok(Committed {
        planned_at_ms: plan.as_ref().map(|plan| plan.planned_at_ms),
        shards: plan.map_or(0, |plan| plan.shards.len()),
        quarantined: reasons(&reports),
        cost_of_shards: costs.len(),
        cost: Cost::sum(commit, &costs),
        accepted: hold::accepted(store, commit).await?,
        manifest,
    })
}

async fn next(
    store: &dyn Store,
    commit: CommitId,
    wanted: bool,
    now_ms: i64,
    held_above_percent: f64,
) -> anyhow::Result<Next> {
    let Some(plan) = record::read::<Plan>(store, &Key::Plan(commit)).await? else {
        return Ok(match closed_at_ms(commit.day) {
            due_ms if due_ms > now_ms => Next::NotClosed(due_ms),
            _ if wanted => Next::NotBegun(commit),
            _ => Next::Nothing,
        });
    };
    let mut reports: Vec<Report> = Vec::new();
    for shard in 0..plan.shards.len() as u32 {
        reports.extend(record::read(store, &Key::Report(commit, shard)).await?);
    }
    if reports.len() == plan.shards.len() {
        let held = hold::measure(store, commit, &reports).await?;
        if held.percent() > held_above_percent && hold::accepted(store, commit).await?.is_none() {
            return Ok(Next::Held(held, reasons(&reports)));
        }
    }
    Ok(Next::Unfinished {
        commit,
        planned_at_ms: plan.planned_at_ms,
        program: plan.program,
        reported: reports.len(),
        shards: plan.shards.len(),
    })
}

/// What was quarantined, by reason.
fn reasons(reports: &[Report]) -> Vec<Reason> {
    let mut reasons: BTreeMap<String, Reason> = BTreeMap::new();
    for Quarantined { key, line, reason, bytes, overlap, .. } in
        reports.iter().flat_map(|report| &report.quarantined)
    {
        let words = gist(reason);
        let entry = reasons.entry(words.clone()).or_insert_with(|| Reason {
            words,
            count: 0,
            bytes: 0,
            overlap: *overlap,
            example: (key.clone(), *line),
        });
        entry.count += 1;
        entry.bytes += bytes;
    }
    let mut reasons: Vec<Reason> = reasons.into_values().collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    reasons
}

/// A reason without what differs from case to case: words with a digit in them, runs of which become one `…`.
fn gist(reason: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in reason.split_whitespace() {
        match word.contains(|c: char| c.is_ascii_digit()) {
            true if words.last() == Some(&"…") => {}
            true => words.push("…"),
            false => words.push(word),
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::gist;

    #[test]
    fn a_reason_is_known_by_its_words() {
        for (reason, words) in [
            (
                "EOF while parsing an object at line 1 column 13",
                "EOF while parsing an object at line … column …",
            ),
            ("0000000000000001 4 is in an earlier commit of the day", "… is in an earlier commit of the day"),
            ("0 bytes, expected zstd", "… bytes, expected zstd"),
            (
                "not readable as zstd: Unknown frame descriptor",
                "not readable as zstd: Unknown frame descriptor",
            ),
        ] {
            assert_eq!(gist(reason), words);
        }
    }
}
