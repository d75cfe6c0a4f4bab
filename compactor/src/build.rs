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
use crate::record::{Range, RawObject, Report, ShardKeys, VERSION};
use crate::write::{Files, Written};
use crate::{Buckets, HostDay, PROGRAM, Progress};

/// Raw objects fetched ahead: enough to hide S3's 20 to 100 ms, few enough that memory stays small.
const AHEAD: usize = 16;

/// Larger objects are fetched when it is their turn: a batch of 15 snapshots of 150 processes has 35 kB, of 2,000
/// processes 460 kB, and what is longer should not wait in memory sixteen at a time.
const AHEAD_BYTES: u64 = 1024 * 1024;

/// A shard, built: what its report will say, and what is to be put.
pub(crate) struct Built {
    pub(crate) report: Report,
    pub(crate) files: BTreeMap<TableName, Written>,
    pub(crate) quarantine: Quarantine,
}

/// Builds the files of a shard, of the hosts in `range`, in `folder`.
///
/// With a report `told` by a run before, what that one could not read is set aside again, even if this program could read
/// it, and only its tables are made: a version that reads less was here, and the report is what counts.
pub(crate) async fn build(
    buckets: &Buckets,
    keys: &ShardKeys,
    range: &Range,
    told: Option<&Report>,
    folder: &Path,
    progress: &dyn Progress,
) -> anyhow::Result<Built> {
    let commit = keys.commit_id;
    let mut building = Building {
        commit,
        earlier: Earlier::read(buckets, keys, range).await?,
        told: told.map(Told::new).unwrap_or_default(),
        tables: told.map_or(TableName::ALL.to_vec(), |told| told.outputs.keys().copied().collect()),
        files: Files::new(folder),
        quarantine: Quarantine::new(folder),
        host: None,
        identities: Sha256::new(),
        snapshots: 0,
        hosts: 0,
        dropped: 0,
    };
    // A read that fails fails the shard, which is tried again: it says nothing about what was to be read.
    let ahead = |raw: RawObject| async move {
        let object = match raw.bytes <= AHEAD_BYTES {
            true => Some(buckets.raw.get(&raw.key).await?),
            false => None,
        };
        anyhow::Ok((raw, object))
    };
    let mut objects = stream::iter(keys.objects.iter().cloned()).map(ahead).buffered(AHEAD);
    while let Some(object) = objects.next().await {
        let (raw, object) = object?;
        building.take_listed(buckets, &raw, object).await?;
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
    told: Told,
    tables: Vec<TableName>,
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

/// What a report set aside: by object and line, none for the whole object, and why.
#[derive(Debug, Default)]
struct Told(HashMap<String, HashMap<Option<u64>, String>>);

impl Told {
    fn new(report: &Report) -> Self {
        let mut told = Self::default();
        for entry in &report.quarantined {
            told.0.entry(entry.key.clone()).or_default().insert(entry.line, entry.reason.clone());
        }
        told
    }

    fn reason(&self, key: &str, line: Option<usize>) -> Option<String> {
        self.0.get(key)?.get(&line.map(|line| line as u64)).cloned()
    }
}

impl Building {
    async fn take_listed(
        &mut self,
        buckets: &Buckets,
        raw: &RawObject,
        object: Option<Bytes>,
    ) -> anyhow::Result<()> {
        // What is longer than any text may be has none that is short enough: it is never held.
        if raw.bytes > read::MAX_OBJECT_BYTES {
            let reason = self.told.reason(&raw.key, None);
            let reason = reason.unwrap_or_else(|| {
                format!("{} bytes, expected at most {}", raw.bytes, read::MAX_OBJECT_BYTES)
            });
            return self.quarantine.copy(buckets.raw.as_ref(), &raw.key, raw.bytes, reason).await;
        }
        let object = match object {
            Some(object) => object,
            None => buckets.raw.get(&raw.key).await?,
        };
        self.take_object(buckets, &raw.key, &object).await
    }

    async fn take_object(&mut self, buckets: &Buckets, key: &str, object: &Bytes) -> anyhow::Result<()> {
        if let Some(reason) = self.told.reason(key, None) {
            return self.quarantine.add(key, None, reason, object);
        }
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
            let day = HostDay::new(&raw.host, self.commit.day, Some(self.commit), &self.tables);
            self.host = Some(Host { id: raw.host.clone(), day, taken: HashMap::new() });
        }
        for (number, line) in read::lines(&text) {
            if let Some(reason) = self.told.reason(key, Some(number)) {
                self.quarantine.add(key, Some(number), reason, line)?;
                continue;
            }
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
            return self.quarantine.add_overlap(key, number, reason, line);
        }
        if let Some((first_key, first_number)) = host.taken.get(&(raw.stream, seq)) {
            if same_as(buckets, first_key, *first_number, line).await? {
                self.dropped += 1;
                return Ok(());
            }
            let reason =
                format!("{} {seq} differs from the one in {first_key}, line {first_number}", raw.stream);
            return self.quarantine.add_overlap(key, number, reason, line);
        }
        host.day.take(snapshot)?;
        for (name, batch) in host.day.overflow()? {
            self.files.add(name, &batch)?;
        }
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
