//! One shard of a commit: its exact list of keys, its report, its files.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use lake::{Body, Digest, Key, Put, TableName};

use crate::build::{Built, build};
use crate::record::{self, Output, Plan, Report};
use crate::workspace::{self, Workspace};
use crate::write::Written;
use crate::{Buckets, PROGRAM, Progress, footer, keys, quarantine};

/// Does shard `number` of a plan, as far as it is not done, and gives its report. `progress` is told of every raw
/// object.
///
/// The order is: the list of keys, if absent · all files, in temporary space · the report, if absent · the files, each
/// if absent. Whoever dies in between is followed by one that finds what was decided and makes the same again, also when
/// it is of a version that can read more or knows more tables.
pub async fn shard(
    buckets: &Buckets,
    plan: &Plan,
    number: u32,
    progress: &dyn Progress,
) -> anyhow::Result<Report> {
    // Before anything else: whoever was killed after its last file has left nothing to do but its folder.
    workspace::sweep_dead();
    let commit = plan.commit_id;
    let keys = keys::decided(buckets, plan, number).await?;
    progress.listed(keys.objects.len() as u64);
    let key = Key::Report(commit, number);
    let before: Option<Report> = record::read(buckets.lake.as_ref(), &key).await?;
    if let Some(report) = &before
        && all_there(buckets, report).await?
    {
        progress.objects(report.objects);
        return Ok(report.clone());
    }
    let range =
        plan.shards.get(number as usize).with_context(|| format!("{commit} has no shard {number}"))?;
    let workspace = Workspace::new()?;
    let built = build(buckets, &keys, range, before.as_ref(), workspace.path(), progress).await?;
    let (report, built, _workspace) = match before {
        Some(report) => (report, built, workspace),
        None => {
            let report = record::decide(buckets.lake.as_ref(), &key, built.report.clone()).await?;
            if follows(&built.report, &report) {
                (report, built, workspace)
            } else {
                // Another version was at it at the same time and reported first: its report is the one that counts.
                let anew = Workspace::new()?;
                let built = build(buckets, &keys, range, Some(&report), anew.path(), &()).await?;
                (report, built, anew)
            }
        }
    };
    if !follows(&built.report, &report) {
        bail!(
            "shard {number} of {commit} was reported by '{}', and '{PROGRAM}' makes something else of the same keys: \
             finish this commit with the program that began it",
            report.program
        );
    }
    let Built { files, quarantine, .. } = built;
    quarantine::put(buckets.lake.as_ref(), &report, &quarantine).await?;
    put(buckets, &report, &files).await?;
    Ok(report)
}

/// Whether what was made is what was reported: the same identities, rows and quarantined bytes. The bytes of a file may be
/// other ones, as another version packs it, and so may a reason's words: those of the report are put.
fn follows(made: &Report, report: &Report) -> bool {
    made.digest == report.digest
        && rows(&made.outputs) == rows(&report.outputs)
        && copies(made) == copies(report)
}

fn rows(outputs: &BTreeMap<TableName, Output>) -> Vec<(TableName, u64)> {
    outputs.iter().map(|(name, output)| (*name, output.rows)).collect()
}

fn copies(report: &Report) -> Vec<(&str, Option<u64>, Digest)> {
    report.quarantined.iter().map(|copy| (copy.key.as_str(), copy.line, copy.digest)).collect()
}

/// Whether every file and every quarantined copy of a report lies where it should. A file that is another's is an
/// error, not a missing one.
async fn all_there(buckets: &Buckets, report: &Report) -> anyhow::Result<bool> {
    for (name, output) in &report.outputs {
        if !is_there(buckets, report, *name, output).await? {
            return Ok(false);
        }
    }
    quarantine::all_there(buckets.lake.as_ref(), report).await
}

async fn is_there(
    buckets: &Buckets,
    report: &Report,
    name: TableName,
    output: &Output,
) -> anyhow::Result<bool> {
    let key = Key::Table(name, report.commit_id, report.shard).to_string();
    let Some(footer) = footer(buckets.lake.as_ref(), &key).await? else { return Ok(false) };
    if !footer.is(&key, report, output) {
        bail!("{key} is there and is not this commit's: move it away and run again");
    }
    Ok(true)
}

async fn put(buckets: &Buckets, report: &Report, files: &BTreeMap<TableName, Written>) -> anyhow::Result<()> {
    for (name, written) in files {
        let key = Key::Table(*name, report.commit_id, report.shard).to_string();
        match buckets.lake.put_if_absent(&key, Body::File(written.path.clone())).await? {
            Put::Stored => {}
            Put::Existed if is_there(buckets, report, *name, &written.output).await? => {}
            Put::Existed => bail!("{key} was there and is gone"),
        }
    }
    Ok(())
}
