//! Writing that survives a loss of power: a file's bytes are on the disk before its name is, and the folder after.
//!
//! Every durable step of the agent passes through here, so that a test can stop the program at any one of them.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;

/// Puts `bytes` at `path` in one step: a reader, or a restart, finds the old file or the new one, never half of it.
/// The file may be read by its owner alone, since much of what the agent keeps is about people.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    let temporary = Path::new(&name);
    let write = || {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(temporary)?;
        step::before_writing(&mut file, bytes)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().with_context(|| format!("write {}", temporary.display()))?;
    rename(temporary, path)
}

/// Appends `bytes` and waits until they are on the disk.
pub(crate) fn append(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    step::before_writing(file, bytes)?;
    file.write_all(bytes)?;
    file.sync_data()
}

/// Cuts a file to `length` bytes; what is appended next stands there.
pub(crate) fn truncate(file: &mut File, length: u64) -> std::io::Result<()> {
    step::before()?;
    file.set_len(length)?;
    file.seek(std::io::SeekFrom::Start(length))?;
    file.sync_all()
}

/// Renames within one file system and makes that durable.
pub(crate) fn rename(from: &Path, to: &Path) -> anyhow::Result<()> {
    step::before()
        .and_then(|()| fs::rename(from, to))
        .with_context(|| format!("rename {} to {}", from.display(), to.display()))?;
    sync_folder(to)
}

/// Removes a file and makes that durable.
pub(crate) fn remove(path: &Path) -> anyhow::Result<()> {
    step::before()
        .and_then(|()| fs::remove_file(path))
        .with_context(|| format!("remove {}", path.display()))?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("sync {}", folder.display()))
}

#[cfg(not(test))]
mod step {
    pub(super) fn before() -> std::io::Result<()> {
        Ok(())
    }

    pub(super) fn before_writing(_: &mut std::fs::File, _: &[u8]) -> std::io::Result<()> {
        Ok(())
    }
}

/// How many more steps the test lets through before the power goes.
#[cfg(test)]
pub(crate) mod step {
    use std::cell::Cell;
    use std::fs::File;
    use std::io::Write;

    thread_local! {
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
    }

    /// Lets `steps` through and fails every later one; none lets all through.
    pub(crate) fn allow(steps: Option<u32>) {
        LEFT.set(steps);
    }

    pub(super) fn before() -> std::io::Result<()> {
        match LEFT.get() {
            Some(0) => Err(std::io::Error::other("the power is gone")),
            Some(left) => {
                LEFT.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A write that is cut short leaves half of its bytes.
    pub(super) fn before_writing(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
        let out_of_power = LEFT.get() == Some(0);
        let outcome = before();
        if out_of_power {
            let _ = file.write_all(&bytes[..bytes.len() / 2]);
        }
        outcome
    }
}
