//! Proof: what a day's manifests say against what lies in the store.

use std::collections::HashSet;

use lake::{CommitId, Day, Digest, Key, Manifest, TableName, prefix};

use crate::outside::{Outside, outside};
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
/// quarantined copy, the sums, nothing else among the files, and raw, as far as it has not expired, against the lists of
/// keys.
pub async fn verify(buckets: &Buckets, day: Day) -> anyhow::Result<Verified> {
    let store = buckets.lake.as_ref();
    let commits = record::manifests(store, day).await?;
    let mut verified = Verified { day, commits: Vec::new(), files: 0, findings: Vec::new(), waiting: 0 };
    let mut outputs = HashSet::new();
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
            outputs.extend(report.outputs.keys().map(|name| Key::Table(*name, commit, report.shard)));
            match check(buckets, report).await {
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
    let Outside { unlisted, listed_twice, .. } = outside(buckets, day, commits.len() as u32).await?;
    verified.waiting = unlisted;
    let last = CommitId { day, number: (commits.len() as u32).saturating_sub(1) };
    let twice = |key| Finding { commit: last, what: format!("{key} is in two lists of the day") };
    verified.findings.extend(listed_twice.into_iter().map(twice));
    if !commits.is_empty() {
        let strangers = strangers(buckets, last, &outputs).await?;
        verified.findings.extend(strangers.into_iter().map(|key| Finding {
            commit: last,
            what: format!("{key} is no commit's, and a plain scan of its table reads it: move it away"),
        }));
    }
    verified.commits = commits;
    Ok(verified)
}

/// What lies among the files of a day and was reported by none of its commits up to `last`. Files of a later one are in
/// the making.
async fn strangers(buckets: &Buckets, last: CommitId, outputs: &HashSet<Key>) -> anyhow::Result<Vec<String>> {
    let mut strangers = Vec::new();
    for name in TableName::ALL {
        for found in buckets.lake.list_all(&prefix::table_day(name, last.day)).await? {
            match found.key.parse::<Key>() {
                Ok(Key::Table(_, commit, _)) if commit.number > last.number => {}
                Ok(key) if outputs.contains(&key) => {}
                _ => strangers.push(found.key),
            }
        }
    }
    Ok(strangers)
}

/// Checks a shard's files and list; gives the number of files, their rows and bytes.
async fn check(buckets: &Buckets, report: &Report) -> anyhow::Result<(u64, u64, u64)> {
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
    Ok((files, rows, bytes))
}
