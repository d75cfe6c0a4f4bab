//! The commit of a day: every output is opened again where it lies, then one manifest makes all of them count.

use anyhow::{Context, bail};
use bytes::Bytes;
use lake::{Clock, CommitId, Digest, Key, MANIFEST_VERSION, Manifest, Store, StoreError};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use crate::record::{self, Output, Plan, Record, Report, VERSION};
use crate::write::{DIGEST_ENTRY, KEY_ENTRY};
use crate::{Buckets, PROGRAM, content, hold, quarantine, stamp};

/// What a Parquet file in the store says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footer {
    /// The digest over the identities in it, none in a file that is not ours.
    pub digest: Option<Digest>,
    /// The key under which it belongs, none in a file that is not ours.
    pub key: Option<String>,
    /// Its rows.
    pub rows: u64,
    /// Its bytes as it lies.
    pub bytes: u64,
}

impl Footer {
    /// Whether the file, lying at `key`, is the one that was reported.
    pub fn is(&self, key: &str, report: &Report, output: &Output) -> bool {
        self.key.as_deref() == Some(key) && self.digest == Some(report.digest) && self.rows == output.rows
    }
}

/// The first guess at how long a footer is; a second read takes the rest when it is longer.
const FOOTER_GUESS: u64 = 64 * 1024;

/// Reads the footer of a file in the store, none when there is no such file. A file that is not Parquet is an error that
/// names it.
pub async fn footer(store: &dyn Store, key: &str) -> anyhow::Result<Option<Footer>> {
    let bytes = match store.size(key).await {
        Ok(bytes) => bytes,
        Err(StoreError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let metadata = metadata(store, key, bytes).await.with_context(|| {
        format!("{key} cannot be read as Parquet: it is damaged; move it away and run again")
    })?;
    let entry = |name| {
        let entries = metadata.file_metadata().key_value_metadata();
        let entry = entries.into_iter().flatten().find(|entry| entry.key == name);
        entry.and_then(|entry| entry.value.clone())
    };
    let digest = entry(DIGEST_ENTRY).and_then(|value| value.parse().ok());
    let rows = metadata.row_groups().iter().map(|group| group.num_rows()).sum::<i64>();
    if rows != metadata.file_metadata().num_rows() {
        bail!("{key} says {} rows and its row groups hold {rows}", metadata.file_metadata().num_rows());
    }
    Ok(Some(Footer { digest, key: entry(KEY_ENTRY), rows: rows.try_into().unwrap_or_default(), bytes }))
}

async fn metadata(store: &dyn Store, key: &str, bytes: u64) -> anyhow::Result<ParquetMetaData> {
    Ok(ParquetMetaDataReader::decode_metadata(&footer_bytes(store, key, bytes).await?)?)
}

/// A file's footer as it lies, without the length and the magic number after it.
pub(crate) async fn footer_bytes(store: &dyn Store, key: &str, bytes: u64) -> anyhow::Result<Bytes> {
    if bytes < 12 {
        bail!("{bytes} bytes");
    }
    let mut tail = store.get_range(key, bytes.saturating_sub(FOOTER_GUESS)..bytes).await?;
    let length = footer_length(&tail)?;
    if length > bytes {
        bail!("a footer of {length} bytes in a file of {bytes}");
    }
    if length > tail.len() as u64 {
        tail = store.get_range(key, bytes - length..bytes).await?;
    }
    Ok(tail.slice(tail.len() - length as usize..tail.len() - 8))
}

/// Footer, its length and the magic number, from a file's last bytes.
pub(crate) fn footer_length(tail: &[u8]) -> anyhow::Result<u64> {
    match *tail {
        [.., a, b, c, d, b'P', b'A', b'R', b'1'] => Ok(u64::from(u32::from_le_bytes([a, b, c, d])) + 8),
        _ => bail!("no Parquet magic number at its end"),
    }
}

/// Commits what the shards of a plan reported, and gives the manifest, which another run may have put before. A commit of
/// which more than `held_above_percent` cannot be read, and that nobody accepted, is not made: the error is a
/// [`hold::Held`].
pub async fn commit(
    buckets: &Buckets,
    plan: &Plan,
    clock: &dyn Clock,
    held_above_percent: f64,
) -> anyhow::Result<Manifest> {
    let store = buckets.lake.as_ref();
    let commit = plan.commit_id;
    let mut shards = Vec::new();
    let mut lake_bytes = 0;
    for number in 0..plan.shards.len() as u32 {
        let report: Report = record::read(store, &Key::Report(commit, number))
            .await?
            .with_context(|| format!("shard {number} of {commit} has no report: it is not done"))?;
        lake_bytes += check(store, &report).await?;
        shards.push(report);
    }
    hold::unless_accepted(store, commit, &shards, held_above_percent).await?;
    let sum = |count: fn(&Report) -> u64| shards.iter().map(count).sum::<u64>();
    let manifest = Manifest {
        version: MANIFEST_VERSION,
        commit_id: commit,
        day: commit.day,
        committed_at_ms: 0,
        snapshots: sum(|shard| shard.snapshots),
        hosts: sum(|shard| shard.hosts),
        rows: sum(|shard| shard.outputs.values().map(|output| output.rows).sum()),
        raw_bytes: sum(|shard| shard.raw_bytes),
        lake_bytes,
        objects: sum(|shard| shard.objects),
        dropped: sum(|shard| shard.dropped),
        quarantined: sum(|shard| shard.quarantined.len() as u64),
        quarantined_bytes: sum(|shard| shard.quarantined.iter().map(|entry| entry.bytes).sum()),
        program: PROGRAM.to_owned(),
    };
    let record = Record { version: VERSION, commit_id: commit, shards };
    record::decide(store, &Key::Record(commit), record).await?;

    let before = match commit.number.checked_sub(1) {
        Some(number) => {
            let before = CommitId { number, ..commit };
            let manifest: Option<Manifest> = record::read(store, &Key::Manifest(before)).await?;
            manifest
                .with_context(|| format!("{before} is not committed: {commit} comes after it"))?
                .committed_at_ms
        }
        None => i64::MIN,
    };
    // Views tell commits of a day apart by their moments, so each is later than the one before.
    stamp::put(store, manifest, before.saturating_add(1), clock, stamp::WITHIN).await
}

/// Checks every file of a report where it lies, and gives their bytes.
async fn check(store: &dyn Store, report: &Report) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for (name, output) in &report.outputs {
        let key = Key::Table(*name, report.commit_id, report.shard).to_string();
        let footer =
            footer(store, &key).await?.with_context(|| format!("{key} was reported and is not there"))?;
        if !footer.is(&key, report, output) {
            bail!(
                "{key} holds {} rows that are not those of its report ({}): move it away and run again",
                footer.rows,
                output.rows
            );
        }
        if !content::intact(store, &key, footer.bytes).await? {
            bail!("{key} is damaged, its bytes are not those that were written: move it away and run again");
        }
        bytes += footer.bytes;
    }
    if !quarantine::all_there(store, report).await? {
        bail!("quarantined copies of shard {} of {} are missing: run again", report.shard, report.commit_id);
    }
    Ok(bytes)
}
