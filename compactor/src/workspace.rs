//! Temporary space for one shard. It goes with its owner, and what a killed owner left is removed by the next: a Lambda
//! that ran out of time keeps its `/tmp`, and the next run in it would find it full.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;

/// How the folders' names begin, so that no other program's is touched.
const PREFIX: &str = "endpoint-metrics-shard-";
/// The file that its owner holds locked. The kernel lets go of it when the owner dies, however it dies.
const LOCK: &str = "lock";

/// A folder of one's own.
#[derive(Debug)]
pub(crate) struct Workspace {
    folder: TempDir,
    _lock: File,
}

impl Workspace {
    /// A new folder, after those of dead processes were removed.
    pub(crate) fn new() -> anyhow::Result<Self> {
        sweep_dead();
        let below = std::env::temp_dir();
        loop {
            let folder = tempfile::Builder::new()
                .prefix(PREFIX)
                .tempdir()
                .with_context(|| format!("cannot make a temporary folder in {}", below.display()))?;
            let path = folder.path().join(LOCK);
            // Before the lock is held, somebody else's sweep may take the folder for a dead one's.
            let lock = match File::create_new(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                lock => lock.with_context(|| format!("cannot make {}", path.display()))?,
            };
            lock.lock().with_context(|| format!("cannot lock {}", path.display()))?;
            if path.exists() {
                return Ok(Self { folder, _lock: lock });
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders of dead processes.
pub(crate) fn sweep_dead() {
    sweep(&std::env::temp_dir());
}

/// Removes what dead processes left. What cannot be removed, another user's for one, is left alone.
fn sweep(below: &Path) {
    let Ok(listed) = fs::read_dir(below) else { return };
    for entry in listed.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            remove_if_dead(&entry.path());
        }
    }
}

fn remove_if_dead(folder: &PathBuf) {
    match File::open(folder.join(LOCK)) {
        Ok(lock) => match lock.try_lock() {
            // Held until the folder is gone, so that its owner, if it just came to life, sees that.
            Ok(()) => drop(fs::remove_dir_all(folder)),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        },
        // It died before it had a lock, and the folder is empty; or while it removed the folder, the lock before the rest. The
        // lock is the first that is made there: what has other files and none is nobody's.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if fs::remove_dir(folder).is_err() && !folder.join(LOCK).exists() {
                drop(fs::remove_dir_all(folder));
            }
        }
        Err(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_owner_keeps_its_folder_and_a_dead_ones_goes() {
        let below = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let path = below.path().join(format!("{PREFIX}{name}"));
            fs::create_dir(&path).unwrap();
            path
        };
        let (living, dead, empty) = (folder("living"), folder("dead"), folder("empty"));
        let half_removed = folder("half");
        fs::write(half_removed.join("hosts.parquet"), "").unwrap();
        let lock = File::create_new(living.join(LOCK)).unwrap();
        lock.lock().unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        fs::write(dead.join("hosts.parquet"), "half of a fi").unwrap();
        let others = below.path().join("others");
        fs::create_dir(&others).unwrap();
        sweep(below.path());
        let left = [&living, &dead, &empty, &half_removed, &others].map(|path| path.exists());
        assert_eq!(left, [true, false, false, false, true]);
    }

    #[test]
    fn two_at_once_have_folders_of_their_own() {
        let (one, other) = (Workspace::new().unwrap(), Workspace::new().unwrap());
        assert!(one.path().exists() && other.path().exists() && one.path() != other.path());
        let path = one.path().to_owned();
        drop(one);
        assert!(!path.exists() && other.path().exists());
    }
}
