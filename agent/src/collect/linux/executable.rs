//! The executable behind a process, from `/proc/PID/exe`.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::tree::Tree;
use crate::collect::readable::readable;

/// What the link and the file behind it say; absent is what may not be read.
#[derive(Debug, Default)]
pub(crate) struct Executable {
    pub(crate) path: Option<String>,
    /// Its link count is 0, or its name is gone. Of a file in a lower layer (a container's image) overlayfs goes on
    /// counting the link that the layer below still has.
    pub(crate) deleted: Option<bool>,
    /// It never had a name: `memfd_create`.
    pub(crate) memfd: Option<bool>,
    pub(crate) meta: Option<fs::Metadata>,
}

impl Executable {
    /// Reads the link, and with `ask_file` the file's own record, for which a dead server may let one wait for ever.
    pub(crate) fn read(tree: &Tree, pid: &str, ask_file: bool) -> Self {
        let place = tree.at(&format!("proc/{pid}/exe"));
        let Some(link) = tree.noting("exe", fs::read_link(&place)) else { return Self::default() };
        // Through the link the kernel opens the very file that runs, also when its name is gone.
        let meta = ask_file.then(|| fs::metadata(&place).ok()).flatten();
        let deleted = meta.as_ref().map(|meta| meta.nlink() == 0 || is_gone(tree, pid, &link, meta));
        let path = readable(link.as_os_str().as_bytes());
        // The suffix is the kernel's only when the file itself says so; else it is part of a name.
        let path = match path.strip_suffix(" (deleted)") {
            Some(stem) if deleted == Some(true) => stem.to_owned(),
            _ => path,
        };
        let memfd = deleted.map(|deleted| deleted && path.starts_with("/memfd:"));
        Self { path: Some(path), deleted, memfd, meta }
    }
}

/// Whether the kernel's ` (deleted)` is its own word and not a part of the name: then no such file is there, neither from
/// where the process stands nor from here. What may not be looked at is not said to be gone.
fn is_gone(tree: &Tree, pid: &str, link: &Path, running: &fs::Metadata) -> bool {
    if !link.as_os_str().as_bytes().ends_with(b" (deleted)") {
        return false;
    }
    let inside = link.strip_prefix("/").unwrap_or(link);
    [tree.at(&format!("proc/{pid}/root")).join(inside), link.to_owned()].iter().all(
        |place| match fs::metadata(place) {
            Ok(found) => (found.dev(), found.ino()) != (running.dev(), running.ino()),
            Err(error) => matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
        },
    )
}
