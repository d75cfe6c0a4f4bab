//! From a shard's keys to its files: raw objects are read in order, one host-day is held at a time.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use bytes::Bytes;
use futures::{StreamExt, stream};
use lake::{CommitId, Digest, Key, RawKey, TableName};
use sha2::{Digest as _, Sha256};
use snapshot::{HostId, Snapshot, Stream};

use crate::earlier::Earlier;
use crate::quarantine::Quarantine;
use crate::read;
use crate::record::{Range, Report, ShardKeys, VERSION};
use crate::write::{Files, Written};
use crate::{Buckets, HostDay, PROGRAM, Progress};

/// Raw objects fetched ahead: enough to hide S3's 20 to 100 ms, few enough that memory stays small.
const AHEAD: usize = 16;

/// A shard, built: what its report will say, and what is to be put.
pub(crate) struct Built {
    pub(crate) report: Report,
    pub(crate) files: BTreeMap<TableName, Written>,
    pub(crate) quarantine: Quarantine,
}

/// Builds the files of a shard, of the hosts in `range`, in `folder`.
pub(crate) async fn build(
    buckets: &Buckets,
    keys: &ShardKeys,
    range: &Range,
    folder: &Path,
    progress: &dyn Progress,
) -> anyhow::Result<Built> {
    let commit = keys.commit_id;
    let mut building = Building {
        commit,
        earlier: Earlier::read(buckets, keys, range).await?,
        files: Files::new(folder),
        quarantine: Quarantine::new(folder),
        host: None,
        identities: Sha256::new(),
        snapshots: 0,
        hosts: 0,
        dropped: 0,
    };
    // A read that fails fails the shard, which is tried again: it says nothing about what was to be read.
    let get = |key: String| async move { buckets.raw.get(&key).await.map(|object| (key, object)) };
    let mut objects =
        stream::iter(keys.objects.iter().map(|object| object.key.clone())).map(get).buffered(AHEAD);
    while let Some(object) = objects.next().await {
        let (key, object) = object?;
        building.take_object(buckets, &key, &object).await?;
        progress.objects(1);
    }
    building.end_host()?;
    let digest = Digest::finish(building.identities);
    let files = building.files.finish(commit, keys.shard, digest)?;
    let report = Report {
        version: VERSION,
        commit_id: commit,
        shard: keys.shard,
        program: PROGRAM.to_owned(),
        digest,
        objects: keys.objects.len() as u64,
        raw_bytes: keys.objects.iter().map(|object| object.bytes).sum(),
        snapshots: building.snapshots,
        hosts: building.hosts,
        dropped: building.dropped,
        quarantined: building.quarantine.entries.clone(),
        outputs: files.iter().map(|(name, written)| (*name, written.output)).collect(),
    };
    Ok(Built { report, files, quarantine: building.quarantine })
}

struct Building {
    commit: CommitId,
    earlier: Earlier,
    files: Files,
    quarantine: Quarantine,
    host: Option<Host>,
    identities: Sha256,
    snapshots: u64,
    hosts: u64,
    dropped: u64,
}

/// The host whose objects are being read.
struct Host {
    id: HostId,
    day: HostDay,
    /// Where each snapshot was taken from: object and line.
    taken: HashMap<(Stream, i64), (String, usize)>,
}

impl Building {
    async fn take_object(&mut self, buckets: &Buckets, key: &str, object: &Bytes) -> anyhow::Result<()> {
        let raw = match key.parse() {
            Ok(Key::Raw(raw)) => raw,
            Ok(_) => return self.quarantine.add(key, None, "the key is no raw object's".to_owned(), object),
            Err(reason) => return self.quarantine.add(key, None, reason, object),
        };
        let text = match read::text(object) {
            Ok(text) => text,
            Err(reason) => return self.quarantine.add(key, None, reason, object),
        };
        if self.host.as_ref().is_none_or(|host| host.id != raw.host) {
            self.end_host()?;
            let day = HostDay::new(&raw.host, self.commit.day, Some(self.commit), &TableName::ALL);
            self.host = Some(Host { id: raw.host.clone(), day, taken: HashMap::new() });
        }
        for (number, line) in read::lines(&text) {
            match read::snapshot(line, &raw) {
                Ok(snapshot) => self.take(buckets, key, number, line, &raw, &snapshot).await?,
                Err(reason) => self.quarantine.add(key, Some(number), reason, line)?,
            }
        }
        Ok(())
    }

    async fn take(
        &mut self,
        buckets: &Buckets,
        key: &str,
        number: usize,
        line: &[u8],
        raw: &RawKey,
        snapshot: &Snapshot<'_>,
    ) -> anyhow::Result<()> {
        let Some(host) = &mut self.host else { return Ok(()) };
        let seq = snapshot.seq.get();
        if let Some(reason) = self.earlier.has(raw, seq) {
            return self.quarantine.add(key, Some(number), reason, line);
        }
        if let Some((first_key, first_number)) = host.taken.get(&(raw.stream, seq)) {
            if same_as(buckets, first_key, *first_number, line).await? {
                self.dropped += 1;
                return Ok(());
            }
            let reason =
                format!("{} {seq} differs from the one in {first_key}, line {first_number}", raw.stream);
            return self.quarantine.add(key, Some(number), reason, line);
        }
        host.day.take(snapshot)?;
        host.taken.insert((raw.stream, seq), (key.to_owned(), number));
        self.identities.update(format!("{} {} {seq}\n", raw.host, raw.stream));
        self.snapshots += 1;
        Ok(())
    }

    fn end_host(&mut self) -> anyhow::Result<()> {
        let Some(host) = self.host.take() else { return Ok(()) };
        self.hosts += u64::from(!host.taken.is_empty());
        for (name, batch) in host.day.finish()? {
            self.files.add(name, &batch)?;
        }
        Ok(())
    }
}

/// Whether a line says the same as one taken before, but for what ingest knows of each arrival. Overlaps are rare (a
/// clone, a split batch), so the first is read again rather than kept.
async fn same_as(buckets: &Buckets, key: &str, number: usize, line: &[u8]) -> anyhow::Result<bool> {
    let object = buckets.raw.get(key).await?;
    let Ok(text) = read::text(&object) else { return Ok(false) };
    let first = read::lines(&text).find(|(at, _)| *at == number).map(|(_, first)| first);
    Ok(first.and_then(sent).is_some_and(|first| Some(first) == sent(line)))
}

/// A line as it was sent.
fn sent(line: &[u8]) -> Option<serde_json::Map<String, serde_json::Value>> {
    let mut line: serde_json::Map<_, _> = serde_json::from_slice(line).ok()?;
    for arrival in ["received_at_ms", "source_ip", "principal", "clock_offset_ms"] {
        line.remove(arrival);
    }
    Some(line)
}
