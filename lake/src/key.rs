//! Every object's key, both ways. Nobody else puts a key together or takes one apart.
//!
//! Two buckets: the raw one holds `raw/` and `late/`, the lake one everything else. A listing of raw keys is in
//! (host, stream, sequence) order by their spelling alone, which is what lets the compactor hold one
//! host-day at a time.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use snapshot::{HostId, MAX_BATCH, MAX_EARLIER_DAYS, MAX_SEQ, Stream};

use crate::{Day, Hour, Month, TableName};

/// The first 128 bits of a SHA-256, 32 lower-case hexadecimal digits in a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u128);

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::finish(Sha256::new_with_prefix(bytes))
    }

    /// Of what a running SHA-256 has taken in.
    pub fn finish(hash: Sha256) -> Self {
        let full = hash.finalize();
        let mut first = [0; 16];
        first.copy_from_slice(&full[..16]);
        Self(u128::from_be_bytes(first))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Digest {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = u128::from_str_radix(text, 16).map(Self);
        parsed
            .ok()
            .filter(|digest| digest.to_string() == text)
            .ok_or_else(|| format!("digest '{text}', expected 32 hexadecimal digits"))
    }
}

/// A commit of a day, written `2026-11-20.0`: the first is number 0, later ones take what came late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId {
    /// The filed day.
    pub day: Day,
    /// Its number.
    pub number: u32,
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.day, self.number)
    }
}

impl FromStr for CommitId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("commit '{text}', expected YYYY-MM-DD.N");
        let (day, number) = text.split_once('.').ok_or_else(wrong)?;
        let commit = Self { day: day.parse()?, number: number.parse().map_err(|_| wrong())? };
        (commit.to_string() == text).then_some(commit).ok_or_else(wrong)
    }
}

macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
as_text!(Digest, CommitId, TableName);

/// What a raw object's key says of the batch in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawKey {
    /// The day under which it is filed.
    pub day: Day,
    /// Whose it is.
    pub host: HostId,
    /// The stream that numbers it.
    pub stream: Stream,
    /// The first snapshot's number.
    pub first_seq: i64,
    /// How many snapshots.
    pub count: usize,
    /// Of the sealed body.
    pub digest: Digest,
    /// The days under which it was filed before and refused, oldest first. Empty but for a 409's.
    pub earlier: Vec<Day>,
}

/// The key of any object of the pipeline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// `raw/dt=FILED/host=HOST/STREAM-FIRSTSEQ-COUNT-DIGEST.json.zst`: one batch.
    Raw(RawKey),
    /// `late/ARRIVAL-HOUR/FILED`: something arrived for a day that may have been committed.
    Late(Hour, Day),
    /// `commits/dt=D/N/plan.json`: the shards of a commit.
    Plan(CommitId),
    /// `commits/dt=D/N/SHARD.keys.json`: exactly what a shard takes.
    ShardKeys(CommitId, u32),
    /// `commits/dt=D/N/SHARD.report.json`: what a shard made of it.
    Report(CommitId, u32),
    /// `commits/dt=D/N/SHARD.cost.json`: what the run that finished a shard took for it. The one object that differs from
    /// run to run.
    Cost(CommitId, u32),
    /// `commits/dt=D/N/accepted.json`: somebody said that a held commit may be made.
    Accepted(CommitId),
    /// `commits/dt=D/N/record.json`: all of a commit that the manifest sums up.
    Record(CommitId),
    /// `lake/TABLE/dt=D/COMMIT-SHARD.parquet`: rows.
    Table(TableName, CommitId, u32),
    /// `manifests/dt=D/N.json`: the commit point.
    Manifest(CommitId),
    /// `manifests/months/YYYY-MM.GENERATION.json`: the manifests of a month, a line each; a later generation holds what
    /// earlier ones lack.
    Month(Month, u32),
    /// `quarantine/dt=D/N/SHARD-POSITION.EXTENSION`: what could not be read, byte for byte (`bin`), and why (`json`).
    Quarantine(CommitId, u32, u32, QuarantinePart),
}

