//! What is decided is written down before it is followed: the plan, each shard's keys and report, the commit's record.
//!
//! Each is one JSON object, put if absent. A run that finds one follows it, whoever wrote it.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use bytes::Bytes;
use lake::{CommitId, Digest, Key, Manifest, Put, Store, TableName};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use snapshot::HostId;

/// The version of these objects. A newer one is refused with words.
pub const VERSION: u32 = 1;

/// The shards of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// [`VERSION`].
    pub version: u32,
    /// Of which commit.
    pub commit_id: CommitId,
    /// When it was put, in milliseconds since 1970 UTC: what arrived by then is in this commit or an earlier one.
    pub planned_at_ms: i64,
    /// The program that wrote it.
    pub program: String,
    /// Ranges of hosts that together hold every host there is or will be.
    pub shards: Vec<Range>,
}

/// A range of hosts, in the order of the bytes of `HOST/`, as a listing has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first host, none for the very first of all.
    pub from: Option<HostId>,
    /// The host before which it ends, none when it has no end.
    pub before: Option<HostId>,
}

impl Range {
    /// Whether a host lies in it.
    pub fn holds(&self, host: &HostId) -> bool {
        let (place, from, before) = (place(host), self.from.as_ref(), self.before.as_ref());
        from.is_none_or(|from| self::place(from) <= place)
            && before.is_none_or(|end| place < self::place(end))
    }

    /// Whether there can be a host in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let begins_within = |one: &Self, other: &Self| match (&one.from, &other.before) {
            (Some(from), Some(before)) => place(from) < place(before),
            _ => true,
        };
        begins_within(self, other) && begins_within(other, self)
    }
}

/// By what hosts are in order: their folder's name, slash and all, as a listing has it.
fn place(host: &HostId) -> String {
    format!("{host}/")
}

/// Exactly what a shard takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardKeys {
    /// [`VERSION`].
    pub version: u32,
    /// Of which commit.
    pub commit_id: CommitId,
    /// Which shard.
    pub shard: u32,
    /// The raw objects, in order, with their sizes as listed.
    pub objects: Vec<RawObject>,
}

/// A raw object in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawObject {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// What a shard made of its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// Of which commit.
    pub commit_id: CommitId,
    /// Which shard.
    pub shard: u32,
    /// The program that wrote it.
    pub program: String,
    /// Over the identities taken, in order: an output belongs to this report when its footer says the same.
    pub digest: Digest,
    /// Raw objects.
    pub objects: u64,
    /// Their bytes.
    pub raw_bytes: u64,
    /// Snapshots taken.
    pub snapshots: u64,
    /// Hosts of which there are any.
    pub hosts: u64,
    /// Equal repeats that were left out.
    pub dropped: u64,
    /// What was copied to quarantine.
    pub quarantined: Vec<Quarantined>,
    /// Rows and bytes of each table's file; tables without rows have none.
    pub outputs: BTreeMap<TableName, Output>,
}

/// A file of the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
}

/// What could not be taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// The raw object.
    pub key: String,
    /// The line in it, from 1; none for the whole object.
    pub line: Option<u64>,
    /// Why.
    pub reason: String,
    /// How many bytes were copied.
    pub bytes: u64,
    /// Of these bytes.
    pub digest: Digest,
    /// It can be read, and its number is taken already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overlap: bool,
}

/// All of a commit that its manifest sums up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`VERSION`].
    pub version: u32,
    /// Of which commit.
    pub commit_id: CommitId,
    /// What each shard made.
    pub shards: Vec<Report>,
}

/// Puts what was decided, unless somebody decided before; gives what holds.
pub(crate) async fn decide<T>(store: &dyn Store, key: &Key, mine: T) -> anyhow::Result<T>
where
    T: Serialize + DeserializeOwned,
{
    let key_text = key.to_string();
    let body = serde_json::to_vec(&mine).with_context(|| format!("cannot write {key_text}"))?;
    match store.put_if_absent(&key_text, body.into()).await? {
        Put::Stored => Ok(mine),
        Put::Existed => read(store, key).await?.with_context(|| format!("{key_text} was there and is gone")),
    }
}

/// What was decided, if anything was.
pub async fn read<T: DeserializeOwned>(store: &dyn Store, key: &Key) -> anyhow::Result<Option<T>> {
    let known = if matches!(key, Key::Manifest(_)) { lake::MANIFEST_VERSION } else { VERSION };
    let text = key.to_string();
    match store.get(&text).await {
        Ok(body) => parse(&text, &body, known).map(Some),
        Err(lake::StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn parse<T: DeserializeOwned>(key: &str, body: &Bytes, known: u32) -> anyhow::Result<T> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let Versioned { version } = serde_json::from_slice(body).with_context(|| format!("cannot read {key}"))?;
    if version > known {
        bail!("{key} is of version {version}, this program reads up to {known}: use a newer one");
    }
    serde_json::from_slice(body).with_context(|| format!("cannot read {key}"))
}

/// The manifests of a day, by number. They are numbered without a gap.
pub async fn manifests(store: &dyn Store, day: lake::Day) -> anyhow::Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for found in store.list_all(&lake::prefix::manifests(day)).await? {
        let key: Key = found.key.parse().map_err(anyhow::Error::msg)?;
        if let Some(manifest) = read::<Manifest>(store, &key).await? {
            manifests.push(manifest);
        }
    }
    manifests.sort_unstable_by_key(|manifest| manifest.commit_id);
    for (number, manifest) in manifests.iter().enumerate() {
        if manifest.commit_id.number as usize != number {
            bail!("manifest {number} of {day} is missing, and {} is there", manifest.commit_id);
        }
    }
    Ok(manifests)
}
