//! What was sampled and not yet accepted, on the disk.
//!
//! A batch is sealed once and never changed; sealing fixes its numbers and its filed day, and with them the object's
//! key, so that the server recognises every repetition. The order of sealing, each step synced before the next:
//! the next number is persisted, the sealed batch gets its name, the journal is emptied, and only then may it be
//! sent. Stopped between any two of them, the next start finds each snapshot in exactly one place.
//!
//! Sealed batches are kept compressed, byte for byte what is sent: a retry repeats the same bytes, and the disk holds
//! fifteen times as much.

mod journal;
mod name;
mod sealed;
mod state;
#[cfg(test)]
mod tests;

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use snapshot::{Follows, HostId, MAX_BATCH, Snapshot, Stream};

use crate::clock::day_of;
use crate::random::Random;
use journal::{Entry, Journal};
pub(crate) use name::Name;
pub(crate) use sealed::Parcel;
use sealed::Sealed;
use state::State;

/// How a spool is opened.
#[derive(Clone, Debug)]
pub(crate) struct Opening<'o> {
    /// The state folder; made (mode 0700) when it is not there.
    pub(crate) folder: &'o Path,
    /// This host.
    pub(crate) host_id: &'o HostId,
    /// This boot.
    pub(crate) boot_id: &'o str,
    /// At most so many snapshots in a batch, 1 to 15.
    pub(crate) batch: usize,
    /// Sealed batches may take so many bytes; the oldest are dropped beyond.
    pub(crate) limit_bytes: u64,
    /// Now, in milliseconds since 1970 UTC.
    pub(crate) now_ms: i64,
}

/// The state folder, held by one agent alone.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    batch: usize,
    limit_bytes: u64,
    state: State,
    journal: Journal,
    open: Vec<Entry>,
    sealed: Sealed,
    // Holds the lock for as long as the spool lives.
    _lock: File,
}

/// Holds the folder against a second agent.
pub(crate) fn lock(folder: &Path) -> anyhow::Result<File> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("make the state folder {}", folder.display()))?;
    let path = folder.join("lock");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => bail!(
            "{}: another agent holds this state folder; stop it or give this one its own --state-dir",
            folder.display()
        ),
        Err(fs::TryLockError::Error(error)) => Err(error).with_context(|| format!("lock {}", path.display())),
    }
}

impl Spool {
    /// Locks the folder and opens it.
    #[cfg(test)]
    pub(crate) fn open(opening: &Opening<'_>, random: &mut Random) -> anyhow::Result<Self> {
        Self::open_locked(opening, lock(opening.folder)?, random)
    }

    /// Opens the folder that `lock` holds, brings it in order after whatever stopped the last agent, and begins a new
    /// stream if the folder is new, the host has booted or is another.
    pub(crate) fn open_locked(
        opening: &Opening<'_>,
        lock: File,
        random: &mut Random,
    ) -> anyhow::Result<Self> {
        let folder = opening.folder;
        let mut sealed = Sealed::open(folder)?;
        let (journal, mut entries) = Journal::open(&folder.join("journal.ndjson"))?;
        // A batch that was sealed just before the end still has its lines here.
        entries.retain(|entry| !sealed.names().any(|name| name.holds(entry.stream, entry.seq)));
        let kept = State::load(folder)?;
        let moved = kept.as_ref().is_some_and(|state| state.host_id != *opening.host_id);
        let state = match kept.clone() {
            Some(mut state) => {
                let after_journal = entries
                    .iter()
                    .filter(|entry| entry.stream == state.stream)
                    .map(|entry| entry.seq + 1)
                    .max();
                state.next_seq = state.next_seq.max(after_journal.unwrap_or(0));
                state
            }
            // A state that was lost: what the journal holds is sealed under its own stream, and followed.
            None => State {
                host_id: opening.host_id.clone(),
                boot_id: String::new(),
                stream: entries.last().map_or(Stream(random.number()), |entry| entry.stream),
                next_seq: entries.last().map_or(0, |entry| entry.seq + 1),
                follows: None,
                dropped: 0,
            },
        };
        if moved {
            // Of a disk that was somebody else's: old leftovers may be known under days that are closed.
            sealed.set_aside_older_than(day_of(opening.now_ms) - sealed::OLDEST_FIRST_TRY_DAYS)?;
        }
        let mut spool = Self {
            folder: folder.to_owned(),
            batch: opening.batch.clamp(1, MAX_BATCH),
            limit_bytes: opening.limit_bytes,
            state,
            journal,
            open: entries,
            sealed,
            _lock: lock,
        };
        spool.seal()?;
        if kept.is_none() || moved || spool.state.boot_id != opening.boot_id {
            spool.begin_stream(opening, random)?;
        }
        Ok(spool)
    }

    fn begin_stream(&mut self, opening: &Opening<'_>, random: &mut Random) -> anyhow::Result<()> {
        let before = &self.state;
        let follows = match snapshot::Count::new(before.next_seq - 1) {
            Some(seq) => Some(Follows { stream: before.stream, seq }),
            // A stream that never held a snapshot follows what the one before it followed.
            None => before.follows,
        };
        self.state = State {
            host_id: opening.host_id.clone(),
            boot_id: opening.boot_id.to_owned(),
            stream: Stream(random.number()),
            next_seq: 0,
            follows,
            dropped: 0,
        };
        self.state.save(&self.folder)
    }

