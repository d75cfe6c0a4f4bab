//! A folder that plays a bucket, for a run on one machine.
//!
//! An object appears whole or not at all: it is written beside its place, brought to the disk, and then *linked* to
//! its name, which fails when the name is taken. So the folder keeps what S3 keeps: the first writer wins, also
//! among processes, and what was acknowledged survives a loss of power.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;

use crate::unfinished::{self, Unfinished};
use crate::{Body, Found, PAGE, Page, Put, Store, StoreError};

/// A bucket in a folder.
#[derive(Clone, Debug)]
pub struct DirectoryStore {
    root: PathBuf,
}

impl DirectoryStore {
    /// A store on `root`, which is made if it is not there. An error says what could not be written.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let root = root.into();
        unfinished::open(&root).map_err(|error| failed("write to", &root.display().to_string(), error))?;
        Ok(Self { root })
    }

    /// A store on `root` as it is, to be read: nothing is made or removed there, so it may be evidence.
    pub fn to_read(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The file in which an object of this key lies or would lie.
    pub fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let root = self.root.clone();
        tokio::task::spawn_blocking(move || work(&root)).await.unwrap_or_else(|error| {
            Err(StoreError::Unavailable {
                operation: "finish",
                key: String::new(),
                reason: error.to_string(),
            })
        })
    }
}

#[async_trait]
impl Store for DirectoryStore {
    async fn put_if_absent(&self, key: &str, body: Body) -> Result<Put, StoreError> {
        let key = checked(key)?;
        self.run(move |root| put(root, &key, &body).map_err(|error| failed("put", &key, error))).await
    }

    async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        let key = checked(key)?;
        self.run(move |root| match fs::read(root.join(&key)) {
            Ok(bytes) => Ok(bytes.into()),
            Err(error) => Err(failed("get", &key, error)),
        })
        .await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
        let key = checked(key)?;
        self.run(move |root| read_range(&root.join(&key), &range).map_err(|error| failed("get", &key, error)))
            .await
    }

    async fn size(&self, key: &str) -> Result<u64, StoreError> {
        let key = checked(key)?;
        self.run(move |root| match fs::metadata(root.join(&key)) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) => Err(failed("look at", &key, error)),
        })
        .await
    }

    async fn list(&self, prefix: &str, after: &str) -> Result<Page<Found>, StoreError> {
        let (prefix, after) = (prefix.to_owned(), after.to_owned());
        self.run(move |root| {
            let mut walk = Walk { prefix: &prefix, after: &after, entries: Vec::new(), whole: true };
            walk.folder(root, "").map_err(|error| failed("list", &prefix, error))?;
            Ok(page(walk.entries))
        })
        .await
    }

    async fn list_prefixes(&self, prefix: &str, after: &str) -> Result<Page<String>, StoreError> {
        let (prefix, after) = (prefix.to_owned(), after.to_owned());
        self.run(move |root| {
            let mut walk = Walk { prefix: &prefix, after: &after, entries: Vec::new(), whole: false };
            walk.folder(root, "").map_err(|error| failed("list", &prefix, error))?;
            let page = page(walk.entries);
            Ok(Page { entries: page.entries.into_iter().map(|found| found.key).collect(), more: page.more })
        })
        .await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let key = checked(key)?;
        self.run(move |root| match fs::remove_file(root.join(&key)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("delete", &key, error)),
            _ => Ok(()),
        })
        .await
    }
}

fn put(root: &Path, key: &str, body: &Body) -> io::Result<Put> {
    let place = root.join(key);
    if place.try_exists()? {
        return Ok(Put::Existed);
    }
    link(root, Unfinished::written(root, body)?.path(), &place)
}

