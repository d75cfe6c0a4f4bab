//! Months: three years of manifests are 1,100 tiny objects, and a view that reads each of them takes ten seconds. So the
//! lines of a month that is over are also written into one object, and views read that.
//!
//! A month is rolled up once nothing can be filed into it any more and each of its days is committed whole. Should a commit
//! join it later (by hand), the next run writes its line into a further generation. A line that is in two objects is
//! harmless: views ask whether a commit is among them, and no more.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use lake::{Clock, CommitId, Key, Month, Put, Store, prefix};
use serde::Deserialize;

use crate::plan::Days;
use crate::{Buckets, Settings, keys};

/// Months rolled up in a run, at most: the rest is the next run's.
const MONTHS_A_RUN: usize = 12;

/// A generation that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rolled {
    /// Of which month.
    pub month: Month,
    /// 0 for the month itself, later ones hold what came later.
    pub generation: u32,
    /// How many manifests are in it.
    pub manifests: usize,
}

/// Writes what is missing of each month that can be rolled up, oldest first, as far as time allows.
pub(crate) async fn roll_up(
    buckets: &Buckets,
    clock: &dyn Clock,
    settings: &Settings<'_>,
) -> anyhow::Result<Vec<Rolled>> {
    let now_ms = clock.now_ms();
    let days = Days::read(buckets, now_ms, settings.first_day).await?;
    let store = buckets.lake.as_ref();
    let generations = generations(store).await?;
    let months: BTreeSet<Month> = days.committed.iter().map(|day| day.month()).collect();
    let mut rolled = Vec::new();
    for month in months.into_iter().filter(|month| closed_at_ms(*month) <= now_ms) {
        if settings.out_of_time(clock) || rolled.len() == MONTHS_A_RUN {
            break;
        }
        let known = generations.get(&month).map(Vec::as_slice).unwrap_or_default();
        let commits = commits(store, month).await?;
        if known.is_empty() && !is_whole(buckets, month, &days, &commits).await? {
            continue;
        }
        rolled.extend(write(store, month, known, commits).await?);
    }
    Ok(rolled)
}

/// From this moment on a month may be rolled up, in milliseconds since 1970 UTC: from the 20th of the next one on,
/// when its last day can no longer be filed under, and what was late for it is committed.
fn closed_at_ms(month: Month) -> i64 {
    let twentieth = month.next().days().nth(19);
    twentieth.map_or(i64::MAX, |day| day.start_ms())
}

/// The generations of each month that was rolled up.
async fn generations(store: &dyn Store) -> anyhow::Result<BTreeMap<Month, Vec<u32>>> {
    let mut generations: BTreeMap<Month, Vec<u32>> = BTreeMap::new();
    for found in store.list_all(prefix::MONTHS).await? {
        match found.key.parse() {
            Ok(Key::Month(month, generation)) => generations.entry(month).or_default().push(generation),
            // Every object there is read as manifests.
            _ => bail!("{} is none of ours: move it away", found.key),
        }
    }
    Ok(generations)
}

/// The commits of a month.
async fn commits(store: &dyn Store, month: Month) -> anyhow::Result<BTreeSet<CommitId>> {
    let listed = store.list_all(&prefix::manifests_of_month(month)).await?;
    let commit = |key: &str| match key.parse() {
        Ok(Key::Manifest(commit)) => Some(commit),
        _ => None,
    };
    Ok(listed.iter().filter_map(|found| commit(&found.key)).collect())
}

/// Whether every day of a month is committed and nothing lies outside its commits.
async fn is_whole(
    buckets: &Buckets,
    month: Month,
    days: &Days,
    commits: &BTreeSet<CommitId>,
) -> anyhow::Result<bool> {
    let number = |day| commits.iter().filter(|commit| commit.day == day).count() as u32;
    if month.days().any(|day| days.counts(day) && number(day) == 0) {
        return Ok(false);
    }
    for day in month.days().filter(|day| number(*day) > 0) {
        if keys::anything_new(buckets, CommitId { day, number: number(day) }).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes the next generation with the manifests that are in none yet; none when all are.
async fn write(
    store: &dyn Store,
    month: Month,
    known: &[u32],
    mut missing: BTreeSet<CommitId>,
) -> anyhow::Result<Option<Rolled>> {
    for generation in known {
        let key = Key::Month(month, *generation).to_string();
        let text = store.get(&key).await?;
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            missing.remove(&commit_of(line).with_context(|| format!("cannot read {key}"))?);
        }
    }
    if missing.is_empty() {
        return Ok(None);
    }
    let mut text = Vec::new();
    for commit in &missing {
        let key = Key::Manifest(*commit).to_string();
        let line = store.get(&key).await?;
        if line.contains(&b'\n') || commit_of(&line).with_context(|| format!("cannot read {key}"))? != *commit
        {
            bail!("{key} is not the one line of {commit}");
        }
        text.extend_from_slice(&line);
        text.push(b'\n');
    }
    let generation = known.iter().max().map_or(0, |last| last + 1);
    // Another run may have been first, with fewer lines than these: the next run finds what is missing then.
    let put = store.put_if_absent(&Key::Month(month, generation).to_string(), text.into()).await?;
    Ok((put == Put::Stored).then_some(Rolled { month, generation, manifests: missing.len() }))
}

/// The commit of a manifest's line, of whatever version.
fn commit_of(line: &[u8]) -> anyhow::Result<CommitId> {
    #[derive(Deserialize)]
    struct Line {
        commit_id: CommitId,
    }
    let line: Line = serde_json::from_slice(line)?;
    Ok(line.commit_id)
}
