//! The sealed batches: a folder of files, in the order in which they were sealed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use snapshot::MAX_EARLIER_DAYS;

use super::journal::Entry;
use super::name::Name;
use crate::clock::day_text;
use crate::durable;

/// Level 3 compresses these lines 20 times at 200 MB/s, within a window of 2 MiB (a reader's limit is 8).
const LEVEL: i32 = 3;
/// A batch that is older than so many days when it is tried for the first time is filed under the day of that attempt:
/// so every key stays the same for a week of retries and still is within the 13 days that the server takes.
pub(super) const OLDEST_FIRST_TRY_DAYS: i64 = 6;

/// The folders `sealed/` and `rejected/` below the state folder.
#[derive(Debug)]
pub(super) struct Sealed {
    folder: PathBuf,
    rejected: PathBuf,
    /// By ordinal, first number and count (halves share their parent's ordinal); the value is the name and the
    /// file's bytes.
    batches: BTreeMap<(u64, i64, usize), (Name, u64)>,
}

/// A batch on its way.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    /// Which one.
    pub(crate) name: Name,
    /// The compressed lines, as they lie there.
    pub(crate) body: Vec<u8>,
}

impl Sealed {
    /// Lists the folder, making it if need be, and finishes what was interrupted.
    pub(super) fn open(state: &Path) -> anyhow::Result<Self> {
        let (folder, rejected) = (state.join("sealed"), state.join("rejected"));
        for folder in [&folder, &rejected] {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .with_context(|| format!("make {}", folder.display()))?;
        }
        let mut sealed = Self { folder, rejected, batches: BTreeMap::new() };
        let entries =
            fs::read_dir(&sealed.folder).with_context(|| format!("list {}", sealed.folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("list {}", sealed.folder.display()))?;
            match entry.file_name().to_str().and_then(Name::parse) {
                Some(name) => {
                    let bytes = entry.metadata().map_or(0, |meta| meta.len());
                    sealed.insert(name, bytes);
                }
                // Half a file that never got its name.
                None => durable::remove(&entry.path())?,
            }
        }
        sealed.finish_halving()?;
        Ok(sealed)
    }

    fn insert(&mut self, name: Name, bytes: u64) {
        self.batches.insert((name.ordinal, name.first, name.count), (name, bytes));
    }

    /// Whether it is still there: a batch may be dropped for want of room while it is on its way.
    pub(super) fn has(&self, name: &Name) -> bool {
        self.names().any(|other| other == name)
    }

