//! Time as an argument: the loop asks a [`Clock`] what time it is and to wake it, so that a test lives through days
//! without waiting and two runs of it see the same instants.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds of a UTC day; leap seconds do not exist in Unix time.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// What tells the time and wakes a sleeper.
pub(crate) trait Clock: Send + Sync {
    /// The host's clock, uncorrected, in milliseconds since 1970 UTC.
    fn now_ms(&self) -> i64;

    /// Returns when [`Clock::now_ms`] has reached `at_ms`, at once when it already has, and at the latest when as much
    /// time has passed as was left at first: a clock that is set back must not put the agent to sleep.
    fn sleep_until<'c>(&'c self, at_ms: i64) -> Pin<Box<dyn Future<Output = ()> + Send + 'c>>;
}

/// The host's real clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock;

/// A clock that was set forward is noticed after at most so long, because a sleep is cut into such pieces and the
/// clock is asked anew after each.
const LONGEST_NAP: Duration = Duration::from_secs(10);

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
    }

    fn sleep_until<'c>(&'c self, at_ms: i64) -> Pin<Box<dyn Future<Output = ()> + Send + 'c>> {
        let left = move |now_ms: i64| Duration::from_millis(u64::try_from(at_ms - now_ms).unwrap_or(0));
        let patience = left(self.now_ms());
        let began = Instant::now();
        Box::pin(async move {
            loop {
                let nap = left(self.now_ms()).min(patience.saturating_sub(began.elapsed()));
                if nap.is_zero() {
                    return;
                }
                tokio::time::sleep(nap.min(LONGEST_NAP)).await;
            }
        })
    }
}

/// The UTC day of a moment, counted from 1970-01-01.
pub(crate) fn day_of(ms: i64) -> i64 {
    ms.div_euclid(DAY_MS)
}

/// A day counted from 1970-01-01 as `YYYY-MM-DD`; days outside the calendar's range give 1970-01-01.
pub(crate) fn day_text(day: i64) -> String {
    let days = chrono::TimeDelta::try_days(day).unwrap_or_default();
    chrono::NaiveDate::default().checked_add_signed(days).unwrap_or_default().format("%Y-%m-%d").to_string()
}

/// The inverse of [`day_text`]; none when `text` is not a day.
pub(crate) fn parse_day(text: &str) -> Option<i64> {
    let day: chrono::NaiveDate = text.parse().ok()?;
    // chrono also reads `2026-1-2`; one day must have one name.
    (day.format("%Y-%m-%d").to_string() == text).then(|| (day - chrono::NaiveDate::default()).num_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_name() {
        let day = day_of(1_795_478_399_999); // 2026-11-23T23:59:59.999Z
        assert_eq!(day_text(day), "2026-11-23");
        assert_eq!(day_text(day_of(1_795_478_400_000)), "2026-11-24");
        assert_eq!(parse_day("2026-11-23"), Some(day));
        for wrong in ["2026-1-2", "2026-02-30", "20261123", "", "2026-11-23T00:00:00Z"] {
            assert_eq!(parse_day(wrong), None, "{wrong}");
        }
    }
}
