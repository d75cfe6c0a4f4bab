//! A day's raw objects against the lists of its commits: what lies outside every one, and what is in two.

use std::collections::HashMap;

use lake::{CommitId, Day, Key, prefix};

use crate::record::{self, Plan, Range, RawObject, ShardKeys};
use crate::{Buckets, keys};

/// So many keys are named; the rest is counted.
const NAMED: usize = 10;

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Raw objects that lie in the day now.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Of these, those that are in no list.
    pub unlisted: u64,
    /// Their bytes.
    pub unlisted_bytes: u64,
    /// Their keys, the first ten.
    pub unlisted_keys: Vec<String>,
    /// Keys that are in more than one list, the first ten.
    pub listed_twice: Vec<String>,
    /// Keys in the lists. Those that are not among the objects have expired.
    pub listed: u64,
}

/// Compares what lies in a day with its first `commits` commits. A range of hosts is looked at after the other, so that
/// memory does not grow with the fleet.
pub(crate) async fn outside(buckets: &Buckets, day: Day, commits: u32) -> anyhow::Result<Outside> {
    let mut plans: Vec<Plan> = Vec::new();
    for number in 0..commits {
        plans.extend(record::read(buckets.lake.as_ref(), &Key::Plan(CommitId { day, number })).await?);
    }
    let everything = vec![Range { from: None, before: None }];
    let ranges = plans.first().map_or(everything, |plan| plan.shards.clone());
    let mut outside = Outside::default();
    for range in &ranges {
        let mut listed = lists(buckets, &plans, range).await?;
        outside.listed += listed.len() as u64;
        for RawObject { key, bytes } in keys::listed(buckets, day, range).await? {
            outside.objects += 1;
            outside.bytes += bytes;
            match listed.get_mut(&key) {
                Some(_) => {}
                None => {
                    outside.unlisted += 1;
                    outside.unlisted_bytes += bytes;
                    name(&mut outside.unlisted_keys, key);
                }
            }
        }
        for (key, _) in listed.into_iter().filter(|(_, times)| *times > 1) {
            name(&mut outside.listed_twice, key);
        }
    }
    Ok(outside)
}

fn name(names: &mut Vec<String>, key: String) {
    if names.len() < NAMED {
        names.push(key);
    }
}

/// The keys of a range that are in the commits' lists, and in how many.
async fn lists(buckets: &Buckets, plans: &[Plan], range: &Range) -> anyhow::Result<HashMap<String, u32>> {
    let mut keys: HashMap<String, u32> = HashMap::new();
    for plan in plans {
        let overlapping = (0..).zip(&plan.shards).filter(|(_, shard)| shard.overlaps(range));
        for (shard, _) in overlapping {
            let key = Key::ShardKeys(plan.commit_id, shard);
            let list: Option<ShardKeys> = record::read(buckets.lake.as_ref(), &key).await?;
            // Another commit may have cut the hosts elsewhere.
            let inside = |key: &str| holds(range, plan.commit_id.day, key);
            let list = list.into_iter().flat_map(|list| list.objects).map(|object| object.key);
            list.filter(|key| inside(key)).for_each(|key| *keys.entry(key).or_default() += 1);
        }
    }
    Ok(keys)
}

/// Whether a raw key, whatever its name, lies in a range of hosts.
fn holds(range: &Range, day: Day, key: &str) -> bool {
    let at = |host: &_| prefix::raw_host(day, host);
    let from = range.from.as_ref().is_none_or(|from| at(from).as_str() < key);
    from && range.before.as_ref().is_none_or(|before| key <= at(before).as_str())
}
