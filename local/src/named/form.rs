//! What a parameter's value looks like, and the literal that it becomes.

use std::net::IpAddr;

use anyhow::{Context, anyhow, bail};
use lake::Day;

use crate::moment;

/// How near midnight a moment must be for a second day to be looked into: a sample is filed under the day that the
/// host's clock said, and the last one before a moment may be so old.
const NEAR_MS: i64 = 3_600_000;
/// So many bytes of a program's name the kernel keeps: a longer one would be no process's.
const KERNEL_NAME: usize = 15;

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Any text.
    Text,
    /// A program, as the kernel names it.
    Program,
    /// SHA-256, 64 hexadecimal digits.
    Sha256,
    /// An IP address.
    Address,
    /// A whole number.
    Number,
    /// A port of TCP or UDP.
    Port,
    /// So many minutes.
    Minutes,
    /// A day of UTC.
    Day,
    /// A moment.
    Moment,
    /// The days in which the samples before a moment were filed: follows from the parameter of this name.
    DaysOf(&'static str),
    /// So many days before a day: follows likewise.
    DaysBefore(u64, &'static str),
}

impl Form {
    /// The form that a header calls so.
    pub(super) fn named(name: &'static str) -> anyhow::Result<Self> {
        Ok(match name {
            "text" => Self::Text,
            "program" => Self::Program,
            "sha256" => Self::Sha256,
            "address" => Self::Address,
            "number" => Self::Number,
            "port" => Self::Port,
            "minutes" => Self::Minutes,
            "day" => Self::Day,
            "moment" => Self::Moment,
            _ => match name.split_once(" days before ") {
                Some((days, of)) => Self::DaysBefore(days.parse().context("a number of days")?, of),
                None => Self::DaysOf(
                    name.strip_prefix("days of ").with_context(|| format!("no form is called '{name}'"))?,
                ),
            },
        })
    }

    /// What somebody who gives a value is asked for.
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Program => "the 15 bytes that the kernel keeps of a program's name, like amazon-ssm-agen",
            Self::Sha256 => "64 hexadecimal digits",
            Self::Address => "an address like 203.0.113.9 or 2001:db8::9",
            Self::Number => "a whole number like 4444",
            Self::Port => "a whole number like 4444, at most 65535",
            Self::Minutes => "minutes, a whole number like 5",
            Self::Day => "a day like 2026-11-20",
            Self::Moment => "2026-11-20T03:12, with Z or an offset like +01:00 (UTC where none is given)",
            Self::DaysOf(_) | Self::DaysBefore(..) => "nothing: it follows",
        }
    }

    /// A value as it stands in SQL, without quotes: whatever is in it cannot end the literal.
    pub(super) fn value(self, text: &str) -> anyhow::Result<String> {
        let wrong = || anyhow!("'{text}', expected {}", self.expected());
        Ok(match self {
            Self::Text | Self::Program if text.is_empty() || text.contains('\0') => bail!(wrong()),
            Self::Program if text.len() > KERNEL_NAME || text.contains('/') => bail!(wrong()),
            Self::Text | Self::Program => text.replace('\'', "''"),
            Self::Sha256 => {
                let digest = text.to_ascii_lowercase();
                if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    bail!(wrong());
                }
                digest
            }
            // As the agent writes it: IPv6's shortest form, and a mapped IPv4 address as itself.
            Self::Address => text.parse::<IpAddr>().map_err(|_| wrong())?.to_canonical().to_string(),
            Self::Number | Self::Minutes => {
                let number = text.parse::<i64>().ok().filter(|number| *number >= 0);
                number.ok_or_else(wrong)?.to_string()
            }
            Self::Port => text.parse::<u16>().map_err(|_| wrong())?.to_string(),
            Self::Day => text.parse::<Day>().map_err(|_| wrong())?.to_string(),
            Self::Moment => spelled(moment::parse(text).map_err(|_| wrong())?),
            Self::DaysOf(_) | Self::DaysBefore(..) => bail!(wrong()),
        })
    }
}

/// A moment as a literal holds it; milliseconds only where there are any.
fn spelled(ms: i64) -> String {
    let moment = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
    let form = if ms.rem_euclid(1000) == 0 { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S%.3f" };
    moment.format(form).to_string()
}

/// The first and last day in which the samples of the hour before a moment were filed.
pub(super) fn days_of(moment: &str) -> anyhow::Result<(Day, Day)> {
    let ms = moment::parse(moment).map_err(anyhow::Error::msg)?;
    Ok((Day::of_ms(ms - NEAR_MS), Day::of_ms(ms)))
}
