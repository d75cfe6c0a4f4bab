//! What a run comes to, and what the fleet looks like, in numbers: a line of CloudWatch's embedded metric format at the
//! end of each hourly run.
//!
//! The fleet is seen in listings: a host that reported has a beginning of its own below its day, and its objects say when
//! they were put. Whether a host that is missing was told to stop, the last committed day's `coverage` knows.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampMillisecondType;
use lake::{Clock, Day, Hour, Key, TableName, emf, prefix};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use snapshot::HostId;

use crate::plan::Days;
use crate::record::{self, Record};
use crate::{Buckets, Outcome, Settings};

/// Listings are given up after so many pages, a million objects or some 80 seconds: then it is not said who reported in the
/// last hour. That is a day of 10,000 hosts.
const PAGES: usize = 1000;
/// So many silent hosts are named in the line.
const NAMED: usize = 20;

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Hosts that reported in the last complete day.
    pub hosts_in_day: u64,
    /// Hosts that reported in the last complete hour. None when the fleet is too large to look.
    pub hosts_in_hour: Option<u64>,
    /// Hosts that reported yesterday, and not in the last complete hour (where that is not known: not today).
    pub silent: BTreeSet<String>,
    /// Such hosts whose agent was told to stop, which a machine that is switched off does.
    pub stopped: u64,
    /// Closed days without a commit.
    pub days_behind: u64,
    /// Overlaps: repeats that were dropped, and those that were quarantined.
    pub overlaps: u64,
    /// What the run itself did.
    pub outcome: Outcome,
    /// How long it took.
    pub milliseconds: i64,
    /// The most memory that this process had, in bytes. A Lambda's process lives through many runs. None where the kernel
    /// does not say.
    pub peak_memory_bytes: Option<u64>,
}

/// Looks at what a run that began at `began_ms` has done, and at the fleet.
pub async fn figures(
    buckets: &Buckets,
    clock: &dyn Clock,
    settings: &Settings<'_>,
    outcome: &Outcome,
    began_ms: i64,
) -> anyhow::Result<Figures> {
    let now_ms = clock.now_ms();
    let today = Day::of_ms(now_ms);
    let yesterday = hosts(buckets, today.back(1)).await?;
    let hour = hosts_in_hour(buckets, now_ms).await?;
    let seen = match &hour {
        Some(hosts) => hosts.clone(),
        None => hosts(buckets, today).await?,
    };
    let mut silent: BTreeSet<String> = yesterday.difference(&seen).cloned().collect();
    let stopped =
        if silent.is_empty() { BTreeSet::new() } else { stopped(buckets, today.back(1), &silent).await? };
    silent.retain(|host| !stopped.contains(host));
    let days = Days::read(buckets, now_ms, settings.first_day).await?;
    Ok(Figures {
        hosts_in_day: yesterday.len() as u64,
        hosts_in_hour: hour.map(|hosts| hosts.len() as u64),
        silent,
        stopped: stopped.len() as u64,
        days_behind: days.behind(now_ms) as u64,
        overlaps: overlaps(buckets, outcome).await?,
        outcome: outcome.clone(),
        milliseconds: clock.now_ms() - began_ms,
        peak_memory_bytes: peak_memory_bytes(),
    })
}

impl Figures {
    /// The line to log.
    pub fn line(&self, function: &str, now_ms: i64) -> String {
        let Outcome { committed, failed, held, closing, .. } = &self.outcome;
        let not_proven = closing.open.values().filter(|open| open.is_wrong()).count();
        let sum = |of: fn(&lake::Manifest) -> u64| json!(committed.iter().map(of).sum::<u64>());
        let known = |value: Option<u64>| value.map_or_else(|| json!([]), Value::from);
        let late = committed.iter().filter(|manifest| manifest.commit_id.number > 0).count();
        let metrics = vec![
            ("HostsInDay", "Count", json!(self.hosts_in_day)),
            ("HostsInHour", "Count", known(self.hosts_in_hour)),
            ("HostsSilent", "Count", json!(self.silent.len())),
            ("HostsStopped", "Count", json!(self.stopped)),
            ("DaysBehind", "Count", json!(self.days_behind)),
            ("Commits", "Count", json!(committed.len())),
            ("LateCommits", "Count", json!(late)),
            ("CommitsFailed", "Count", json!(failed.len())),
            ("CommitsHeld", "Count", json!(held.len())),
            ("Snapshots", "Count", sum(|manifest| manifest.snapshots)),
            ("Rows", "Count", sum(|manifest| manifest.rows)),
            ("RawBytes", "Bytes", sum(|manifest| manifest.raw_bytes)),
            ("LakeBytes", "Bytes", sum(|manifest| manifest.lake_bytes)),
            ("Overlaps", "Count", json!(self.overlaps)),
            ("Quarantined", "Count", sum(|manifest| manifest.quarantined)),
            ("DaysClosed", "Count", json!(closing.closed.len())),
            ("DaysNotProven", "Count", json!(not_proven)),
            ("Strays", "Count", json!(closing.strays.values().sum::<u64>())),
            ("ForeignRules", "Count", json!(closing.foreign.len())),
            ("Duration", "Milliseconds", json!(self.milliseconds)),
            ("PeakMemory", "Bytes", known(self.peak_memory_bytes)),
        ];
        let mut line = emf::line(function, now_ms, metrics);
        // To look at, and no metric: a metric for each host would cost more than the Lambda.
        line["SilentHosts"] = self.silent.iter().take(NAMED).cloned().collect();
        line.to_string()
    }
}

