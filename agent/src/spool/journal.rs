//! The open batch: one line a snapshot, appended and synced as it is taken, emptied when it is sealed.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use snapshot::Stream;

use crate::clock::day_of;
use crate::durable;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) stream: Stream,
    pub(super) seq: i64,
    /// UTC day on which it was observed.
    pub(super) day: i64,
    /// The snapshot with its newline.
    pub(super) line: Vec<u8>,
}

/// All of a snapshot that the spool must know.
#[derive(Deserialize)]
struct Head {
    stream: Stream,
    seq: i64,
    observed_at_ms: i64,
}

impl Entry {
    /// From a line that ends in a newline; none for anything else.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        line.strip_suffix(b"\n")?;
        let head: Head = serde_json::from_slice(line).ok()?;
        Some(Self {
            stream: head.stream,
            seq: head.seq,
            day: day_of(head.observed_at_ms),
            line: line.to_vec(),
        })
    }
}

/// The file.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    length: u64,
}

impl Journal {
    /// Opens it, or makes it, and reads what it holds. A last line that was cut short by a loss of power is
    /// removed: its number was never sealed, so it will be used again.
    pub(super) fn open(path: &Path) -> anyhow::Result<(Self, Vec<Entry>)> {
        let opened =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
        let mut file = opened.with_context(|| format!("open {}", path.display()))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| format!("read {}", path.display()))?;
        let mut entries = Vec::new();
        let mut length = 0;
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let Some(entry) = Entry::parse(line) else { break };
            length += line.len() as u64;
            entries.push(entry);
        }
        if length < bytes.len() as u64 {
            durable::truncate(&mut file, length).with_context(|| format!("repair {}", path.display()))?;
        }
        file.seek(SeekFrom::Start(length)).with_context(|| format!("seek in {}", path.display()))?;
        Ok((Self { file, length }, entries))
    }

    /// Appends a line. When that fails (a full disk), the file is cut back to whole lines.
    pub(super) fn append(&mut self, line: &[u8]) -> anyhow::Result<()> {
        if let Err(error) = durable::append(&mut self.file, line) {
            // Should this fail as well, the next start repairs it.
            let _ = durable::truncate(&mut self.file, self.length);
            return Err(error).context("append to the journal");
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// Empties it if there is anything left in it: lines that a sealed batch was found to hold.
    pub(super) fn clear_if_needed(&mut self) -> anyhow::Result<()> {
        if self.length == 0 { Ok(()) } else { self.clear() }
    }

    /// Empties it.
    pub(super) fn clear(&mut self) -> anyhow::Result<()> {
        durable::truncate(&mut self.file, 0).context("empty the journal")?;
        self.length = 0;
        Ok(())
    }
}
