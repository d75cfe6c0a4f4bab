//! Proof: what a day's manifests say against what lies in the store.

use std::collections::HashSet;

use lake::{CommitId, Day, Digest, Key, Manifest, prefix};

use crate::record::{self, Plan, Record, Report, ShardKeys};
use crate::{Buckets, footer, quarantine};

/// A day, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The day.
    pub day: Day,
    /// Its commits.
    pub commits: Vec<Manifest>,
    /// Files opened and found to be what was reported.
    pub files: u64,
    /// What does not hold. Empty, where there are commits: the day is proven.
    pub findings: Vec<Finding>,
    /// Raw objects that lie in the day and are in none of its commits. They are no fault: the next commit takes them.
    pub waiting: u64,
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In which commit.
    pub commit: CommitId,
    /// What, and what to do.
    pub what: String,
}

/// Checks the commits of a day: every file there, with the bytes, rows and identities that were reported, every
/// quarantined copy, the sums, and raw, as far as it has not expired, against the lists of keys.
pub async fn verify(buckets: &Buckets, day: Day) -> anyhow::Result<Verified> {
    let store = buckets.lake.as_ref();
    let commits = record::manifests(store, day).await?;
    let mut verified = Verified { day, commits: Vec::new(), files: 0, findings: Vec::new(), waiting: 0 };
    let mut listed = HashSet::new();
    let mut before_ms = i64::MIN;
    for manifest in &commits {
        let commit = manifest.commit_id;
        let mut find = |what: String| verified.findings.push(Finding { commit, what });
        if manifest.committed_at_ms <= before_ms {
            find(format!("stamped {}, not after the commit before", manifest.committed_at_ms));
        }
        before_ms = manifest.committed_at_ms;
        let Some(record) = record::read::<Record>(store, &Key::Record(commit)).await? else {
            find(format!("{} is not there", Key::Record(commit)));
            continue;
        };
        let (mut rows, mut bytes) = (0, 0);
        for report in &record.shards {
            match check(buckets, report, &mut listed).await {
                Ok((files, file_rows, file_bytes)) => {
                    verified.files += files;
                    rows += file_rows;
                    bytes += file_bytes;
                }
                Err(error) => find(format!("{error:#}")),
            }
        }
        if (rows, bytes) != (manifest.rows, manifest.lake_bytes) {
            find(format!(
                "the files hold {rows} rows in {bytes} bytes, the manifest says {} in {}",
                manifest.rows, manifest.lake_bytes
            ));
        }
        let plan: Option<Plan> = record::read(store, &Key::Plan(commit)).await?;
        let planned = plan.map_or(0, |plan| plan.shards.len());
        if planned != record.shards.len() {
            find(format!("{planned} shards were planned and {} recorded", record.shards.len()));
        }
    }
    verified.waiting = waiting(buckets, day, &listed).await?;
    verified.commits = commits;
    Ok(verified)
}

/// Checks a shard's files and list; gives the number of files, their rows and bytes.
async fn check(
    buckets: &Buckets,
    report: &Report,
    listed: &mut HashSet<String>,
) -> anyhow::Result<(u64, u64, u64)> {
    let store = buckets.lake.as_ref();
    let (mut files, mut rows, mut bytes) = (0, 0, 0);
    for (name, output) in &report.outputs {
        let key = Key::Table(*name, report.commit_id, report.shard).to_string();
        let Some(footer) = footer(store, &key).await? else { anyhow::bail!("{key} is not there") };
        if !footer.is(&key, report, output) {
            let digest = footer.digest.as_ref().map_or_else(|| "none".to_owned(), Digest::to_string);
            anyhow::bail!(
                "{key} holds {} rows of digest {digest} that belong to {}, reported were {} of {}",
                footer.rows,
                footer.key.as_deref().unwrap_or("no key"),
                output.rows,
                report.digest
            );
        }
        files += 1;
        rows += footer.rows;
        bytes += footer.bytes;
    }
    if !quarantine::all_there(store, report).await? {
        anyhow::bail!("quarantined copies of shard {} are missing", report.shard);
    }
    let keys: Option<ShardKeys> =
        record::read(store, &Key::ShardKeys(report.commit_id, report.shard)).await?;
    let Some(keys) = keys else { anyhow::bail!("shard {} has no list of keys", report.shard) };
    if keys.objects.len() as u64 != report.objects {
        anyhow::bail!(
            "shard {} lists {} objects and reported {}",
            report.shard,
            keys.objects.len(),
            report.objects
        );
    }
    for object in keys.objects {
        if !listed.insert(object.key.clone()) {
            anyhow::bail!("{} is in two lists of the day", object.key);
        }
    }
    Ok((files, rows, bytes))
}

async fn waiting(buckets: &Buckets, day: Day, listed: &HashSet<String>) -> anyhow::Result<u64> {
    let mut waiting = 0;
    let mut after = String::new();
    loop {
        let page = buckets.raw.list(&prefix::raw_day(day), &after).await?;
        waiting += page.entries.iter().filter(|found| !listed.contains(&found.key)).count() as u64;
        match page.entries.last() {
            Some(last) if page.more => after.clone_from(&last.key),
            _ => return Ok(waiting),
        }
    }
}
