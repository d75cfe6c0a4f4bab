//! One rule: which objects it takes, and when.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_s3::types::LifecycleRule;
use serde::{Deserialize, Serialize};

use crate::Day;

const DAY_MS: i64 = 86_400_000;

/// A rule, as far as it says which objects go and when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, unique in the bucket.
    pub id: String,
    /// A rule can be there and switched off.
    pub enabled: bool,
    /// It takes the objects whose keys begin so; empty: every object.
    pub prefix: String,
    /// Of these it takes those that have all of these tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// And those with more bytes than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub larger_than_bytes: Option<u64>,
    /// And those with fewer bytes than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smaller_than_bytes: Option<u64>,
    /// When they expire. None: they do not, by this rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expires>,
    /// It moves objects to other storage classes, from some of which they cannot be read any more. A folder has none.
    #[serde(skip)]
    pub moves: bool,
    /// How S3 said it. A rule that has this is put back so, whatever the members above are set to.
    #[serde(skip)]
    pub stored: Stored,
}

/// A rule as S3 said it, with all that [`Rule`] leaves out; empty for one that was made here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stored(pub(super) Option<Box<LifecycleRule>>);

/// When an object expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expires {
    /// So many days after it was put, rounded up to the next midnight UTC.
    AfterDays(u32),
    /// When this day begins, however young it is then.
    On(Day),
}

impl Rule {
    /// A rule that expires every object below `prefix` so many days after it was put.
    pub fn expire(id: impl Into<String>, prefix: impl Into<String>, days: u32) -> Self {
        let expires = Some(Expires::AfterDays(days));
        Self { id: id.into(), enabled: true, prefix: prefix.into(), expires, ..Self::default() }
    }

    /// Whether it can take an object of this key and size. An object's tags are not known here: a rule that asks for
    /// some may take it.
    pub fn may_take(&self, key: &str, bytes: u64) -> bool {
        self.enabled
            && key.starts_with(&self.prefix)
            && self.larger_than_bytes.is_none_or(|least| bytes > least)
            && self.smaller_than_bytes.is_none_or(|most| bytes < most)
    }

    /// Whether there can be an object below `prefix` that it takes.
    pub fn may_take_below(&self, prefix: &str) -> bool {
        self.enabled && (prefix.starts_with(&self.prefix) || self.prefix.starts_with(prefix))
    }

    /// When an object that it takes and that was put at this moment expires, both in milliseconds since 1970 UTC. None:
    /// not by this rule.
    pub fn expires_at_ms(&self, put_at_ms: i64) -> Option<i64> {
        Some(match self.expires? {
            Expires::On(day) => day.start_ms(),
            Expires::AfterDays(days) => {
                let at_ms = put_at_ms.saturating_add(i64::from(days) * DAY_MS);
                let day = Day::of_ms(at_ms);
                if at_ms == day.start_ms() { at_ms } else { day.end_ms() }
            }
        })
    }

    /// Whether both say the same, whatever servers added to either on its way.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let said = |rule: &Self| Self { stored: Stored::default(), ..rule.clone() };
        said(self) == said(other)
    }
}

impl fmt::Display for Rule {
    /// What it does, for somebody who has to look for it among a bucket's rules.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule '{}'", self.id)?;
        match self.prefix.as_str() {
            "" => f.write_str(", of the whole bucket")?,
            prefix => write!(f, ", below {prefix}")?,
        }
        if !self.tags.is_empty() {
            f.write_str(", by tags")?;
        }
        if self.larger_than_bytes.is_some() || self.smaller_than_bytes.is_some() {
            f.write_str(", by size")?;
        }
        match self.expires {
            Some(Expires::AfterDays(days)) => write!(f, ", expires objects after {days} days")?,
            Some(Expires::On(day)) => write!(f, ", expires objects on {day}")?,
            None => {}
        }
        if self.moves {
            f.write_str(", moves objects to other storage classes")?;
        }
        if self.enabled { Ok(()) } else { f.write_str(", switched off") }
    }
}
