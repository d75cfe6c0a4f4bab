//! Reading the kernel's files below a root, `/` on a host and a folder of fixtures in a test.
//!
//! Three things go wrong on real hosts, and none may stop a sample: a file vanishes between listing and reading (a
//! process ended: no news), it may not be read (counted by cause, so that an empty column can be told from a
//! forbidden one), or it is no file at all (a FIFO would block for ever, so nothing but regular files is read, and
//! opening never waits).

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::listing;

/// Longest file that is read in whole: a bound for memory, far above any that the readers need.
const LONGEST: u64 = 1 << 20;

/// A root and what was denied below it since the last report.
#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    denied: Mutex<BTreeMap<&'static str, u64>>,
}

impl Tree {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), denied: Mutex::default() }
    }

    /// The place of `path`, which is relative to the root.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The counts; a look that panicked while it counted has left them whole.
    fn denied(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.denied.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one thing that could not be read.
    pub(crate) fn deny(&self, cause: &'static str) {
        *self.denied().entry(cause).or_default() += 1;
    }

    /// Whether anything was refused under that cause since the last report.
    pub(crate) fn was_denied(&self, cause: &str) -> bool {
        self.denied().contains_key(cause)
    }

    /// Hands over `cause=count …` and starts from nothing again.
    pub(crate) fn take_denied(&self) -> Option<String> {
        let denied = std::mem::take(&mut *self.denied());
        if denied.is_empty() {
            return None;
        }
        let causes: Vec<String> =
            denied.into_iter().map(|(cause, count)| format!("{cause}={count}")).collect();
        Some(causes.join(" "))
    }

    /// Passes a result on, counting it under `cause` when it was a refusal.
    pub(crate) fn noting<T>(&self, cause: &'static str, result: std::io::Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                if error.kind() == ErrorKind::PermissionDenied {
                    self.deny(cause);
                }
                None
            }
        }
    }

    /// A regular file's bytes, at most 1 MiB of them.
    pub(crate) fn bytes(&self, path: &str, cause: &'static str) -> Option<Vec<u8>> {
        self.noting(cause, read(&self.at(path)))
    }

    /// The same as text; bytes that are no UTF-8 become replacement characters.
    pub(crate) fn text(&self, path: &str, cause: &'static str) -> Option<String> {
        self.bytes(path, cause).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A file that holds one number.
    pub(crate) fn number(&self, path: &str, cause: &'static str) -> Option<u64> {
        self.text(path, cause)?.trim().parse().ok()
    }

    /// Names in a folder that are UTF-8, sorted.
    pub(crate) fn names(&self, path: &str, cause: &'static str) -> Vec<String> {
        let mut names = self.noting(cause, listing::names(&self.at(path))).unwrap_or_default();
        names.sort_unstable();
        names
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let file: File =
        OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifo_does_not_block_and_a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let status = std::process::Command::new("mkfifo").arg(folder.path().join("ref")).status().unwrap();
        assert!(status.success());
        let tree = Tree::new(folder.path());
        assert_eq!(tree.bytes("ref", "sessions"), None);
        assert_eq!(tree.bytes("", "sessions"), None);
        assert_eq!(tree.bytes("gone", "sessions"), None);
        assert_eq!(tree.take_denied(), None);
    }

    #[test]
    fn refusals_are_counted_by_cause() {
        let tree = Tree::new(Path::new("/"));
        let refused = || Err::<(), _>(std::io::Error::from(ErrorKind::PermissionDenied));
        tree.noting("io", refused());
        tree.noting("exe", refused());
        tree.noting("io", refused());
        assert_eq!(tree.take_denied().as_deref(), Some("exe=1 io=2"));
        assert_eq!(tree.take_denied(), None);
    }
}
