//! What other commits have already: the earlier ones of the same day, and, of a batch that was filed again, what lies
//! in the days under which it was filed before.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use anyhow::Context;
use lake::{CommitId, Day, Key, RawKey, prefix};
use snapshot::{HostId, Stream};

use crate::Buckets;
use crate::record::{self, Plan, Range, Report, ShardKeys};

/// The keys below `range` that earlier commits of the day have in their lists.
pub(crate) async fn keys(
    buckets: &Buckets,
    commit: CommitId,
    range: &Range,
) -> anyhow::Result<HashSet<String>> {
    let mut keys = HashSet::new();
    for (before, shard) in shards(buckets, commit, range).await? {
        let list = list(buckets, before, shard).await?;
        keys.extend(list.objects.into_iter().map(|object| object.key));
    }
    Ok(keys)
}

/// The shards of earlier commits of the day that share hosts with `range`.
async fn shards(buckets: &Buckets, commit: CommitId, range: &Range) -> anyhow::Result<Vec<(CommitId, u32)>> {
    let mut shards = Vec::new();
    for number in 0..commit.number {
        let before = CommitId { number, ..commit };
        let plan: Plan = record::read(buckets.lake.as_ref(), &Key::Plan(before))
            .await?
            .with_context(|| format!("{before} has no plan: nothing can be committed after it"))?;
        let overlapping = (0..).zip(&plan.shards).filter(|(_, shard)| shard.overlaps(range));
        shards.extend(overlapping.map(|(number, _)| (before, number)));
    }
    Ok(shards)
}

async fn list(buckets: &Buckets, commit: CommitId, shard: u32) -> anyhow::Result<ShardKeys> {
    record::read(buckets.lake.as_ref(), &Key::ShardKeys(commit, shard))
        .await?
        .with_context(|| format!("shard {shard} of {commit} has no list of keys: finish that commit first"))
}

/// The numbers that a shard may not take again.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    day: Numbers,
    refiled: BTreeMap<Day, Numbers>,
}

impl Earlier {
    /// Reads what concerns the objects in `keys`, a shard of the hosts in `range`.
    pub(crate) async fn read(buckets: &Buckets, keys: &ShardKeys, range: &Range) -> anyhow::Result<Self> {
        let mut earlier = Self::default();
        for (before, shard) in shards(buckets, keys.commit_id, range).await? {
            let report: Report =
                record::read(buckets.lake.as_ref(), &Key::Report(before, shard)).await?.with_context(
                    || format!("shard {shard} of {before} has no report: finish that commit first"),
                )?;
            let mut lost: HashMap<&str, Vec<Option<u64>>> = HashMap::new();
            for entry in &report.quarantined {
                lost.entry(&entry.key).or_default().push(entry.line);
            }
            for object in list(buckets, before, shard).await?.objects {
                let lost = lost.get(object.key.as_str()).map(Vec::as_slice).unwrap_or_default();
                earlier.day.add(&object.key, lost);
            }
        }
        let mut refiled: BTreeMap<Day, BTreeSet<HostId>> = BTreeMap::new();
        for object in &keys.objects {
            let Ok(Key::Raw(raw)) = object.key.parse() else { continue };
            // Its own day is looked through above, and this very object lies there.
            for day in raw.earlier.iter().filter(|day| **day != keys.commit_id.day) {
                refiled.entry(*day).or_default().insert(raw.host.clone());
            }
        }
        for (day, hosts) in refiled {
            earlier.refiled.insert(day, of_day(buckets, day, &hosts).await?);
        }
        Ok(earlier)
    }

    /// Why number `seq` of this object may not be taken, if it may not.
    pub(crate) fn has(&self, raw: &RawKey, seq: i64) -> Option<String> {
        if self.day.has(raw, seq) {
            return Some(format!("{} {seq} is in an earlier commit of the day", raw.stream));
        }
        let before = |day: &&Day| self.refiled.get(day).is_some_and(|numbers| numbers.has(raw, seq));
        let day = raw.earlier.iter().find(before)?;
        Some(format!("{} {seq} lies in {day}, under which it was filed before", raw.stream))
    }
}

/// What these hosts ever filed under a day. Nothing can be filed under it any more, so the answer is stable: raw is
/// looked through before the lists, since it expires only once it is in one.
async fn of_day(buckets: &Buckets, day: Day, hosts: &BTreeSet<HostId>) -> anyhow::Result<Numbers> {
    let mut numbers = Numbers::default();
    for host in hosts {
        for found in buckets.raw.list_all(&prefix::raw_host(day, host)).await? {
            numbers.add(&found.key, &[]);
        }
    }
    let store = buckets.lake.as_ref();
    for number in 0.. {
        let commit = CommitId { day, number };
        let Some(plan) = record::read::<Plan>(store, &Key::Plan(commit)).await? else { break };
        for (shard, range) in (0..).zip(&plan.shards) {
            if !hosts.iter().any(|host| range.holds(host)) {
                continue;
            }
            let list: Option<ShardKeys> = record::read(store, &Key::ShardKeys(commit, shard)).await?;
            for object in list.into_iter().flat_map(|list| list.objects) {
                numbers.add(&object.key, &[]);
            }
        }
    }
    Ok(numbers)
}

/// Sequence numbers, as ranges without their ends.
#[derive(Debug, Default)]
struct Numbers(HashMap<(HostId, Stream), Vec<(i64, i64)>>);

impl Numbers {
    /// Adds an object's numbers, but for what was lost of it: a line, from 1, or all of it (none). A line that could not
    /// be read has its number by its place, since ingest takes unbroken batches alone.
    fn add(&mut self, key: &str, lost: &[Option<u64>]) {
        let Ok(Key::Raw(RawKey { host, stream, first_seq, count, .. })) = key.parse() else { return };
        if lost.contains(&None) {
            return;
        }
        let ranges = self.0.entry((host, stream)).or_default();
        if lost.is_empty() {
            ranges.push((first_seq, first_seq + count as i64));
            return;
        }
        let kept = (0..count as i64).filter(|place| !lost.contains(&Some(*place as u64 + 1)));
        ranges.extend(kept.map(|place| (first_seq + place, first_seq + place + 1)));
    }

    fn has(&self, raw: &RawKey, seq: i64) -> bool {
        let ranges = self.0.get(&(raw.host.clone(), raw.stream));
        ranges.is_some_and(|ranges| ranges.iter().any(|(first, end)| (*first..*end).contains(&seq)))
    }
}
