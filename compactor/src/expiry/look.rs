//! A look at one day: may its raw objects go?

use std::fmt;

use lake::Day;

use crate::outside::outside;
use crate::{Buckets, verify};

/// Why a day cannot be closed as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// It has no commit.
    NotCommitted,
    /// Something lies in it that is in none of its commits.
    Strays {
        /// How many objects.
        count: u64,
        /// The first of their keys.
        keys: Vec<String>,
        /// The number of the commit that takes them.
        next: u32,
    },
    /// Its commits do not hold.
    NotProven(String),
    /// It could not be looked at; why.
    Unread(String),
}

impl Open {
    /// Whether a person has to do something about it. A commit that is missing says so itself, and strays are taken by the
    /// next one.
    pub fn is_wrong(&self) -> bool {
        matches!(self, Self::NotProven(_) | Self::Unread(_))
    }
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCommitted => f.write_str("it is not committed"),
            Self::Strays { count, keys, .. } => {
                let first = keys.first().map(String::as_str).unwrap_or_default();
                write!(f, "{count} objects are in no commit, the first of them {first}")
            }
            Self::NotProven(what) => write!(f, "it is not proven: {what}"),
            Self::Unread(why) => write!(f, "it could not be looked at: {why}"),
        }
    }
}

/// Looks at a day; none when it is proven and nothing lies outside its commits.
pub(super) async fn look(buckets: &Buckets, day: Day) -> Option<Open> {
    match try_look(buckets, day).await {
        Ok(open) => open,
        Err(error) => Some(Open::Unread(format!("{error:#}"))),
    }
}

async fn try_look(buckets: &Buckets, day: Day) -> anyhow::Result<Option<Open>> {
    let verified = verify(buckets, day).await?;
    let next = verified.commits.len() as u32;
    if next == 0 {
        return Ok(Some(Open::NotCommitted));
    }
    if let Some(first) = verified.findings.first() {
        let more = match verified.findings.len() {
            1 => String::new(),
            findings => format!(", and {} findings more", findings - 1),
        };
        return Ok(Some(Open::NotProven(format!("{}: {}{more}", first.commit, first.what))));
    }
    if verified.waiting == 0 {
        return Ok(None);
    }
    let outside = outside(buckets, day, next).await?;
    Ok(Some(Open::Strays { count: verified.waiting, keys: outside.unlisted_keys, next }))
}