    /// The stream, the number of the next snapshot, and in a stream's first what it follows.
    pub(crate) fn next(&self) -> (Stream, i64, Option<Follows>) {
        let next = self.open.last().map_or(self.state.next_seq, |entry| entry.seq + 1);
        (self.state.stream, next, self.state.follows.filter(|_| next == 0))
    }

    /// Snapshots that are waiting.
    pub(crate) fn waiting(&self) -> u64 {
        self.open.len() as u64 + self.sealed.snapshots()
    }

    /// Snapshots that this stream had to drop.
    pub(crate) fn dropped(&self) -> u64 {
        self.state.dropped
    }

    /// Takes in the next snapshot, durably. Seals first what belongs to another day, and then what is full; says
    /// whether a batch was sealed because its day is over.
    pub(crate) fn append(&mut self, snapshot: &Snapshot<'_>) -> anyhow::Result<bool> {
        let mut line = serde_json::to_vec(snapshot).context("write a snapshot as JSON")?;
        line.push(b'\n');
        let day = day_of(snapshot.observed_at_ms.get());
        let day_is_over = self.open.first().is_some_and(|entry| entry.day != day);
        if day_is_over {
            self.seal()?;
        }
        self.journal.append(&line)?;
        self.open.push(Entry { stream: snapshot.stream, seq: snapshot.seq.get(), day, line });
        if self.open.len() >= self.batch {
            self.seal()?;
        }
        Ok(day_is_over)
    }

    /// A snapshot was taken and could not be kept (a full disk); its number stays free.
    pub(crate) fn lost_one(&mut self) {
        self.state.dropped += 1;
    }

    /// Seals what the journal holds: one batch, or after a crash one for each stream and day.
    pub(crate) fn seal(&mut self) -> anyhow::Result<()> {
        let Some(last) = self.open.last() else { return self.journal.clear_if_needed() };
        if last.stream == self.state.stream {
            self.state.next_seq = self.state.next_seq.max(last.seq + 1);
        }
        self.state.save(&self.folder)?;
        for run in runs(&self.open, self.batch) {
            self.sealed.seal(run)?;
        }
        self.journal.clear()?;
        self.open.clear();
        self.drop_beyond_limit()
    }

    fn drop_beyond_limit(&mut self) -> anyhow::Result<()> {
        while self.sealed.bytes() > self.limit_bytes {
            let Some(name) = self.sealed.oldest().cloned() else { break };
            self.state.dropped += name.count as u64;
            self.state.save(&self.folder)?;
            self.sealed.remove(&name)?;
            crate::notice::warn(format_args!(
                "the spool is over {} bytes: dropped {} snapshots of {} (stream {}, from number {})",
                self.limit_bytes,
                name.count,
                crate::clock::day_text(name.day),
                name.stream,
                name.first,
            ));
        }
        Ok(())
    }

    /// The oldest sealed batch, ready to be sent: its filed day and the mark that it was tried are durable.
    pub(crate) fn parcel(&mut self, now_ms: i64) -> anyhow::Result<Option<Parcel>> {
        self.sealed.parcel(day_of(now_ms))
    }

    /// The server has it.
    pub(crate) fn accepted(&mut self, name: &Name) -> anyhow::Result<()> {
        // It may have been dropped for want of room while it was on its way.
        if self.sealed.has(name) { self.sealed.remove(name) } else { Ok(()) }
    }

    /// The server's clock says that the filed day is not to be had any more: file under the server's day. Says no when that
    /// would change nothing, or it was filed anew too often.
    pub(crate) fn file_anew(&mut self, name: &Name, server_ms: i64) -> anyhow::Result<bool> {
        Ok(self.sealed.has(name) && self.sealed.file_anew(name, day_of(server_ms))?)
    }

    /// The server finds it too large. Says no when it holds a single snapshot.
    pub(crate) fn halve(&mut self, name: &Name) -> anyhow::Result<bool> {
        Ok(self.sealed.has(name) && self.sealed.halve(name)?)
    }

    /// The server will never take it.
    pub(crate) fn set_aside(&mut self, name: &Name, why: &str) -> anyhow::Result<Option<PathBuf>> {
        if self.sealed.has(name) { self.sealed.set_aside(name, why).map(Some) } else { Ok(None) }
    }
}

/// Cuts entries into runs of one stream, one day, consecutive numbers, at most `longest` of them.
fn runs(entries: &[Entry], longest: usize) -> Vec<&[Entry]> {
    let mut runs = Vec::new();
    let mut from = 0;
    for at in 1..=entries.len() {
        let goes_on = entries.get(at).zip(entries.get(at - 1)).is_some_and(|(entry, before)| {
            entry.stream == before.stream && entry.day == before.day && entry.seq == before.seq + 1
        });
        if !goes_on || at - from == longest {
            runs.push(&entries[from..at]);
            from = at;
        }
    }
    runs
}
