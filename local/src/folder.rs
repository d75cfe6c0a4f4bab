//! The data folder: both buckets, each a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use compactor::Buckets;
use lake::{DirectoryStore, Lifecycle, TableName};

/// A data folder and the buckets in it.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    /// The buckets.
    pub buckets: Buckets,
    /// By what rules raw expires.
    pub lifecycle: Arc<dyn Lifecycle>,
}

impl Folder {
    /// The folder at `path`, made if it is not there.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path)
            .with_context(|| format!("cannot make the data folder '{}'", path.display()))?;
        let path = Self::absolute(path)?;
        let bucket = |name| DirectoryStore::open(path.join(name)).map(Arc::new);
        let raw = bucket("raw-bucket")?;
        let buckets = Buckets { raw: raw.clone(), lake: bucket("lake-bucket")? };
        Ok(Self { path, buckets, lifecycle: raw })
    }

    /// The folder at `path`, which must hold data already: a misspelled path is an error and not an empty answer.
    pub fn existing(path: &Path) -> anyhow::Result<Self> {
        Self::check(path)?;
        Self::open(path)
    }

    /// The same, to be read alone: nothing in it is made or changed, and it may be one that cannot be written to.
    pub fn to_read(path: &Path) -> anyhow::Result<Self> {
        Self::check(path)?;
        let path = Self::absolute(path)?;
        let raw = Arc::new(DirectoryStore::to_read(path.join("raw-bucket")));
        let lake = Arc::new(DirectoryStore::to_read(path.join("lake-bucket")));
        Ok(Self { path, buckets: Buckets { raw: raw.clone(), lake }, lifecycle: raw })
    }

    /// The engine names files by URL.
    fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
        path.canonicalize().with_context(|| format!("cannot use the data folder '{}'", path.display()))
    }

    fn check(path: &Path) -> anyhow::Result<()> {
        if !path.join("raw-bucket").is_dir() {
            bail!("'{}' is no data folder: up, simulate and demo make one (--data DIR)", path.display());
        }
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a table's files are, if there are any.
    pub(crate) fn lake_path(&self, name: TableName) -> PathBuf {
        self.path.join("lake-bucket").join("lake").join(name.as_str())
    }
}
