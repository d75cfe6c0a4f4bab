//! Exactly which raw objects a shard takes: what lies in its range of hosts and is in no earlier list of the day.

use std::collections::{HashMap, HashSet};

use anyhow::Context;
use lake::{CommitId, Day, Key, RawKey, prefix};
use snapshot::{HostId, Stream};

use crate::Buckets;
use crate::record::{self, Plan, Range, RawObject, ShardKeys, VERSION};

/// The shard's list: the one decided before, or else what lies there now.
pub(crate) async fn decided(buckets: &Buckets, plan: &Plan, number: u32) -> anyhow::Result<ShardKeys> {
    let commit = plan.commit_id;
    let key = Key::ShardKeys(commit, number);
    if let Some(keys) = record::read(buckets.lake.as_ref(), &key).await? {
        return Ok(keys);
    }
    let range = plan
        .shards
        .get(number as usize)
        .with_context(|| format!("{commit} has {} shards and no number {number}", plan.shards.len()))?;
    let taken = Earlier::read(buckets, commit).await?.keys;
    let mut objects = listed(buckets, commit.day, range).await?;
    objects.retain(|object| !taken.contains(&object.key));
    let keys = ShardKeys { version: VERSION, commit_id: commit, shard: number, objects };
    record::decide(buckets.lake.as_ref(), &key, keys).await
}

async fn listed(buckets: &Buckets, day: Day, range: &Range) -> anyhow::Result<Vec<RawObject>> {
    let end = range.before.as_ref().map(|host| prefix::raw_host(day, host));
    let mut after = range.from.as_ref().map(|host| prefix::raw_host(day, host)).unwrap_or_default();
    let mut objects = Vec::new();
    loop {
        let page = buckets.raw.list(&prefix::raw_day(day), &after).await?;
        for found in page.entries {
            if end.as_ref().is_some_and(|end| found.key >= *end) {
                return Ok(objects);
            }
            after.clone_from(&found.key);
            objects.push(RawObject { key: found.key, bytes: found.bytes });
        }
        if !page.more {
            return Ok(objects);
        }
    }
}

/// What earlier commits of the day took.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    keys: HashSet<String>,
    numbers: HashMap<(HostId, Stream), Vec<(i64, i64)>>,
}

impl Earlier {
    /// Reads the lists of every commit of the day before this one.
    pub(crate) async fn read(buckets: &Buckets, commit: CommitId) -> anyhow::Result<Self> {
        let mut earlier = Self::default();
        for number in 0..commit.number {
            let before = CommitId { number, ..commit };
            let store = buckets.lake.as_ref();
            let plan: Plan = record::read(store, &Key::Plan(before))
                .await?
                .with_context(|| format!("{before} has no plan: nothing can be committed after it"))?;
            for shard in 0..plan.shards.len() as u32 {
                let keys: ShardKeys =
                    record::read(store, &Key::ShardKeys(before, shard)).await?.with_context(|| {
                        format!("shard {shard} of {before} has no list of keys: finish that commit first")
                    })?;
                keys.objects.into_iter().for_each(|object| earlier.add(object.key));
            }
        }
        Ok(earlier)
    }

    fn add(&mut self, key: String) {
        if let Ok(Key::Raw(RawKey { host, stream, first_seq, count, .. })) = key.parse() {
            self.numbers.entry((host, stream)).or_default().push((first_seq, first_seq + count as i64));
        }
        self.keys.insert(key);
    }

    /// Whether an earlier commit of the day has this snapshot.
    pub(crate) fn has(&self, host: &HostId, stream: Stream, seq: i64) -> bool {
        let ranges = self.numbers.get(&(host.clone(), stream));
        ranges.is_some_and(|ranges| ranges.iter().any(|(first, end)| (*first..*end).contains(&seq)))
    }
}

/// Whether anything lies in the day that is in no commit before this one.
pub(crate) async fn anything_new(buckets: &Buckets, commit: CommitId) -> anyhow::Result<bool> {
    let taken = Earlier::read(buckets, commit).await?.keys;
    let objects = listed(buckets, commit.day, &Range { from: None, before: None }).await?;
    Ok(objects.iter().any(|object| !taken.contains(&object.key)))
}
