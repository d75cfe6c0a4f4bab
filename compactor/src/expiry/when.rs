//! When a day's raw expires, for whoever asks.

use std::fmt;

use lake::lifecycle::Expires;
use lake::{Day, Lifecycle, StoreError, prefix};

use super::rules;

/// When a day's raw expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawExpiry {
    /// The day.
    pub day: Day,
    /// After how many days each object expires. None: the day is not closed, and its objects stay.
    pub after_days: Option<u32>,
    /// When the day was last proven.
    pub proven: Option<Day>,
    /// When most of it goes: objects put on the day itself. What was filed under it later goes so much later.
    pub from: Option<Day>,
    /// Rules of others that can take objects of this day, in words.
    pub foreign: Vec<String>,
}

/// What the rules of the raw bucket say of a day.
pub async fn of_day(lifecycle: &dyn Lifecycle, day: Day) -> Result<RawExpiry, StoreError> {
    let configuration = lifecycle.read().await?;
    let mut answer = RawExpiry { day, after_days: None, proven: None, from: None, foreign: Vec::new() };
    for rule in configuration.rules.iter().filter(|rule| rule.enabled) {
        if let (Some((_, proven)), Some(Expires::AfterDays(days))) =
            (rules::day_of(rule).filter(|(of, _)| *of == day), rule.expires)
        {
            (answer.after_days, answer.proven) = (Some(days), Some(proven));
            answer.from = rule.expires_at_ms(day.end_ms() - 1).map(Day::of_ms);
        }
    }
    let theirs = rules::foreign(&configuration).filter(|rule| rule.expires.is_some() || rule.moves);
    let theirs = theirs.filter(|rule| rule.may_take_below(&prefix::raw_all(day)));
    answer.foreign = theirs.map(ToString::to_string).collect();
    Ok(answer)
}

impl fmt::Display for RawExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.after_days, self.proven, self.from) {
            (Some(days), Some(proven), Some(from)) => write!(
                f,
                "raw expires {days} days after each object was put, most of it on {from}; last proven {proven}"
            )?,
            _ => f.write_str("raw does not expire: the day is not closed")?,
        }
        self.foreign.iter().try_for_each(|rule| write!(f, "; and there is {rule}, which is none of ours"))
    }
}