/// The hosts of which anything lies in a day.
async fn hosts(buckets: &Buckets, day: Day) -> anyhow::Result<BTreeSet<String>> {
    let listed = buckets.raw.list_all_prefixes(&prefix::raw_day(day)).await?;
    Ok(listed
        .iter()
        .filter_map(|beginning| prefix::host_of(beginning))
        .map(|host| host.to_string())
        .collect())
}

/// The hosts of which anything was put in the last complete hour; none when that are too many listings.
async fn hosts_in_hour(buckets: &Buckets, now_ms: i64) -> anyhow::Result<Option<BTreeSet<String>>> {
    let end_ms = Hour::of_ms(now_ms).end_ms() - 3_600_000;
    let (from_ms, day) = (end_ms - 3_600_000, Day::of_ms(end_ms - 1));
    let mut hosts = BTreeSet::new();
    let mut after = String::new();
    for _ in 0..PAGES {
        let page = buckets.raw.list(&prefix::raw_day(day), &after).await?;
        for found in page.entries {
            if (from_ms..end_ms).contains(&found.put_at_ms)
                && let Some(host) = host_of(day, &found.key)
            {
                hosts.insert(host.to_string());
            }
            after = found.key;
        }
        if !page.more {
            return Ok(Some(hosts));
        }
    }
    Ok(None)
}

fn host_of(day: Day, key: &str) -> Option<HostId> {
    key.strip_prefix(&prefix::raw_day(day))?.split_once('/')?.0.parse().ok()
}

/// Which of these hosts were told to stop: their last interval in a day's `coverage` ended so. Nobody, when the day is
/// not committed yet.
async fn stopped(buckets: &Buckets, day: Day, hosts: &BTreeSet<String>) -> anyhow::Result<BTreeSet<String>> {
    let store = buckets.lake.as_ref();
    let mut last: BTreeMap<String, (i64, bool)> = BTreeMap::new();
    for manifest in record::manifests(store, day).await? {
        let commit = manifest.commit_id;
        let record: Option<Record> = record::read(store, &Key::Record(commit)).await?;
        for report in record.into_iter().flat_map(|record| record.shards) {
            if !report.outputs.contains_key(&TableName::Coverage) {
                continue;
            }
            let key = Key::Table(TableName::Coverage, commit, report.shard).to_string();
            let reader = ParquetRecordBatchReaderBuilder::try_new(store.get(&key).await?)
                .with_context(|| format!("cannot read {key}"))?;
            let wanted = ["host_id", "last_ts", "ended_by"];
            let columns = ProjectionMask::columns(reader.parquet_schema(), wanted);
            for batch in reader.with_projection(columns).build()? {
                ends(&batch?, hosts, &mut last);
            }
        }
    }
    Ok(last.into_iter().filter(|(_, (_, stopped))| *stopped).map(|(host, _)| host).collect())
}

/// Notes the last interval of each of these hosts: when it ended, and whether the agent was told to stop.
fn ends(batch: &RecordBatch, hosts: &BTreeSet<String>, last: &mut BTreeMap<String, (i64, bool)>) {
    let column = |name| batch.column_by_name(name);
    let (Some(ids), Some(moments), Some(ends)) = (column("host_id"), column("last_ts"), column("ended_by"))
    else {
        return;
    };
    let (Some(ids), Some(moments), Some(ends)) = (
        ids.as_string_opt::<i32>(),
        moments.as_primitive_opt::<TimestampMillisecondType>(),
        ends.as_string_opt::<i32>(),
    ) else {
        return;
    };
    for row in 0..batch.num_rows() {
        let (host, moment) = (ids.value(row), moments.value(row));
        if hosts.contains(host) && last.get(host).is_none_or(|(before, _)| *before <= moment) {
            let stopped = !ends.is_null(row) && ends.value(row) == "stopped";
            last.insert(host.to_owned(), (moment, stopped));
        }
    }
}

async fn overlaps(buckets: &Buckets, outcome: &Outcome) -> anyhow::Result<u64> {
    let mut overlaps = 0;
    for manifest in &outcome.committed {
        overlaps += manifest.dropped;
        if manifest.quarantined > 0 {
            let key = Key::Record(manifest.commit_id);
            let record: Option<Record> = record::read(buckets.lake.as_ref(), &key).await?;
            let reports = record.into_iter().flat_map(|record| record.shards);
            overlaps +=
                reports.flat_map(|report| report.quarantined).filter(|entry| entry.overlap).count() as u64;
        }
    }
    Ok(overlaps)
}

/// `VmHWM` of this process, which Linux tells.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