fn link(root: &Path, unfinished: &Path, place: &Path) -> io::Result<Put> {
    let folder = place.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    let outcome = match fs::hard_link(unfinished, place) {
        Ok(()) => Put::Stored,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Put::Existed,
        Err(error) => return Err(error),
    };
    // New names, the new folders' own among them, are on the disk before anybody is told.
    for folder in place.ancestors().skip(1).take_while(|folder| folder.starts_with(root)) {
        File::open(folder)?.sync_all()?;
    }
    Ok(outcome)
}

fn read_range(path: &Path, range: &Range<u64>) -> io::Result<Bytes> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(range.start))?;
    let mut bytes = Vec::new();
    file.take(range.end.saturating_sub(range.start)).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the range begins after the object's end"));
    }
    Ok(bytes.into())
}

/// Goes through a folder in the order of the keys' bytes and stops one entry past a page.
struct Walk<'w> {
    prefix: &'w str,
    after: &'w str,
    entries: Vec<Found>,
    /// Whole keys, or only their beginnings up to the next `/` after the prefix.
    whole: bool,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, key: &str) -> io::Result<()> {
        let mut children = Vec::new();
        let listed = match fs::read_dir(folder) {
            Ok(listed) => listed,
            // A folder may be removed while others are read; what is not there is not listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for child in listed {
            let child = child?;
            let Ok(name) = child.file_name().into_string() else { continue };
            if name.starts_with('.') {
                continue;
            }
            let slash = if child.file_type()?.is_dir() { "/" } else { "" };
            children.push((format!("{key}{name}{slash}"), child));
        }
        // A folder sorts with its slash, as its keys do: `a-b` before `a/c`.
        children.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        for (key, child) in children {
            if self.entries.len() > PAGE {
                return Ok(());
            }
            if key.ends_with('/') {
                self.enter(&child.path(), &key)?;
            } else if self.whole && key.starts_with(self.prefix) && key.as_str() > self.after {
                let about = child.metadata()?;
                self.entries.push(Found { bytes: about.len(), put_at_ms: put_at_ms(&about)?, key });
            }
        }
        Ok(())
    }

    fn enter(&mut self, folder: &Path, key: &str) -> io::Result<()> {
        let below = key.starts_with(self.prefix);
        if !below && !self.prefix.starts_with(key) {
            return Ok(());
        }
        let passed = key < self.after && !self.after.starts_with(key);
        if !self.whole && below && key.len() > self.prefix.len() {
            if key > self.after && holds_an_object(folder)? {
                self.entries.push(Found { key: key.to_owned(), bytes: 0, put_at_ms: 0 });
            }
            return Ok(());
        }
        if passed { Ok(()) } else { self.folder(folder, key) }
    }
}

fn put_at_ms(about: &fs::Metadata) -> io::Result<i64> {
    let since_1970 = about.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Ok(since_1970.as_millis().try_into().unwrap_or(i64::MAX))
}

/// An empty folder is no beginning of any key.
fn holds_an_object(folder: &Path) -> io::Result<bool> {
    for child in fs::read_dir(folder)? {
        let child = child?;
        if !child.file_type()?.is_dir() || holds_an_object(&child.path())? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn page(mut entries: Vec<Found>) -> Page<Found> {
    let more = entries.len() > PAGE;
    entries.truncate(PAGE);
    Page { entries, more }
}

/// A key that cannot leave the root, whatever it came from.
fn checked(key: &str) -> Result<String, StoreError> {
    let legal = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\0', '\\']);
    if key.split('/').all(legal) {
        return Ok(key.to_owned());
    }
    let reason = "a key's parts are neither empty nor begin with a dot".to_owned();
    Err(StoreError::Denied { operation: "use", key: key.to_owned(), reason })
}

pub(crate) fn failed(operation: &'static str, key: &str, error: io::Error) -> StoreError {
    let (key, reason) = (key.to_owned(), error.to_string());
    match error.kind() {
        io::ErrorKind::NotFound => StoreError::NotFound(key),
        io::ErrorKind::PermissionDenied => StoreError::Denied { operation, key, reason },
        _ => StoreError::Unavailable { operation, key, reason },
    }
}
