//! When to try again: twice as long each time, with full jitter, so that a fleet whose server comes back does not
//! come back all at once.

use crate::random::Random;

/// First ceiling.
const FIRST_MS: i64 = 5_000;
/// Last ceiling: evidence must not wait much longer than a batch does anyway.
const LAST_MS: i64 = 15 * 60_000;
/// A server may ask for more patience, but not for a day of it.
const LONGEST_ASKED_MS: i64 = 60 * 60_000;

/// Counts failures since the last success.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// It worked.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// It did not: wait so many milliseconds, never less than the server asked for.
    pub(crate) fn next_ms(&mut self, asked_ms: Option<i64>, random: &mut Random) -> i64 {
        let ceiling = FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(LAST_MS);
        self.failures = self.failures.saturating_add(1);
        // At least a tenth: a wait of nothing would be no wait.
        let jitter = ceiling / 10 + i64::try_from(random.below(ceiling.unsigned_abs() * 9 / 10)).unwrap_or(0);
        asked_ms.unwrap_or(0).min(LONGEST_ASKED_MS) + jitter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_ceiling_and_honour_the_server() {
        let (mut backoff, mut random) = (Backoff::default(), Random::seeded(1));
        for failure in 0..40 {
            let ceiling = (FIRST_MS << failure.min(20)).min(LAST_MS);
            let wait = backoff.next_ms(None, &mut random);
            assert!((ceiling / 10..=ceiling).contains(&wait), "{failure}: {wait}");
        }
        backoff.reset();
        assert!(backoff.next_ms(None, &mut random) <= FIRST_MS);
        assert!(backoff.next_ms(Some(120_000), &mut random) >= 120_000);
        assert!(backoff.next_ms(Some(i64::MAX), &mut random) <= LONGEST_ASKED_MS + LAST_MS);
    }
}
