//! What could not be taken is kept, byte for byte, beside the reason: raw expires, and evidence must not expire with
//! it unread.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use lake::{Body, CommitId, Key, Put, QuarantinePart, Store, StoreError};

use crate::record::{Quarantined, Report};

/// What one shard could not take, on its way to the store. The bytes wait in temporary space: a day may be full of
/// them.
#[derive(Debug)]
pub(crate) struct Quarantine {
    folder: PathBuf,
    pub(crate) entries: Vec<Quarantined>,
}

impl Quarantine {
    /// Nothing yet; bytes will wait in `folder`.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), entries: Vec::new() }
    }

    /// Sets something aside.
    pub(crate) fn add(
        &mut self,
        key: &str,
        line: Option<usize>,
        reason: String,
        bytes: &[u8],
    ) -> anyhow::Result<()> {
        let path = self.path(self.entries.len());
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        let line = line.map(|line| line as u64);
        self.entries.push(Quarantined { key: key.to_owned(), line, reason, bytes: bytes.len() as u64 });
        Ok(())
    }

    fn path(&self, position: usize) -> PathBuf {
        self.folder.join(format!("quarantined-{position}"))
    }
}

/// Puts what a shard could not take, each if absent.
pub(crate) async fn put(
    store: &dyn Store,
    commit: CommitId,
    shard: u32,
    quarantine: &Quarantine,
) -> anyhow::Result<()> {
    for (position, entry) in quarantine.entries.iter().enumerate() {
        let key = |part| Key::Quarantine(commit, shard, position as u32, part).to_string();
        let bytes = Body::File(quarantine.path(position));
        let reason = serde_json::to_vec(entry).context("cannot write a reason")?;
        let outcome = store.put_if_absent(&key(QuarantinePart::Bytes), bytes).await?;
        if outcome == Put::Existed && store.size(&key(QuarantinePart::Bytes)).await? != entry.bytes {
            bail!("{} is there and is another's: move it away and run again", key(QuarantinePart::Bytes));
        }
        store.put_if_absent(&key(QuarantinePart::Reason), reason.into()).await?;
    }
    Ok(())
}

/// Whether every copy of a report is there, with all its bytes.
pub(crate) async fn all_there(store: &dyn Store, report: &Report) -> anyhow::Result<bool> {
    for (position, entry) in report.quarantined.iter().enumerate() {
        let key = |part| Key::Quarantine(report.commit_id, report.shard, position as u32, part).to_string();
        for (part, bytes) in [(QuarantinePart::Bytes, Some(entry.bytes)), (QuarantinePart::Reason, None)] {
            match store.size(&key(part)).await {
                Ok(size) if bytes.is_none_or(|bytes| bytes == size) => {}
                Ok(_) | Err(StoreError::NotFound(_)) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(true)
}
