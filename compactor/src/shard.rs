//! One shard of a commit: its exact list of keys, its report, its files.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use lake::{Body, Key, Put, TableName};

use crate::build::{Built, build};
use crate::record::{self, Output, Plan, Report};
use crate::write::Written;
use crate::{Buckets, PROGRAM, footer, keys, quarantine};

/// Does shard `number` of a plan, as far as it is not done, and gives its report. `done` is called with the number of
/// raw objects taken since it was called before.
///
/// The order is: the list of keys, if absent · all files, in temporary space · the report, if absent · the files, each
/// if absent. Whoever dies in between is followed by one that finds what was decided and makes the same again.
pub async fn shard(
    buckets: &Buckets,
    plan: &Plan,
    number: u32,
    done: &(dyn Fn(u64) + Send + Sync),
) -> anyhow::Result<Report> {
    let commit = plan.commit_id;
    let keys = keys::decided(buckets, plan, number).await?;
    let key = Key::Report(commit, number);
    let before: Option<Report> = record::read(buckets.lake.as_ref(), &key).await?;
    if let Some(report) = &before
        && all_there(buckets, report).await?
    {
        done(report.objects);
        return Ok(report.clone());
    }
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let Built { report: mine, files, quarantine } = build(buckets, &keys, folder.path(), done).await?;
    let report = match before {
        Some(report) => report,
        None => record::decide(buckets.lake.as_ref(), &key, mine.clone()).await?,
    };
    if report.digest != mine.digest || rows(&report.outputs) != rows(&mine.outputs) {
        bail!(
            "shard {number} of {commit} was reported by '{}', and '{PROGRAM}' makes other rows of the same keys: \
             finish this commit with the program that began it",
            report.program
        );
    }
    quarantine::put(buckets.lake.as_ref(), commit, number, &quarantine).await?;
    put(buckets, &report, &files).await?;
    Ok(report)
}

fn rows(outputs: &BTreeMap<TableName, Output>) -> Vec<(TableName, u64)> {
    outputs.iter().map(|(name, output)| (*name, output.rows)).collect()
}

/// Whether every file and every quarantined copy of a report lies where it should. A file that is another's is an
/// error, not a missing one.
async fn all_there(buckets: &Buckets, report: &Report) -> anyhow::Result<bool> {
    for name in report.outputs.keys() {
        if !is_there(buckets, report, *name).await? {
            return Ok(false);
        }
    }
    quarantine::all_there(buckets.lake.as_ref(), report).await
}

async fn is_there(buckets: &Buckets, report: &Report, name: TableName) -> anyhow::Result<bool> {
    let key = Key::Table(name, report.commit_id, report.shard).to_string();
    let Some(footer) = footer(buckets.lake.as_ref(), &key).await? else { return Ok(false) };
    if footer.digest != Some(report.digest) {
        bail!("{key} is there and is not this commit's: move it away and run again");
    }
    Ok(true)
}

async fn put(buckets: &Buckets, report: &Report, files: &BTreeMap<TableName, Written>) -> anyhow::Result<()> {
    for (name, written) in files {
        let key = Key::Table(*name, report.commit_id, report.shard).to_string();
        match buckets.lake.put_if_absent(&key, Body::File(written.path.clone())).await? {
            Put::Stored => {}
            Put::Existed if is_there(buckets, report, *name).await? => {}
            Put::Existed => bail!("{key} was there and is gone"),
        }
    }
    Ok(())
}
