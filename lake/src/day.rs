//! Months, days and hours of UTC, in the one spelling that keys, columns and commands use.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Timelike};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const DAY_MS: i64 = 86_400_000;

/// A day of UTC, from 1980 to 2100 (the contract's range of moments), written `2026-11-20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// The day in which a moment lies, given in milliseconds since 1970 UTC. Out of range it is the nearest day in
    /// range.
    pub fn of_ms(ms: i64) -> Self {
        let ms = ms.clamp(315_532_800_000, 4_102_444_799_999);
        Self(DateTime::from_timestamp_millis(ms).unwrap_or_default().date_naive())
    }

    /// Its first moment, in milliseconds since 1970 UTC.
    pub fn start_ms(self) -> i64 {
        self.0.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
    }

    /// The moment after its last.
    pub fn end_ms(self) -> i64 {
        self.start_ms() + DAY_MS
    }

    /// The day after.
    pub fn next(self) -> Self {
        Self(self.0.checked_add_days(Days::new(1)).unwrap_or(self.0))
    }

    /// So many days earlier.
    pub fn back(self, days: u64) -> Self {
        Self(self.0.checked_sub_days(Days::new(days)).unwrap_or(self.0))
    }

    /// The month in which it lies.
    pub fn month(self) -> Month {
        Month(self.0.with_day(1).unwrap_or(self.0))
    }

    /// Without hyphens, `20261120`: inside an object's name, whose parts hyphens separate.
    pub fn compact(self) -> String {
        self.0.format("%Y%m%d").to_string()
    }

    /// The inverse of [`Day::compact`].
    pub fn from_compact(text: &str) -> Result<Self, String> {
        match text {
            _ if text.len() == 8 && text.is_ascii() => {
                format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]).parse()
            }
            _ => Err(format!("day '{text}', expected YYYYMMDD")),
        }
    }
}

impl FromStr for Day {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("day '{text}', expected YYYY-MM-DD from 1980-01-01 to 2099-12-31");
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| wrong())?;
        let known = Day::of_ms(Self(day).start_ms()) == Self(day) && Self(day).to_string() == text;
        known.then_some(Self(day)).ok_or_else(wrong)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A month of UTC, written `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// Its first day.
    pub fn first_day(self) -> Day {
        Day(self.0)
    }

    /// The month after.
    pub fn next(self) -> Self {
        // 31 days after its first day it is over, whichever it is.
        Day(self.0.checked_add_days(Days::new(31)).unwrap_or(self.0)).month()
    }

    /// Its days in order.
    pub fn days(self) -> impl Iterator<Item = Day> {
        let inside = move |day: &Day| day.next().month() == self;
        std::iter::successors(Some(self.first_day()), move |day| inside(day).then(|| day.next()))
    }
}

impl FromStr for Month {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let day: Result<Day, String> = format!("{text}-01").parse();
        day.map(Day::month).map_err(|_| format!("month '{text}', expected YYYY-MM from 1980-01 to 2099-12"))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.0.year(), self.0.month())
    }
}

/// An hour of UTC, written `2026-11-20T03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour {
    /// Its day.
    pub day: Day,
    /// 0 to 23.
    pub hour: u32,
}

impl Hour {
    /// The hour in which a moment lies, given in milliseconds since 1970 UTC.
    pub fn of_ms(ms: i64) -> Self {
        let hour = DateTime::from_timestamp_millis(ms).unwrap_or_default().hour();
        Self { day: Day::of_ms(ms), hour }
    }

    /// The moment after its last, in milliseconds since 1970 UTC.
    pub fn end_ms(self) -> i64 {
        self.day.start_ms() + i64::from(self.hour + 1) * 3_600_000
    }
}

impl FromStr for Hour {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("hour '{text}', expected YYYY-MM-DDTHH");
        NaiveDateTime::parse_from_str(&format!("{text}:00"), "%Y-%m-%dT%H:%M").map_err(|_| wrong())?;
        let (day, hour) = text.split_once('T').ok_or_else(wrong)?;
        let parsed = Self { day: day.parse()?, hour: hour.parse().map_err(|_| wrong())? };
        (parsed.to_string() == text).then_some(parsed).ok_or_else(wrong)
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{:02}", self.day, self.hour)
    }
}