    /// A halving that was stopped in the middle left the parent beside its halves: with both, the parent goes;
    /// with one, that half goes, since nothing of it was sent before the parent had gone.
    fn finish_halving(&mut self) -> anyhow::Result<()> {
        let names: Vec<Name> = self.names().cloned().collect();
        for parent in &names {
            let within: Vec<&Name> = names
                .iter()
                .filter(|name| *name != parent && name.count < parent.count)
                .filter(|name| {
                    parent.holds(name.stream, name.first) && parent.holds(name.stream, name.last())
                })
                .collect();
            let covered: usize = within.iter().map(|name| name.count).sum();
            if covered == parent.count {
                self.remove(parent)?;
            } else {
                for half in within {
                    self.remove(half)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Name> {
        self.batches.values().map(|(name, _)| name)
    }

    pub(super) fn oldest(&self) -> Option<&Name> {
        self.names().next()
    }

    pub(super) fn snapshots(&self) -> u64 {
        self.names().map(|name| name.count as u64).sum()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.batches.values().map(|(_, bytes)| bytes).sum()
    }

    /// Seals consecutive entries of one stream and day.
    pub(super) fn seal(&mut self, entries: &[Entry]) -> anyhow::Result<()> {
        let Some(first) = entries.first() else { return Ok(()) };
        let name = Name {
            ordinal: self.names().map(|name| name.ordinal + 1).max().unwrap_or(0),
            stream: first.stream,
            first: first.seq,
            count: entries.len(),
            day: first.day,
            tried: false,
            earlier: Vec::new(),
        };
        let lines: Vec<u8> = entries.iter().flat_map(|entry| entry.line.iter().copied()).collect();
        self.put(name, &lines)
    }

    fn put(&mut self, name: Name, lines: &[u8]) -> anyhow::Result<()> {
        let body = zstd::bulk::compress(lines, LEVEL).context("compress a batch")?;
        durable::replace(&self.folder.join(name.to_string()), &body)?;
        self.insert(name, body.len() as u64);
        Ok(())
    }

    pub(super) fn remove(&mut self, name: &Name) -> anyhow::Result<()> {
        durable::remove(&self.folder.join(name.to_string()))?;
        self.batches.retain(|_, (other, _)| other != name);
        Ok(())
    }

    /// The oldest batch with its mark as tried, both durable.
    pub(super) fn parcel(&mut self, today: i64) -> anyhow::Result<Option<Parcel>> {
        let Some(mut name) = self.oldest().cloned() else { return Ok(None) };
        if !name.tried {
            let mut tried = Name { tried: true, ..name.clone() };
            if today - name.day > OLDEST_FIRST_TRY_DAYS {
                tried.day = today;
            }
            self.rename(&name, &tried)?;
            name = tried;
        }
        let path = self.folder.join(name.to_string());
        let body = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        Ok(Some(Parcel { name, body }))
    }

    fn rename(&mut self, from: &Name, to: &Name) -> anyhow::Result<()> {
        durable::rename(&self.folder.join(from.to_string()), &self.folder.join(to.to_string()))?;
        for (name, _) in self.batches.values_mut() {
            if name == from {
                *name = to.clone();
            }
        }
        Ok(())
    }

    /// Files a batch under `day`; says no when that would change nothing or it was filed too often already.
    pub(super) fn file_anew(&mut self, name: &Name, day: i64) -> anyhow::Result<bool> {
        if day == name.day || name.earlier.len() >= MAX_EARLIER_DAYS {
            return Ok(false);
        }
        let mut anew = Name { day, ..name.clone() };
        anew.earlier.push(name.day);
        self.rename(name, &anew)?;
        Ok(true)
    }

    /// Cuts a batch in two, which keep its day and its mark; says no when it holds one snapshot.
    pub(super) fn halve(&mut self, name: &Name) -> anyhow::Result<bool> {
        if name.count < 2 {
            return Ok(false);
        }
        let path = self.folder.join(name.to_string());
        let body = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        let lines =
            zstd::stream::decode_all(&body[..]).with_context(|| format!("decompress {}", path.display()))?;
        let lines: Vec<&[u8]> = lines.split_inclusive(|&byte| byte == b'\n').collect();
        ensure!(
            lines.len() == name.count,
            "{}: {} lines, expected {}",
            path.display(),
            lines.len(),
            name.count
        );
        let (left, right) = lines.split_at(name.count / 2);
        let second = Name { first: name.first + left.len() as i64, count: right.len(), ..name.clone() };
        let first = Name { count: left.len(), ..name.clone() };
        self.put(first, &left.concat())?;
        self.put(second, &right.concat())?;
        self.remove(name)?;
        Ok(true)
    }

    /// Moves a batch to `rejected/`, with the reason beside it.
    pub(super) fn set_aside(&mut self, name: &Name, why: &str) -> anyhow::Result<PathBuf> {
        let place = self.rejected.join(name.to_string());
        durable::replace(&place.with_extension("reason.txt"), why.as_bytes())?;
        durable::rename(&self.folder.join(name.to_string()), &place)?;
        self.batches.retain(|_, (other, _)| other != name);
        Ok(place)
    }

    /// Sets aside what is filed under a day before `day`.
    pub(super) fn set_aside_older_than(&mut self, day: i64) -> anyhow::Result<()> {
        let old: Vec<Name> = self.names().filter(|name| name.day < day).cloned().collect();
        for name in old {
            let why = format!(
                "filed under {} by a host with another id; such leftovers may have been sent from elsewhere",
                day_text(name.day)
            );
            let place = self.set_aside(&name, &why)?;
            crate::notice::warn(format_args!("{} set aside: {why}", place.display()));
        }
        Ok(())
    }
}
