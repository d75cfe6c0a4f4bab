//! Which commits are due, and what their shards are.

use std::collections::BTreeSet;

use lake::{CommitId, Day, Hour, Key, prefix};

use crate::record::{self, Plan, Range, VERSION};
use crate::{Buckets, PROGRAM};

/// A day is first committed this long after its end: its last batches are sent within 10 minutes, and what arrives
/// later than 00:30 leaves a marker.
const SETTLE_MS: i64 = 3_600_000;
/// A marker counts for a commit whose plan was put this long after the marker's hour ended: the clocks of two Lambdas
/// differ by less.
const MARKER_SETTLE_MS: i64 = 300_000;
/// Markers are read this far back; nothing is filed under a day older than 13 days.
const MARKER_DAYS: u64 = 15;

/// The commits that are due, oldest day first: the first of every closed day from the oldest that has raw objects on, and
/// the next of every day for which something arrived late.
pub async fn due(buckets: &Buckets, now_ms: i64) -> anyhow::Result<Vec<CommitId>> {
    let raw_days = days(buckets.raw.list_all_prefixes(prefix::RAW_DAYS).await?);
    let committed = days(buckets.lake.list_all_prefixes(prefix::MANIFEST_DAYS).await?);
    let Some(first) = raw_days.iter().chain(&committed).min().copied() else { return Ok(Vec::new()) };

    let late = late_days(buckets, now_ms).await?;
    let mut due = Vec::new();
    let mut day = first;
    while day.end_ms() + SETTLE_MS <= now_ms {
        if !committed.contains(&day) {
            // A day without data gets an empty commit, so that it can be told from one that was forgotten.
            due.push(CommitId { day, number: 0 });
        } else if let Some(hours) = late.iter().find(|(late, _)| *late == day).map(|(_, hours)| hours) {
            let last = record::manifests(buckets.lake.as_ref(), day).await?.len() as u32;
            if !settled(buckets, day, last, hours).await? {
                due.push(CommitId { day, number: last });
            }
        }
        day = day.next();
    }
    Ok(due)
}

fn days(beginnings: Vec<String>) -> BTreeSet<Day> {
    beginnings.iter().filter_map(|beginning| prefix::day_of(beginning)).collect()
}

/// For which days something arrived late, and in which hours, as far as those hours are over.
async fn late_days(buckets: &Buckets, now_ms: i64) -> anyhow::Result<Vec<(Day, Vec<Hour>)>> {
    let oldest = Day::of_ms(now_ms).back(MARKER_DAYS);
    let mut late: Vec<(Day, Vec<Hour>)> = Vec::new();
    for found in buckets.raw.list_all(prefix::LATE).await? {
        let Ok(Key::Late(hour, filed)) = found.key.parse() else { continue };
        if hour.day < oldest || hour.end_ms() + MARKER_SETTLE_MS > now_ms {
            continue;
        }
        match late.iter_mut().find(|(day, _)| *day == filed) {
            Some((_, hours)) => hours.push(hour),
            None => late.push((filed, vec![hour])),
        }
    }
    Ok(late)
}

/// Whether a commit of the day, of which there are `count`, was planned after every one of these hours.
async fn settled(buckets: &Buckets, day: Day, count: u32, hours: &[Hour]) -> anyhow::Result<bool> {
    let Some(number) = count.checked_sub(1) else { return Ok(false) };
    let plan: Option<Plan> =
        record::read(buckets.lake.as_ref(), &Key::Plan(CommitId { day, number })).await?;
    let planned_at_ms = plan.map_or(i64::MIN, |plan| plan.planned_at_ms);
    Ok(hours.iter().all(|hour| hour.end_ms() + MARKER_SETTLE_MS <= planned_at_ms))
}

/// The plan of a commit: what was planned before, or else ranges of at most `hosts_per_shard` of the hosts that are
/// there now. Only the `host=` beginnings are listed.
pub async fn plan(
    buckets: &Buckets,
    commit: CommitId,
    hosts_per_shard: usize,
    now_ms: i64,
) -> anyhow::Result<Plan> {
    let key = Key::Plan(commit);
    if let Some(plan) = record::read(buckets.lake.as_ref(), &key).await? {
        return Ok(plan);
    }
    let hosts = buckets.raw.list_all_prefixes(&prefix::raw_day(commit.day)).await?;
    let firsts = hosts
        .iter()
        .step_by(hosts_per_shard.max(1))
        .skip(1)
        .filter_map(|beginning| prefix::host_of(beginning));
    let mut shards = vec![Range { from: None, before: None }];
    for first in firsts {
        if let Some(last) = shards.last_mut() {
            last.before = Some(first.clone());
        }
        shards.push(Range { from: Some(first), before: None });
    }
    let plan = Plan {
        version: VERSION,
        commit_id: commit,
        planned_at_ms: now_ms,
        program: PROGRAM.to_owned(),
        shards,
    };
    record::decide(buckets.lake.as_ref(), &key, plan).await
}