/// Which of the two objects that a quarantined thing makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuarantinePart {
    /// The bytes.
    Bytes,
    /// The reason and where they came from.
    Reason,
}

/// The beginnings of keys that listings ask for.
pub mod prefix {
    use super::{CommitId, Day, HostId, Month, TableName};

    /// Everything raw.
    pub const RAW: &str = "raw/";
    /// One beginning a raw day.
    pub const RAW_DAYS: &str = "raw/dt=";
    /// Every late marker.
    pub const LATE: &str = "late/";
    /// One beginning a committed day.
    pub const MANIFEST_DAYS: &str = "manifests/dt=";

    /// Everything that lies in a raw day, also what is nobody's.
    pub fn raw_all(day: Day) -> String {
        format!("raw/dt={day}/")
    }

    /// The raw day itself: one beginning a host.
    pub fn raw_day(day: Day) -> String {
        format!("raw/dt={day}/host=")
    }

    /// A host's raw objects of a day.
    pub fn raw_host(day: Day, host: &HostId) -> String {
        format!("raw/dt={day}/host={host}/")
    }

    /// The manifests of a day.
    pub fn manifests(day: Day) -> String {
        format!("manifests/dt={day}/")
    }

    /// Every month's generations.
    pub const MONTHS: &str = "manifests/months/";

    /// The manifests of a month's days.
    pub fn manifests_of_month(month: Month) -> String {
        format!("manifests/dt={month}-")
    }

    /// A table's files of a day.
    pub fn table_day(table: TableName, day: Day) -> String {
        format!("lake/{table}/dt={day}/")
    }

    /// What was decided for a commit.
    pub fn commit(commit: CommitId) -> String {
        format!("commits/dt={}/{}/", commit.day, commit.number)
    }

    /// The day in a beginning that a listing of [`RAW_DAYS`] or [`MANIFEST_DAYS`] gave.
    pub fn day_of(beginning: &str) -> Option<Day> {
        beginning.strip_suffix('/')?.rsplit_once("dt=")?.1.parse().ok()
    }

    /// The host in a beginning that a listing of [`raw_day`] gave.
    pub fn host_of(beginning: &str) -> Option<HostId> {
        beginning.strip_suffix('/')?.rsplit_once("host=")?.1.parse().ok()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw(raw) => {
                let RawKey { day, host, stream, first_seq, count, digest, earlier } = raw;
                write!(f, "raw/dt={day}/host={host}/{stream}-{first_seq:010}-{count:02}-{digest}")?;
                for day in earlier {
                    write!(f, "-{}", day.compact())?;
                }
                f.write_str(".json.zst")
            }
            Self::Late(hour, filed) => write!(f, "late/{hour}/{filed}"),
            Self::Plan(c) => write!(f, "commits/dt={}/{}/plan.json", c.day, c.number),
            Self::ShardKeys(c, shard) => write!(f, "commits/dt={}/{}/{shard:05}.keys.json", c.day, c.number),
            Self::Report(c, shard) => write!(f, "commits/dt={}/{}/{shard:05}.report.json", c.day, c.number),
            Self::Cost(c, shard) => write!(f, "commits/dt={}/{}/{shard:05}.cost.json", c.day, c.number),
            Self::Accepted(c) => write!(f, "commits/dt={}/{}/accepted.json", c.day, c.number),
            Self::Record(c) => write!(f, "commits/dt={}/{}/record.json", c.day, c.number),
            Self::Table(table, c, shard) => write!(f, "lake/{table}/dt={}/{c}-{shard:05}.parquet", c.day),
            Self::Manifest(c) => write!(f, "manifests/dt={}/{}.json", c.day, c.number),
            Self::Month(month, generation) => write!(f, "manifests/months/{month}.{generation}.json"),
            Self::Quarantine(c, shard, position, part) => {
                let extension = match part {
                    QuarantinePart::Bytes => "bin",
                    QuarantinePart::Reason => "json",
                };
                write!(f, "quarantine/dt={}/{}/{shard:05}-{position:06}.{extension}", c.day, c.number)
            }
        }
    }
}

