//! The Lambda's settings, from its environment: read once, and what is missing or wrong is named.

use std::str::FromStr;

use anyhow::{Context, bail};
use lake::Day;

use crate::{ExpireDays, HELD_ABOVE_PERCENT};

/// The most hosts in a shard: a day of 500 hosts is 375 MB of Parquet, for which the Lambda needs temporary space.
const HOSTS_PER_SHARD: usize = 500;

/// The Lambda's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// `RAW_BUCKET`, the raw bucket's name.
    pub raw_bucket: String,
    /// `LAKE_BUCKET`, the lake bucket's name.
    pub lake_bucket: String,
    /// `FIRST_DAY`, the day of the installation less 13 days: [`crate::Settings::first_day`].
    pub first_day: Day,
    /// `HELD_ABOVE_PERCENT`, 1 where it is not set: [`crate::Settings::held_above_percent`].
    pub held_above_percent: f64,
    /// `RAW_EXPIRE_DAYS`: so many days after it was put a raw object of a closed day expires. Not set: raw never expires.
    pub raw_expire_days: Option<ExpireDays>,
    /// `HOSTS_PER_SHARD`, 500 where it is not set.
    pub hosts_per_shard: usize,
    /// `GLUE_DATABASE`, where the tables are whose range starts a run moves; none where it is not set.
    pub glue_database: Option<String>,
    /// `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets.
    pub function: String,
}

impl Environment {
    /// Reads the settings; `variable` gives the value of a name.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let needed = |name: &str, expected: &str| {
            let value = variable(name).filter(|value| !value.is_empty());
            value.with_context(|| format!("{name} is not set, expected {expected}"))
        };
        let first_day = "the day of the installation less 13 days, for example 2026-11-07";
        let held_above_percent =
            number(&variable, "HELD_ABOVE_PERCENT", HELD_ABOVE_PERCENT, "hundredths, for example 1 or 0.5")?;
        if !(0.0..=100.0).contains(&held_above_percent) {
            bail!("HELD_ABOVE_PERCENT is {held_above_percent}, expected 0 to 100");
        }
        let hosts_per_shard = number(&variable, "HOSTS_PER_SHARD", HOSTS_PER_SHARD, "a number of hosts")?;
        if hosts_per_shard == 0 {
            bail!("HOSTS_PER_SHARD is 0, expected at least 1");
        }
        Ok(Self {
            raw_bucket: needed("RAW_BUCKET", "a bucket's name")?,
            lake_bucket: needed("LAKE_BUCKET", "a bucket's name")?,
            first_day: needed("FIRST_DAY", first_day)?
                .parse()
                .map_err(|error| anyhow::anyhow!("FIRST_DAY: {error}"))?,
            held_above_percent,
            raw_expire_days: variable("RAW_EXPIRE_DAYS")
                .filter(|days| !days.is_empty())
                .map(|days| days.parse().map_err(|error| anyhow::anyhow!("RAW_EXPIRE_DAYS: {error}")))
                .transpose()?,
            hosts_per_shard,
            glue_database: variable("GLUE_DATABASE").filter(|name| !name.is_empty()),
            function: variable("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| "compactor".to_owned()),
        })
    }
}

fn number<T: FromStr>(
    variable: impl Fn(&str) -> Option<String>,
    name: &str,
    unset: T,
    expected: &str,
) -> anyhow::Result<T> {
    match variable(name).filter(|value| !value.is_empty()) {
        None => Ok(unset),
        Some(text) => text.parse().map_err(|_| anyhow::anyhow!("{name} is '{text}', expected {expected}")),
    }
}

#[cfg(test)]
mod tests {
    use super::Environment;

    fn read(changes: &[(&str, &str)]) -> Result<Environment, String> {
        let mut all = vec![("RAW_BUCKET", "raw"), ("LAKE_BUCKET", "lake"), ("FIRST_DAY", "2026-11-07")];
        all.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        all.extend(changes);
        let variable =
            |name: &str| all.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        Environment::read(variable).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn what_is_not_set_has_a_value_or_is_named() {
        let environment = read(&[]).unwrap();
        assert_eq!((environment.held_above_percent, environment.hosts_per_shard), (1.0, 500));
        assert_eq!((environment.function.as_str(), &environment.glue_database), ("compactor", &None));
        assert_eq!(environment.raw_expire_days, None);
        let set = read(&[("RAW_EXPIRE_DAYS", "30")]).unwrap();
        assert_eq!(set.raw_expire_days.map(crate::ExpireDays::get), Some(30));
        let set = read(&[("HELD_ABOVE_PERCENT", "0.5"), ("HOSTS_PER_SHARD", "4")]).unwrap();
        assert_eq!((set.held_above_percent, set.hosts_per_shard), (0.5, 4));
        for name in ["RAW_BUCKET", "LAKE_BUCKET", "FIRST_DAY"] {
            let said = read(&[(name, "")]).unwrap_err();
            assert!(said.starts_with(&format!("{name} is not set, expected ")), "{said}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_what_was_expected() {
        for (name, value, said) in [
            ("FIRST_DAY", "yesterday", "YYYY-MM-DD"),
            ("HELD_ABOVE_PERCENT", "1%", "'1%', expected hundredths"),
            ("HELD_ABOVE_PERCENT", "101", "expected 0 to 100"),
            ("HOSTS_PER_SHARD", "0", "at least 1"),
            ("RAW_EXPIRE_DAYS", "13", "'13' days, expected 14 to 36500: until a day is 14 days old"),
            ("RAW_EXPIRE_DAYS", "0", "'0' days, expected 14"),
            ("RAW_EXPIRE_DAYS", "a month", "'a month' days, expected 14"),
            ("HOSTS_PER_SHARD", "many", "'many', expected a number"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.starts_with(name) && error.contains(said), "{error}");
        }
    }
}
