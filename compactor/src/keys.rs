//! Exactly which raw objects a shard takes: what lies in its range of hosts and is in no earlier list of the day.

use anyhow::Context;
use lake::{CommitId, Day, Key, prefix};

use crate::outside::outside;
use crate::record::{self, Plan, Range, RawObject, ShardKeys, VERSION};
use crate::{Buckets, earlier};

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
    let taken = earlier::keys(buckets, commit, range).await?;
    let mut objects = listed(buckets, commit.day, range).await?;
    objects.retain(|object| !taken.contains(&object.key));
    let keys = ShardKeys { version: VERSION, commit_id: commit, shard: number, objects };
    record::decide(buckets.lake.as_ref(), &key, keys).await
}

/// What lies in a range of a day's hosts, and with the outermost of them what is no host's: all of the day, since all of it
/// expires. (A key that is a shard's first `host=HOST/` itself, which consoles make for a folder, is the shard before's.)
pub(crate) async fn listed(buckets: &Buckets, day: Day, range: &Range) -> anyhow::Result<Vec<RawObject>> {
    let end = range.before.as_ref().map(|host| prefix::raw_host(day, host));
    let mut after = range.from.as_ref().map(|host| prefix::raw_host(day, host)).unwrap_or_default();
    let mut objects = Vec::new();
    loop {
        let page = buckets.raw.list(&prefix::raw_all(day), &after).await?;
        for found in page.entries {
            if end.as_ref().is_some_and(|end| found.key > *end) {
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

/// Whether anything lies in the day that is in no commit before this one.
pub(crate) async fn anything_new(buckets: &Buckets, commit: CommitId) -> anyhow::Result<bool> {
    Ok(outside(buckets, commit.day, commit.number).await?.unlisted > 0)
}
