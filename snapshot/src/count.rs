//! Numbers with their range in their type. A range is that of the column in which the number ends, so
//! that what ingest lets in the compactor can always write.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// A whole number from `MIN` to `MAX`, both included. JSON floats (`1.0`, `1e3`) are refused: nothing
/// that the contract counts has a fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number<const MIN: i64, const MAX: i64>(i64);

/// What is counted, or bytes, or milliseconds of work: a `bigint` column, never below zero.
pub type Count = Number<0, { i64::MAX }>;
/// A pid or a small count: an `int` column, never below zero.
pub type Int = Number<0, { i32::MAX as i64 }>;
/// A moment, in milliseconds since 1970 UTC, from 1980 to 2100: a clock outside that is not a clock.
/// A host without a battery boots in 1980, 2000 or later; before 1980 no Linux machine starts.
pub type Millis = Number<315_532_800_000, 4_102_444_800_000>;
/// A difference of two moments, in milliseconds.
pub type Offset = Number<{ i64::MIN / 4 }, { i64::MAX / 4 }>;
/// A process's niceness.
pub type Nice = Number<-20, 19>;
/// A TCP or UDP port.
pub type Port = Number<0, 65_535>;
/// A size in bytes, the same as a [`Count`].
pub type Byte = Count;

impl<const MIN: i64, const MAX: i64> Number<MIN, MAX> {
    /// The number, or none when it is out of range.
    pub fn new(number: impl TryInto<i64>) -> Option<Self> {
        let number = number.try_into().ok()?;
        (MIN..=MAX).contains(&number).then_some(Self(number))
    }

    /// The number, or the nearest end of the range: for counters of the kernel, of which some are unsigned
    /// and start at -1.
    pub fn clamp(number: impl TryInto<i64>) -> Self {
        Self(number.try_into().unwrap_or(i64::MAX).clamp(MIN, MAX))
    }

    /// The number itself.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl<const MIN: i64, const MAX: i64> fmt::Display for Number<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: i64, const MAX: i64> Serialize for Number<MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Number<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ranged<const MIN: i64, const MAX: i64>;

        impl<const MIN: i64, const MAX: i64> Visitor<'_> for Ranged<MIN, MAX> {
            type Value = Number<MIN, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from {MIN} to {MAX}")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Number::new(number)
                    .ok_or_else(|| E::custom(format_args!("number {number}, expected {MIN} to {MAX}")))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Number::new(number)
                    .ok_or_else(|| E::custom(format_args!("number {number}, expected {MIN} to {MAX}")))
            }
        }

        deserializer.deserialize_i64(Ranged::<MIN, MAX>)
    }
}

/// A moment in seconds since 1970 UTC, with a fraction, as the original program's `psutil` gives it. Finite and
/// from 1980 to 2100. Some copies of that program send text instead, `2026-11-20 09:30:00`: it names no zone and is
/// read as UTC. Written, it is always a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seconds(f64);

impl Seconds {
    /// The moment `ms` milliseconds after 1970.
    pub fn from_millis(ms: Millis) -> Self {
        Self(ms.get() as f64 / 1000.0)
    }

    /// The same moment in whole milliseconds.
    pub fn millis(self) -> i64 {
        (self.0 * 1000.0).round() as i64
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Moment;

        impl Moment {
            fn within<E: Error>(seconds: f64) -> Result<Seconds, E> {
                if !(315_532_800.0..=4_102_444_800.0).contains(&seconds) {
                    return Err(E::custom(format_args!(
                        "{seconds} seconds since 1970, expected 1980 to 2100"
                    )));
                }
                Ok(Seconds(seconds))
            }
        }

        impl Visitor<'_> for Moment {
            type Value = Seconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("seconds since 1970 or text YYYY-MM-DD HH:MM:SS")
            }

            fn visit_f64<E: Error>(self, seconds: f64) -> Result<Self::Value, E> {
                Self::within(seconds)
            }

            fn visit_i64<E: Error>(self, seconds: i64) -> Result<Self::Value, E> {
                Self::within(seconds as f64)
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Self::Value, E> {
                Self::within(seconds as f64)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                let seconds = crate::moment::seconds(text)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))?;
                Self::within(seconds as f64)
            }
        }

        deserializer.deserialize_any(Moment)
    }
}

impl<const MIN: i64, const MAX: i64> From<Number<MIN, MAX>> for i64 {
    fn from(number: Number<MIN, MAX>) -> i64 {
        number.0
    }
}
