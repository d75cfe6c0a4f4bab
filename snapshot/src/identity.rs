//! Who took a snapshot, and which one it is: (host, stream, sequence number).

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Deserialize as DeriveDeserialize, Serialize, Serializer};

/// At most so many snapshots in a batch: at 15 a host of 150 processes costs 2.3 kB a minute on the wire, at 5 it
/// costs 4.3 kB, alone 16.8 kB; more would hold evidence back for longer.
pub const MAX_BATCH: usize = 15;
/// The largest sequence number: ten digits in an object's key, 19,000 years of minutes.
pub const MAX_SEQ: i64 = 9_999_999_999;

/// The EC2 instance id, or the machine id elsewhere. Letters, digits, `.`, `_` and `-`, 1 to 64 of them, the first a
/// letter or digit: it is a folder's name in object keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(String);

impl HostId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if text.is_empty()
            || text.len() > 64
            || !text.chars().all(legal)
            || !text.starts_with(|c: char| c.is_ascii_alphanumeric())
        {
            return Err(format!(
                "host id '{}', expected 1 to 64 letters, digits, '.', '_' or '-'",
                shorten(text)
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for HostId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for HostId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A random number, born with an agent's spool folder and anew at each boot, written as 16 lower-case hexadecimal
/// digits. Within a stream no sequence number is ever used twice, so a wiped spool or a cloned
/// image cannot repeat one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream(pub u64);

impl FromStr for Stream {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let legal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        match u64::from_str_radix(text, 16) {
            Ok(number) if text.len() == 16 && text.chars().all(legal) => Ok(Self(number)),
            _ => Err(format!("stream '{}', expected 16 lower-case hexadecimal digits", shorten(text))),
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Stream {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stream {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// The stream and the number that a new stream's first snapshot comes after: what tells a wiped spool from a
/// new host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, DeriveDeserialize)]
pub struct Follows {
    /// The stream before.
    pub stream: Stream,
    /// Its last sequence number that this agent knows of.
    pub seq: crate::Count,
}

/// A value for an error's text: enough to recognise it, never a page of it.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
