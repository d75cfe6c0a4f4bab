//! Proof to the last value: the rows of a day are made anew from its raw objects and compared with the files as they lie.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use lake::{Day, Key, Store, StoreError, TableName};

use crate::build::{Built, build};
use crate::compare::{Compared, compare};
use crate::pieces::pieces;
use crate::record::{self, Plan, Record, Report, ShardKeys};
use crate::workspace::Workspace;
use crate::{Buckets, Finding, Progress, Table, keys};

/// A day, compared with its raw objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deep {
    /// Files that were compared.
    pub files: u64,
    /// Rows that were compared, each column of each.
    pub rows: u64,
    /// What differs.
    pub findings: Vec<Finding>,
    /// What could not be compared, and why: raw that has expired, columns that an older program did not write.
    pub not_compared: Vec<String>,
}

/// Compares every row of every table of a day's commits with what the raw objects give, a shard at a time, a host-day in
/// memory. The rows are made as the commit's report says: what it set aside stays aside, since its copies are compared by
/// [`crate::verify`]. `progress` is told of every commit and raw object.
///
/// Fails when something cannot be read now; that says nothing about the day.
pub async fn deep(buckets: &Buckets, day: Day, progress: &dyn Progress) -> anyhow::Result<Deep> {
    let store = buckets.lake.as_ref();
    let mut deep = Deep::default();
    for manifest in record::manifests(store, day).await? {
        let commit = manifest.commit_id;
        let plan: Option<Plan> = record::read(store, &Key::Plan(commit)).await?;
        let record: Option<Record> = record::read(store, &Key::Record(commit)).await?;
        let (Some(plan), Some(record)) = (plan, record) else {
            let what = format!("{} or {} is not there", Key::Plan(commit), Key::Record(commit));
            deep.findings.push(Finding { commit, what });
            continue;
        };
        progress.begin(commit, plan.shards.len());
        for report in &record.shards {
            shard(buckets, &plan, report, progress, &mut deep).await?;
        }
        progress.committed(&manifest);
    }
    Ok(deep)
}

async fn shard(
    buckets: &Buckets,
    plan: &Plan,
    report: &Report,
    progress: &dyn Progress,
    deep: &mut Deep,
) -> anyhow::Result<()> {
    let (commit, number) = (report.commit_id, report.shard);
    let mut findings = Vec::new();
    let key = Key::ShardKeys(commit, number);
    let keys: Option<ShardKeys> = record::read(buckets.lake.as_ref(), &key).await?;
    let (Some(keys), Some(range)) = (keys, plan.shards.get(number as usize)) else {
        deep.findings.push(Finding { commit, what: format!("{key} is not there") });
        return Ok(());
    };
    progress.listed(keys.objects.len() as u64);
    let there: HashMap<String, u64> = keys::listed(buckets, commit.day, range)
        .await?
        .into_iter()
        .map(|object| (object.key, object.bytes))
        .collect();
    let gone = keys.objects.iter().filter(|object| !there.contains_key(&object.key)).count();
    if gone > 0 {
        deep.not_compared.push(format!(
            "shard {number} of {commit}: {gone} of its {} raw objects have expired",
            keys.objects.len()
        ));
        progress.objects(keys.objects.len() as u64);
        return Ok(());
    }
    for object in &keys.objects {
        let bytes = there[&object.key];
        if bytes != object.bytes {
            findings.push(format!(
                "{} has {bytes} bytes, and had {} when it was listed",
                object.key, object.bytes
            ));
        }
    }
    let workspace = Workspace::new()?;
    let Built { report: made, files, .. } =
        build(buckets, &keys, range, Some(report), workspace.path(), progress).await?;
    if made.digest != report.digest {
        findings.push(format!(
            "shard {number} took {} snapshots of digest {}, its raw objects give {} of {}",
            report.snapshots, report.digest, made.snapshots, made.digest
        ));
    }
    for name in report.outputs.keys() {
        let key = Key::Table(*name, commit, number).to_string();
        let Some(built) = files.get(name) else {
            findings.push(format!("{key} holds rows, and its raw objects give none"));
            continue;
        };
        let lying = workspace.path().join("lying.parquet");
        if !fetch(buckets.lake.as_ref(), &key, &lying).await? {
            findings.push(format!("{key} is not there"));
            continue;
        }
        let compared = compare(Table::of(*name), &lying, &built.path)?;
        deep.files += 1;
        deep.rows += compared.rows;
        told(*name, &key, compared, &mut findings, &mut deep.not_compared);
    }
    deep.findings.extend(findings.into_iter().map(|what| Finding { commit, what }));
    Ok(())
}

/// Adds what a comparison found, with the file's name.
fn told(
    name: TableName,
    key: &str,
    compared: Compared,
    findings: &mut Vec<String>,
    not_compared: &mut Vec<String>,
) {
    let shown = compared.findings.len() as u64;
    findings.extend(compared.findings.into_iter().map(|what| format!("{name}: {what} ({key})")));
    if compared.differing > shown {
        let more = compared.differing - shown;
        findings.push(format!("{name}: {more} rows more differ ({key})"));
    }
    if !compared.columns_lacking.is_empty() {
        let columns = compared.columns_lacking.join(", ");
        not_compared
            .push(format!("{name}: an older program wrote {key} without {columns}, which read as NULL"));
    }
    if !compared.columns_unknown.is_empty() {
        let columns = compared.columns_unknown.join(", ");
        not_compared.push(format!(
            "{name}: a newer program wrote {columns} into {key}, which this one does not know"
        ));
    }
}

/// Copies an object into a file, piece by piece; false when there is no such object.
async fn fetch(store: &dyn Store, key: &str, path: &Path) -> anyhow::Result<bool> {
    let bytes = match store.size(key).await {
        Ok(bytes) => bytes,
        Err(StoreError::NotFound(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let failed = || format!("cannot write {}", path.display());
    let mut file = File::create(path).with_context(failed)?;
    pieces(store, key, bytes, |piece| file.write_all(&piece).with_context(failed)).await?;
    Ok(true)
}