impl FromStr for Key {
    type Err = String;

    /// A key is known only when it is spelled exactly as [`Key`] spells it.
    fn from_str(text: &str) -> Result<Self, String> {
        let key = parse(text).ok_or_else(|| format!("key '{text}' is none of this pipeline's"))?;
        if key.to_string() != text {
            return Err(format!("key '{text}', expected the spelling '{key}'"));
        }
        Ok(key)
    }
}

fn parse(text: &str) -> Option<Key> {
    let parts: Vec<&str> = text.split('/').collect();
    Some(match parts[..] {
        ["raw", day, host, name] => Key::Raw(parse_raw(dated(day)?, host.strip_prefix("host=")?, name)?),
        ["late", hour, filed] => Key::Late(hour.parse().ok()?, filed.parse().ok()?),
        ["commits", day, number, name] => {
            let commit = CommitId { day: dated(day)?, number: number.parse().ok()? };
            match name.split('.').collect::<Vec<_>>()[..] {
                ["plan", "json"] => Key::Plan(commit),
                ["accepted", "json"] => Key::Accepted(commit),
                ["record", "json"] => Key::Record(commit),
                [shard, "keys", "json"] => Key::ShardKeys(commit, shard.parse().ok()?),
                [shard, "report", "json"] => Key::Report(commit, shard.parse().ok()?),
                [shard, "cost", "json"] => Key::Cost(commit, shard.parse().ok()?),
                _ => return None,
            }
        }
        ["lake", table, day, name] => {
            let (commit, shard) = name.strip_suffix(".parquet")?.rsplit_once('-')?;
            let commit: CommitId = commit.parse().ok()?;
            (commit.day == dated(day)?).then_some(())?;
            Key::Table(table.parse().ok()?, commit, shard.parse().ok()?)
        }
        ["manifests", "months", name] => {
            let (month, generation) = name.strip_suffix(".json")?.split_once('.')?;
            Key::Month(month.parse().ok()?, generation.parse().ok()?)
        }
        ["manifests", day, name] => {
            let number = name.strip_suffix(".json")?.parse().ok()?;
            Key::Manifest(CommitId { day: dated(day)?, number })
        }
        ["quarantine", day, number, name] => {
            let commit = CommitId { day: dated(day)?, number: number.parse().ok()? };
            let (place, extension) = name.split_once('.')?;
            let (shard, position) = place.split_once('-')?;
            let part = match extension {
                "bin" => QuarantinePart::Bytes,
                "json" => QuarantinePart::Reason,
                _ => return None,
            };
            Key::Quarantine(commit, shard.parse().ok()?, position.parse().ok()?, part)
        }
        _ => return None,
    })
}

fn dated(part: &str) -> Option<Day> {
    part.strip_prefix("dt=")?.parse().ok()
}

fn parse_raw(day: Day, host: &str, name: &str) -> Option<RawKey> {
    let mut parts = name.strip_suffix(".json.zst")?.split('-');
    let raw = RawKey {
        day,
        host: host.parse().ok()?,
        stream: parts.next()?.parse().ok()?,
        first_seq: parts.next()?.parse().ok()?,
        count: parts.next()?.parse().ok()?,
        digest: parts.next()?.parse().ok()?,
        earlier: parts.map(|day| Day::from_compact(day).ok()).collect::<Option<_>>()?,
    };
    let legal = (0..=MAX_SEQ).contains(&raw.first_seq)
        && (1..=MAX_BATCH).contains(&raw.count)
        && raw.earlier.len() <= MAX_EARLIER_DAYS;
    legal.then_some(raw)
}
