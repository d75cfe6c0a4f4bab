//! Which days' raw may expire: those that are proven, and no others.
//!
//! Raw expires by rules of the bucket, one for each day's prefix. A day is *closed*, that is, has such a rule, once nothing
//! can be filed into it any more, its commits verify, and a listing showed no object that is in none of them. What lies
//! outside is committed first. Each day under a rule is looked at again, once each day: what does not hold any more, for
//! whatever reason, loses its rule until it does.
//!
//! S3 replaces all rules at once and without a condition, so two runs side by side can undo each other's work. What that
//! can come to is kept small:
//! - Rules are read immediately before they are replaced, and only what this run itself looked at is changed. Then they are
//!   read again: what another run overwrote meanwhile is written again.
//! - Each rule's name says when its day was last proven. A rule that was taken away and comes back with what another run had
//!   read before comes back with its old name, so whoever reads it next knows that the day is to be looked at.
//! - An object is younger than every look that did not find it, and a rule takes it 14 days after it was put at the
//!   earliest, when it has been found by fourteen other looks.
//!
//! What is left: an object that is put by hand into a day under a rule, while no run finishes for that many days, or one that
//! S3 itself replicated from elsewhere with the age it had there. And what damages the lake after a look and before the next
//! day's is found when some of the day's raw may have expired already.

mod look;
mod publish;
mod rules;
mod settings;
#[cfg(test)]
mod tests;
mod when;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use lake::{Clock, Day, StoreError, prefix};

pub use look::Open;
pub use settings::{ExpireDays, Expiry};
pub use when::{RawExpiry, of_day};

use crate::Buckets;

/// Nothing is filed under a day that is older than 13 days, by ingest's clock: from one day more on it is complete.
pub(crate) const OPEN_DAYS: u64 = 14;

/// What a run found out about the days that are past filing, and what it did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closing {
    /// Days that were proven and have a rule now that had none.
    pub closed: BTreeSet<Day>,
    /// Days whose rule was taken away, since a look at them did not find them as they were.
    pub withdrawn: BTreeSet<Day>,
    /// Days of which nothing is left, so that their rules were dropped.
    pub emptied: BTreeSet<Day>,
    /// Days that cannot be closed as they are, and why.
    pub open: BTreeMap<Day, Open>,
    /// Days in which something lay that was in no commit, and how many objects; the day's next commit takes them.
    pub strays: BTreeMap<Day, u64>,
    /// Rules of others that can take something below `raw/` or `late/`, in words. They are left alone.
    pub foreign: BTreeSet<String>,
    /// Days that were left to the next run for lack of time.
    pub left: usize,
    /// Days that are proven and have no rule, since the bucket has as many as it may.
    pub no_room: usize,
    /// How often the rules were replaced.
    pub writes: u32,
    /// What kept the rules from being looked at or replaced.
    pub failed: Vec<String>,
}

impl Closing {
    /// What a person has to be told, in words; none when all is well.
    pub fn complaints(&self) -> Vec<String> {
        let wrong = self.open.iter().filter(|(_, open)| open.is_wrong());
        let wrong = wrong.map(|(day, open)| format!("the raw objects of {day} do not expire: {open}"));
        wrong.chain(self.failed.iter().map(|why| format!("the rules by which raw expires: {why}"))).collect()
    }
}

/// Closes what can be closed, as far as time allows until `until_ms` (milliseconds since 1970 UTC), and takes rules away
/// that no longer hold.
pub async fn expire(buckets: &Buckets, expiry: Expiry<'_>, clock: &dyn Clock, until_ms: i64) -> Closing {
    let mut run = Run::new(buckets, expiry, clock);
    run.all(until_ms).await;
    run.finish().await
}

/// One run: what it looked at, so that it knows of what it may speak.
pub(crate) struct Run<'r> {
    buckets: &'r Buckets,
    expiry: Expiry<'r>,
    clock: &'r dyn Clock,
    /// The days below which anything lay.
    raw: BTreeSet<Day>,
    /// The days that were looked at, and why they cannot be closed; none: they are proven.
    looks: BTreeMap<Day, Option<Open>>,
    closing: Closing,
}

/// What is to be looked at.
#[derive(Debug, Default)]
struct Due {
    /// Days under a rule, the longest not looked at first: what is wrong with them costs data.
    ruled: Vec<Day>,
    /// Days without one, oldest first.
    others: VecDeque<Day>,
}

impl<'r> Run<'r> {
    pub(crate) fn new(buckets: &'r Buckets, expiry: Expiry<'r>, clock: &'r dyn Clock) -> Self {
        let (raw, looks, closing) = Default::default();
        Self { buckets, expiry, clock, raw, looks, closing }
    }

