//! Where the buckets are: in a data folder, or two buckets on S3.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use compactor::Buckets;
use lake::{Lifecycle, S3Store};

use crate::Folder;

/// A data folder, or both buckets.
#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Place {
    /// The data folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["raw", "lake"])]
    data: Option<PathBuf>,
    /// Instead: the raw bucket on S3, with region and credentials from the environment as for all AWS tools
    #[arg(long, value_name = "s3://BUCKET", requires = "lake", value_parser = bucket)]
    raw: Option<String>,
    /// And the lake bucket
    #[arg(long, value_name = "s3://BUCKET", requires = "raw", value_parser = bucket)]
    lake: Option<String>,
}

/// The bucket's name in `s3://BUCKET`.
fn bucket(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("s3://").map(|name| name.strip_suffix('/').unwrap_or(name));
    match name {
        Some(name) if !name.is_empty() && !name.contains('/') => Ok(name.to_owned()),
        _ => Err("expected s3://BUCKET, a whole bucket".to_owned()),
    }
}

impl Place {
    /// In a folder.
    pub(crate) fn folder(data: &Path) -> Self {
        Self { data: Some(data.to_owned()), raw: None, lake: None }
    }

    /// The buckets, which must be there already: a misspelled folder is an error and not an empty answer, and so is a
    /// misspelled bucket with the first request.
    pub(crate) async fn buckets(&self) -> anyhow::Result<Buckets> {
        match self {
            Self { data: Some(data), .. } => Ok(Folder::existing(data)?.buckets),
            Self { raw: Some(raw), lake: Some(lake), .. } => {
                let client = S3Store::client().await?;
                let bucket = |name: &String| Arc::new(S3Store::new(client.clone(), name));
                Ok(Buckets { raw: bucket(raw), lake: bucket(lake) })
            }
            _ => bail!("no place, expected --data DIR, or --raw s3://BUCKET --lake s3://BUCKET"),
        }
    }

    /// The rules of the raw bucket.
    pub(crate) async fn lifecycle(&self) -> anyhow::Result<Arc<dyn Lifecycle>> {
        match self {
            Self { data: Some(data), .. } => Ok(Folder::existing(data)?.lifecycle),
            Self { raw: Some(raw), .. } => Ok(Arc::new(S3Store::new(S3Store::client().await?, raw))),
            _ => bail!("no place, expected --data DIR, or --raw s3://BUCKET --lake s3://BUCKET"),
        }
    }

    /// Whether it is a folder, where nobody but we ourselves does what rules say.
    pub(crate) fn is_folder(&self) -> bool {
        self.data.is_some()
    }

    /// Hosts in a shard. In a folder fewer than on AWS, so that a small fleet keeps every core busy.
    pub(crate) fn hosts_per_shard(&self) -> usize {
        if self.data.is_some() { 50 } else { 500 }
    }
}
