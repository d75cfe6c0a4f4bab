//! Where an object lies until it is whole, beside a folder's own. Whoever is killed in the midst of one leaves it behind; the
//! next to open the folder removes what nobody works on any more.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Body;

/// The folder, below the root. Names that begin with a dot are never listed.
const FOLDER: &str = ".unfinished";
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// Makes the folder, and removes from it what dead processes left. What cannot be removed is left alone.
pub(crate) fn open(root: &Path) -> io::Result<()> {
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(&folder)?.flatten() {
        // Whoever writes one holds it locked, and the kernel lets go of it however its owner dies.
        let Ok(file) = File::open(entry.path()) else { continue };
        if file.try_lock().is_ok() {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// An object in the making, removed when dropped.
#[derive(Debug)]
pub(crate) struct Unfinished {
    path: PathBuf,
    file: File,
}

impl Unfinished {
    /// Nobody else's place, with nothing in it.
    fn new(root: &Path) -> io::Result<Self> {
        loop {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = root.join(FOLDER).join(format!("{}-{number}", std::process::id()));
            let file = match File::create_new(&path) {
                // Of a process that had this id before, or has it in another container.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                file => file?,
            };
            match file.lock() {
                // Such a folder is never cleared either.
                Err(error) if error.kind() == ErrorKind::Unsupported => {}
                locked => locked?,
            }
            // Before it was locked, somebody may have taken it for a dead one's.
            if path.try_exists()? {
                return Ok(Self { path, file });
            }
        }
    }

    /// The object, on the disk. From here it can be linked or renamed to its place.
    pub(crate) fn written(root: &Path, body: &Body) -> io::Result<Self> {
        let mut unfinished = Self::new(root)?;
        match body {
            Body::Bytes(bytes) => unfinished.file.write_all(bytes)?,
            Body::File(source) => {
                io::copy(&mut File::open(source)?, &mut unfinished.file)?;
            }
        }
        unfinished.file.sync_all()?;
        Ok(unfinished)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Gone already where it was renamed; what stays is removed by the next to open the folder.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_is_removed_and_what_is_worked_on_stays() {
        let root = tempfile::tempdir().unwrap();
        open(root.path()).unwrap();
        let left = root.path().join(FOLDER).join("4711-0");
        fs::write(&left, b"half of an obj").unwrap();
        let worked_on = Unfinished::written(root.path(), &Body::from("whole")).unwrap();
        open(root.path()).unwrap();
        assert!(!left.exists());
        assert!(worked_on.path().exists());
        let path = worked_on.path().to_owned();
        drop(worked_on);
        assert!(!path.exists());
    }
}
