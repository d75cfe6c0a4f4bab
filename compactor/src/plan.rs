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

/// How far back the first day of all is looked for where nobody has said it. A day somebody put far in the past must
/// not bring thousands of empty commits with it.
const FIRST_DAYS: u64 = 400;

/// What there is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The commits that are due, oldest day first.
    pub commits: Vec<CommitId>,
    /// Commits of which it cannot be said whether they are due, and why: what was decided for their days before cannot
    /// be read.
    pub failed: Vec<(CommitId, String)>,
}

/// When the first commit of a day is due, in milliseconds since 1970 UTC.
pub(crate) fn closed_at_ms(day: Day) -> i64 {
    day.end_ms() + SETTLE_MS
}

/// What is due: the first commit of every closed day, and the next of every day for which something arrived late.
/// `first_day` is that of [`crate::Settings`].
pub async fn due(buckets: &Buckets, now_ms: i64, first_day: Option<Day>) -> anyhow::Result<Due> {
    let days = Days::read(buckets, now_ms, first_day).await?;
    let late = late_days(buckets, now_ms).await?;
    let mut due = Due::default();
    for day in days.due(now_ms) {
        if !days.committed.contains(&day) {
            // A day without data gets an empty commit, so that it can be told from one that was forgotten.
            due.commits.push(CommitId { day, number: 0 });
        } else if let Some(hours) = late.iter().find(|(late, _)| *late == day).map(|(_, hours)| hours) {
            let number = buckets.lake.list_all(&prefix::manifests(day)).await?.len() as u32;
            let commit = CommitId { day, number };
            match settled(buckets, commit, hours).await {
                Ok(true) => {}
                Ok(false) => due.commits.push(commit),
                Err(error) => due.failed.push((commit, format!("{error:#}"))),
            }
        }
    }
    Ok(due)
}

/// The days that there are.
pub(crate) struct Days {
    raw: BTreeSet<Day>,
    pub(crate) committed: BTreeSet<Day>,
    /// The first day of all; none when there is nothing at all.
    first: Option<Day>,
}

impl Days {
    pub(crate) async fn read(buckets: &Buckets, now_ms: i64, first_day: Option<Day>) -> anyhow::Result<Self> {
        let raw = days(buckets.raw.list_all_prefixes(prefix::RAW_DAYS).await?);
        let committed = days(buckets.lake.list_all_prefixes(prefix::MANIFEST_DAYS).await?);
        let oldest = || {
            let recent = Day::of_ms(now_ms).back(FIRST_DAYS)..;
            raw.range(recent.clone()).next().into_iter().chain(committed.range(recent).next()).min().copied()
        };
        let first = first_day.or_else(oldest);
        Ok(Self { raw, committed, first })
    }

    /// Whether a day has to have a commit once it is closed.
    pub(crate) fn counts(&self, day: Day) -> bool {
        self.first.is_some_and(|first| first <= day) || self.raw.contains(&day)
    }

    /// Closed days that have to have a commit and have none.
    pub(crate) fn behind(&self, now_ms: i64) -> usize {
        self.due(now_ms).iter().filter(|day| !self.committed.contains(day)).count()
    }

    /// Every closed day that has, or has to have, a commit, oldest first.
    fn due(&self, now_ms: i64) -> Vec<Day> {
        let gapless = std::iter::successors(self.first, |day| Some(day.next()));
        let gapless = gapless.take_while(|day| closed_at_ms(*day) <= now_ms);
        let known = self.raw.union(&self.committed).copied().filter(|day| closed_at_ms(*day) <= now_ms);
        known.chain(gapless).collect::<BTreeSet<_>>().into_iter().collect()
    }
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

/// Whether the commit before `next` was planned after every one of these hours.
async fn settled(buckets: &Buckets, next: CommitId, hours: &[Hour]) -> anyhow::Result<bool> {
    let day = next.day;
    let committed = record::manifests(buckets.lake.as_ref(), day).await?;
    let Some(number) = (committed.len() as u32).checked_sub(1) else { return Ok(false) };
    let plan: Option<Plan> =
        record::read(buckets.lake.as_ref(), &Key::Plan(CommitId { day, number })).await?;
    let planned_at_ms = plan.map_or(i64::MIN, |plan| plan.planned_at_ms);
    Ok(hours.iter().all(|hour| is_settled(*hour, planned_at_ms)))
}

/// Whether a commit that was planned at this moment has all that arrived in this hour.
pub(crate) fn is_settled(hour: Hour, planned_at_ms: i64) -> bool {
    hour.end_ms() + MARKER_SETTLE_MS <= planned_at_ms
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
