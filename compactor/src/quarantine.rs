//! What could not be taken is kept, byte for byte, beside the reason: raw expires, and evidence must not expire with
//! it unread.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use bytes::Bytes;
use lake::{Body, Digest, Key, Put, QuarantinePart, Store, StoreError};
use sha2::{Digest as _, Sha256};

use crate::pieces::pieces;
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

    /// Sets a line aside that can be read and may not be taken: its number is taken already.
    pub(crate) fn add_overlap(
        &mut self,
        key: &str,
        line: usize,
        reason: String,
        bytes: &[u8],
    ) -> anyhow::Result<()> {
        self.add(key, Some(line), reason, bytes)?;
        if let Some(added) = self.entries.last_mut() {
            added.overlap = true;
        }
        Ok(())
    }

    /// Sets something aside that cannot be read.
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
        let (size, digest) = (bytes.len() as u64, Digest::of(bytes));
        self.entries.push(Quarantined {
            key: key.to_owned(),
            line,
            reason,
            bytes: size,
            digest,
            overlap: false,
        });
        Ok(())
    }

    /// Sets a whole object aside without ever holding it.
    pub(crate) async fn copy(
        &mut self,
        store: &dyn Store,
        key: &str,
        bytes: u64,
        reason: String,
    ) -> anyhow::Result<()> {
        let path = self.path(self.entries.len());
        let failed = || format!("cannot write {}", path.display());
        let mut file = File::create(&path).with_context(failed)?;
        let mut digest = Sha256::new();
        pieces(store, key, bytes, |piece| {
            digest.update(&piece);
            file.write_all(&piece).with_context(failed)
        })
        .await?;
        let digest = Digest::finish(digest);
        self.entries.push(Quarantined {
            key: key.to_owned(),
            line: None,
            reason,
            bytes,
            digest,
            overlap: false,
        });
        Ok(())
    }

    fn path(&self, position: usize) -> PathBuf {
        self.folder.join(format!("quarantined-{position}"))
    }
}

/// Puts what a shard could not take, each if absent, with the reasons that its report gives.
pub(crate) async fn put(store: &dyn Store, report: &Report, quarantine: &Quarantine) -> anyhow::Result<()> {
    for (position, entry) in report.quarantined.iter().enumerate() {
        let bytes = Body::File(quarantine.path(position));
        for (part, body) in [(QuarantinePart::Bytes, bytes), (QuarantinePart::Reason, reason(entry)?.into())]
        {
            let key = key(report, position, part);
            let outcome = store.put_if_absent(&key, body).await?;
            if outcome == Put::Existed && !is_there(store, &key, entry, part).await? {
                bail!("{key} is there and is another's: move it away and run again");
            }
        }
    }
    Ok(())
}

/// Whether every copy of a report is there, byte for byte.
pub(crate) async fn all_there(store: &dyn Store, report: &Report) -> anyhow::Result<bool> {
    for (position, entry) in report.quarantined.iter().enumerate() {
        for part in [QuarantinePart::Bytes, QuarantinePart::Reason] {
            if !is_there(store, &key(report, position, part), entry, part).await? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn key(report: &Report, position: usize, part: QuarantinePart) -> String {
    Key::Quarantine(report.commit_id, report.shard, position as u32, part).to_string()
}

fn reason(entry: &Quarantined) -> anyhow::Result<Bytes> {
    Ok(serde_json::to_vec(entry).context("cannot write a reason")?.into())
}

async fn is_there(
    store: &dyn Store,
    key: &str,
    entry: &Quarantined,
    part: QuarantinePart,
) -> anyhow::Result<bool> {
    let expected = match part {
        QuarantinePart::Bytes => (entry.bytes, entry.digest),
        QuarantinePart::Reason => {
            let reason = reason(entry)?;
            (reason.len() as u64, Digest::of(&reason))
        }
    };
    let bytes = match store.size(key).await {
        Ok(bytes) => bytes,
        Err(StoreError::NotFound(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if bytes != expected.0 {
        return Ok(false);
    }
    let mut digest = Sha256::new();
    pieces(store, key, bytes, |piece| {
        digest.update(&piece);
        Ok(())
    })
    .await?;
    Ok(Digest::finish(digest) == expected.1)
}