    /// Looks at every day that is due, and publishes what came of it.
    pub(crate) async fn all(&mut self, until_ms: i64) {
        if let Err(error) = self.try_all(until_ms).await {
            self.closing.failed.push(error.to_string());
        }
    }

    async fn try_all(&mut self, until_ms: i64) -> Result<(), StoreError> {
        if self.expiry.days.is_none() {
            return self.publish().await;
        }
        let listed = self.buckets.raw.list_all_prefixes(prefix::RAW_DAYS).await?;
        self.raw = listed.iter().filter_map(|beginning| prefix::day_of(beginning)).collect();
        let mut due = self.due().await?;
        loop {
            self.look_through(due, until_ms).await?;
            self.publish().await?;
            // A rule that came back by another run's hand while this one looked elsewhere.
            due = self.due().await?;
            if due.is_empty() || self.clock.now_ms() >= until_ms {
                return Ok(());
            }
        }
    }

    async fn due(&self) -> Result<Due, StoreError> {
        let ruled = rules::proven(&self.expiry.lifecycle.read().await?);
        let today = Day::of_ms(self.clock.now_ms());
        let unseen = |day: &&Day| is_complete(**day, today) && !self.looks.contains_key(*day);
        let mut again: Vec<(Day, Day)> = Vec::new();
        let mut due = Due::default();
        for day in self.raw.iter().filter(unseen) {
            match ruled.get(day) {
                Some(proven) if *proven == today => {}
                Some(proven) => again.push((*proven, *day)),
                None => due.others.push_back(*day),
            }
        }
        again.sort_unstable();
        due.ruled = again.into_iter().map(|(_, day)| day).collect();
        Ok(due)
    }

    async fn look_through(&mut self, due: Due, until_ms: i64) -> Result<(), StoreError> {
        let Due { ruled, mut others } = due;
        let began_ms = self.clock.now_ms();
        self.closing.left = 0;
        for day in ruled {
            if self.clock.now_ms() >= until_ms {
                self.closing.left += 1;
            } else if self.look(day).await {
                // Not when the others are done: until then it can take something.
                self.publish().await?;
            }
        }
        // Oldest first; but days that do not close may not keep the others from it for ever. When they have taken half of
        // the time, the rest goes to the youngest.
        let half_ms = until_ms.saturating_sub(began_ms) / 2;
        let (mut in_vain_ms, mut last_ms, mut last_open) = (0, self.clock.now_ms(), false);
        loop {
            let now_ms = self.clock.now_ms();
            if last_open {
                in_vain_ms += now_ms - last_ms;
            }
            let next = if in_vain_ms < half_ms { others.pop_front() } else { others.pop_back() };
            let Some(day) = next else { return Ok(()) };
            if now_ms >= until_ms {
                self.closing.left += others.len() + 1;
                return Ok(());
            }
            (last_ms, last_open) = (now_ms, self.look(day).await);
        }
    }

    /// Looks at a day; whether it cannot be closed.
    async fn look(&mut self, day: Day) -> bool {
        let open = look::look(self.buckets, day).await;
        match &open {
            Some(open) => self.closing.open.insert(day, open.clone()),
            None => self.closing.open.remove(&day),
        };
        if let Some(Open::Strays { count, .. }) = &open {
            self.closing.strays.insert(day, *count);
        }
        let is_open = open.is_some();
        self.looks.insert(day, open);
        is_open
    }

    /// The days in which something lies that is in no commit, each with the number of the commit that takes it.
    pub(crate) fn strays(&self) -> BTreeMap<Day, u32> {
        let next = |open: &Open| match open {
            Open::Strays { next, .. } => Some(*next),
            _ => None,
        };
        self.closing.open.iter().filter_map(|(day, open)| Some((*day, next(open)?))).collect()
    }

    /// Looks at these days again, whose strays were committed meanwhile.
    pub(crate) async fn again(&mut self, days: &BTreeSet<Day>, until_ms: i64) {
        for day in days {
            if self.clock.now_ms() < until_ms {
                self.look(*day).await;
            }
        }
    }

    /// Publishes once more what this run knows: another one may have written what it had read before.
    pub(crate) async fn finish(mut self) -> Closing {
        if self.closing.failed.is_empty()
            && let Err(error) = self.publish().await
        {
            self.closing.failed.push(error.to_string());
        }
        self.closing
    }
}

impl Due {
    fn is_empty(&self) -> bool {
        self.ruled.is_empty() && self.others.is_empty()
    }
}

/// Whether nothing can be filed under a day any more.
fn is_complete(day: Day, today: Day) -> bool {
    day < today.back(OPEN_DAYS)
}
