//! A sealed batch's name on the disk: all that must be known about it, so that no second file can disagree.
//!
//! `ORDINAL_STREAM_FIRST_COUNT_DAY_STATE[_DAY+DAY].json.zst`: the ordinal keeps the order of sealing (streams are
//! random), the day is the one under which it is filed, the state says whether it was ever tried, and the days at
//! the end are those under which it was filed before.

use snapshot::Stream;

use crate::clock::{day_text, parse_day};

/// The extension, that of the raw objects too: one JSON object a line, zstd.
const EXTENSION: &str = ".json.zst";

/// A sealed batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) ordinal: u64,
    pub(crate) stream: Stream,
    pub(crate) first: i64,
    pub(crate) count: usize,
    /// Filed day, counted from 1970-01-01.
    pub(crate) day: i64,
    /// It was, or may have been, handed to the server under this day.
    pub(crate) tried: bool,
    /// Days under which it was filed before, oldest first.
    pub(crate) earlier: Vec<i64>,
}

impl Name {
    /// The last sequence number that it holds.
    pub(crate) fn last(&self) -> i64 {
        self.first + i64::try_from(self.count).unwrap_or(i64::MAX).saturating_sub(1)
    }

    /// Whether it holds that snapshot.
    pub(crate) fn holds(&self, stream: Stream, seq: i64) -> bool {
        self.stream == stream && (self.first..=self.last()).contains(&seq)
    }

    /// The inverse of `Display`; none for any other name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.strip_suffix(EXTENSION)?.split('_');
        let name = Self {
            ordinal: fields.next()?.parse().ok()?,
            stream: fields.next()?.parse().ok()?,
            first: fields.next()?.parse().ok()?,
            count: fields.next()?.parse().ok()?,
            day: parse_day(fields.next()?)?,
            tried: match fields.next()? {
                "new" => false,
                "tried" => true,
                _ => return None,
            },
            earlier: match fields.next() {
                Some(days) => days.split('+').map(parse_day).collect::<Option<_>>()?,
                None => Vec::new(),
            },
        };
        (name.to_string() == text).then_some(name)
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { ordinal, stream, first, count, .. } = self;
        let state = if self.tried { "tried" } else { "new" };
        write!(f, "{ordinal:010}_{stream}_{first:010}_{count:02}_{}_{state}", day_text(self.day))?;
        for (at, day) in self.earlier.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { '_' } else { '+' }, day_text(*day))?;
        }
        f.write_str(EXTENSION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back() {
        let mut name = Name {
            ordinal: 7,
            stream: Stream(0xab),
            first: 30,
            count: 15,
            day: 20_780,
            tried: false,
            earlier: vec![],
        };
        assert_eq!(name.to_string(), "0000000007_00000000000000ab_0000000030_15_2026-11-23_new.json.zst");
        assert_eq!(Name::parse(&name.to_string()), Some(name.clone()));
        name.tried = true;
        name.earlier = vec![20_760, 20_770];
        assert!(name.to_string().ends_with("_tried_2026-11-03+2026-11-13.json.zst"));
        assert_eq!(Name::parse(&name.to_string()), Some(name.clone()));
        assert!(name.holds(Stream(0xab), 44) && !name.holds(Stream(0xab), 45) && !name.holds(Stream(1), 44));
        for wrong in ["", "x.json.zst", "7_00000000000000ab_30_15_2026-11-23_new.json.zst", "a.tmp"] {
            assert_eq!(Name::parse(wrong), None, "{wrong}");
        }
    }
}
