//! The whole job: every commit that is due, oldest day first, as far as time allows.

use std::collections::BTreeSet;

use anyhow::bail;
use lake::{Clock, CommitId, Day, Manifest};

use crate::expiry::{self, Closing, Expiry};
use crate::hold::Held;
use crate::months::{self, Rolled};
use crate::plan::closed_at_ms;
use crate::record::{self, Plan};
use crate::workers::side_by_side;
use crate::{Buckets, commit, due, plan, shard_at_cost};

/// How to go about it.
pub struct Settings<'s> {
    /// The most hosts in a shard.
    pub hosts_per_shard: usize,
    /// Shards done at once, each by a thread of its own where the runtime has several.
    pub workers: usize,
    /// No shard is begun after this moment, in milliseconds since 1970 UTC; what is left is the next run's.
    pub until_ms: i64,
    /// The first day of all: the installation's less 13 days, since nothing can be filed under an older one. Every closed
    /// day from here on is committed, also one without data; of an older one, which somebody must have put by hand, only
    /// what lies there. None where nobody knows: then it is the oldest day of the last 400 that has data.
    pub first_day: Option<Day>,
    /// A commit of which more than so many hundredths of its raw bytes cannot be read is held: [`crate::Held`].
    pub held_above_percent: f64,
    /// How raw expires. None: nobody looks after that, and no rule is read or set.
    pub expiry: Option<Expiry<'s>>,
    /// Told of what goes on.
    pub progress: &'s dyn Progress,
}

impl Settings<'_> {
    /// Whether there is no time to begin anything more.
    pub(crate) fn out_of_time(&self, clock: &dyn Clock) -> bool {
        clock.now_ms() >= self.until_ms
    }

    /// Until when days are closed: that comes first, lest a backlog of commits starve it, and has a third of the time,
    /// lest it starve them.
    fn close_until_ms(&self, clock: &dyn Clock) -> i64 {
        let now_ms = clock.now_ms();
        now_ms.saturating_add(self.until_ms.saturating_sub(now_ms) / 3)
    }
}

/// Told of what goes on: a progress bar, or nobody.
pub trait Progress: Send + Sync {
    /// A commit begins.
    fn begin(&self, _commit: CommitId, _shards: usize) {}
    /// A shard begins, and so many raw objects are its own.
    fn listed(&self, _objects: u64) {}
    /// So many raw objects were taken.
    fn objects(&self, _count: u64) {}
    /// A commit is done.
    fn committed(&self, _manifest: &Manifest) {}
}

impl Progress for () {}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was committed, in order.
    pub committed: Vec<Manifest>,
    /// Commits that are due and were left to the next run.
    pub left: usize,
    /// Commits that failed, and why; they did not keep others from being done.
    pub failed: Vec<(CommitId, String)>,
    /// Those of them that are held until a person accepts them.
    pub held: Vec<CommitId>,
    /// Months of which a generation was written.
    pub rolled: Vec<Rolled>,
    /// Which days' raw may expire.
    pub closing: Closing,
    /// What else went wrong. Nothing hangs on it that the next run could not do.
    pub troubles: Vec<String>,
}

impl Outcome {
    /// What a person has to be told, in words; none when all is well.
    pub fn complaints(&self) -> Vec<String> {
        let failed = self.failed.iter().map(|(commit, why)| format!("{commit} is not committed: {why}"));
        failed.chain(self.closing.complaints()).chain(self.troubles.iter().cloned()).collect()
    }
}

/// Closes the days whose raw may expire, does every commit that is due, then the roll-up of full months. Days do not
/// depend on each other: one that fails keeps no other back.
pub async fn compact(
    buckets: &Buckets,
    clock: &dyn Clock,
    settings: &Settings<'_>,
) -> anyhow::Result<Outcome> {
    let mut closing = settings.expiry.map(|expiry| expiry::Run::new(buckets, expiry, clock));
    if let Some(closing) = &mut closing {
        closing.all(settings.close_until_ms(clock)).await;
    }
    let due = due(buckets, clock.now_ms(), settings.first_day).await?;
    let mut outcome = Outcome { failed: due.failed, ..Outcome::default() };
    let strays = closing.as_ref().map(expiry::Run::strays).unwrap_or_default();
    let mut commits: BTreeSet<CommitId> = due.commits.into_iter().collect();
    commits.extend(strays.iter().map(|(day, number)| CommitId { day: *day, number: *number }));
    for commit in commits {
        match one(buckets, commit, clock, settings).await {
            Ok(Some(manifest)) => outcome.committed.push(manifest),
            Ok(None) => outcome.left += 1,
            Err(error) => {
                if error.is::<Held>() {
                    outcome.held.push(commit);
                }
                outcome.failed.push((commit, format!("{error:#}")));
            }
        }
    }
    if let Some(mut closing) = closing {
        let days = outcome.committed.iter().map(|manifest| manifest.day);
        let days = days.filter(|day| strays.contains_key(day)).collect();
        closing.again(&days, settings.until_ms).await;
        outcome.closing = closing.finish().await;
    }
    match months::roll_up(buckets, clock, settings).await {
        Ok(rolled) => outcome.rolled = rolled,
        Err(error) => outcome.troubles.push(format!("the months were not looked through: {error:#}")),
    }
    Ok(outcome)
}

/// Commits what lies in a day and is in none of its commits, whether or not anything said so: by hand. None when there is
/// nothing to commit, or time ran out.
///
/// A day that is not closed is refused: what arrives until then leaves no marker, so no later commit would look for it.
pub async fn compact_day(
    buckets: &Buckets,
    day: Day,
    clock: &dyn Clock,
    settings: &Settings<'_>,
) -> anyhow::Result<Option<Manifest>> {
    if clock.now_ms() < closed_at_ms(day) {
        bail!("{day} is not closed: its first commit is due from 01:00 UTC of {} on", day.next());
    }
    let number = record::manifests(buckets.lake.as_ref(), day).await?.len() as u32;
    let commit = CommitId { day, number };
    if number > 0 && !crate::keys::anything_new(buckets, commit).await? {
        return Ok(None);
    }
    one(buckets, commit, clock, settings).await
}

async fn one(
    buckets: &Buckets,
    commit_id: CommitId,
    clock: &dyn Clock,
    settings: &Settings<'_>,
) -> anyhow::Result<Option<Manifest>> {
    if settings.out_of_time(clock) {
        return Ok(None);
    }
    let plan: Plan = plan(buckets, commit_id, settings.hosts_per_shard, clock.now_ms()).await?;
    settings.progress.begin(commit_id, plan.shards.len());
    let plan = &plan;
    let finished = side_by_side(plan.shards.len() as u32, settings.workers, |number| async move {
        if settings.out_of_time(clock) {
            return Ok(false);
        }
        shard_at_cost(buckets, plan, number, clock, settings.progress).await?;
        Ok(true)
    });
    let finished = finished.await?;
    if finished.contains(&false) {
        return Ok(None);
    }
    let manifest = commit(buckets, plan, clock, settings.held_above_percent).await?;
    settings.progress.committed(&manifest);
    Ok(Some(manifest))
}
