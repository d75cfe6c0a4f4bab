//! Lifecycle rules of a folder that plays a bucket: a file beside its objects, which [`act`](super::act) goes by.

use std::io;
use std::path::Path;

use async_trait::async_trait;

use super::{Configuration, Lifecycle};
use crate::directory::{DirectoryStore, failed};
use crate::unfinished::Unfinished;
use crate::{Body, StoreError};

/// Where they lie, below the root: names that begin with a dot are no keys and never listed.
const FILE: &str = ".lifecycle.json";

#[async_trait]
impl Lifecycle for DirectoryStore {
    async fn read(&self) -> Result<Configuration, StoreError> {
        self.run(|root| {
            let read = match std::fs::read(root.join(FILE)) {
                Ok(text) => serde_json::from_slice(&text).map_err(io::Error::other),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Configuration::default()),
                Err(error) => Err(error),
            };
            read.map_err(|error| failed("read", FILE, error))
        })
        .await
    }

    async fn replace(&self, configuration: &Configuration) -> Result<(), StoreError> {
        if let Some(rule) = configuration.rules.iter().find(|rule| rule.moves) {
            let reason = format!("a folder has no storage classes: {rule}");
            return Err(StoreError::Denied { operation: "put", key: FILE.to_owned(), reason });
        }
        let configuration = configuration.clone();
        self.run(move |root| replace(root, &configuration).map_err(|error| failed("put", FILE, error))).await
    }
}

/// Readers see the rules from before or those from after, and never half of a file.
fn replace(root: &Path, configuration: &Configuration) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(configuration)?;
    text.push(b'\n');
    let written = Unfinished::written(root, &Body::from(text))?;
    std::fs::rename(written.path(), root.join(FILE))?;
    std::fs::File::open(root)?.sync_all()
}
