//! Whether raw expires, and after how many days.

use std::fmt;
use std::str::FromStr;

use lake::Lifecycle;

use super::OPEN_DAYS;

/// How raw expires.
#[derive(Clone, Copy, Debug)]
pub struct Expiry<'e> {
    /// The rules of the raw bucket.
    pub lifecycle: &'e dyn Lifecycle,
    /// After how many days. None: never, and rules that were set before are taken away, since nobody would look after
    /// their days any more.
    pub days: Option<ExpireDays>,
}

/// So many days after a raw object was put it expires, if its day is closed: 14 to 36500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpireDays(u32);

impl ExpireDays {
    /// As a number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl FromStr for ExpireDays {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(days) if (OPEN_DAYS as u32..=36_500).contains(&days) => Ok(Self(days)),
            _ => Err(format!(
                "'{text}' days, expected {OPEN_DAYS} to 36500: until a day is {OPEN_DAYS} days old, something can be filed \
                 under it; leave it out and raw never expires"
            )),
        }
    }
}

impl fmt::Display for ExpireDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
