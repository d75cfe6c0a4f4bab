//! When to sample and when to send.
//!
//! The instant of sampling within its minute is random, since a fixed one would never see what runs for two seconds at
//! :00. The minute of sending follows from the host's id, so that a fleet started together does not send together.

use sha2::{Digest, Sha256};
use snapshot::HostId;

use crate::random::Random;

/// What midnight seals leaves within so long, spread over the fleet: compaction of the day begins an hour later.
const AFTER_MIDNIGHT_MS: u64 = 8 * 60_000;

/// A host's rhythm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    interval_ms: i64,
    batch: i64,
    phase: u64,
}

impl Pace {
    /// A sample each `interval_ms`, a batch of at most `batch` of them.
    pub(crate) fn new(interval_ms: i64, batch: usize, host_id: &HostId) -> Self {
        let digest = Sha256::digest(host_id.as_str().as_bytes());
        let phase = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        Self { interval_ms: interval_ms.max(1), batch: i64::try_from(batch).unwrap_or(1).max(1), phase }
    }

    /// The instant of the next sample: somewhere in the interval after the one that holds `now_ms`.
    pub(crate) fn next_sample(&self, now_ms: i64, random: &mut Random) -> i64 {
        let next = (now_ms.div_euclid(self.interval_ms) + 1) * self.interval_ms;
        next + i64::try_from(random.below(self.interval_ms.unsigned_abs())).unwrap_or(0)
    }

    /// An instant that the next sample cannot have: the clock was set back since it was chosen.
    pub(crate) fn too_far(&self, instant_ms: i64, now_ms: i64) -> bool {
        instant_ms - now_ms > 2 * self.interval_ms
    }

    /// Whether the sample taken in this interval ends a batch.
    pub(crate) fn ends_batch(&self, now_ms: i64) -> bool {
        let slot = now_ms.div_euclid(self.interval_ms);
        let phase = i64::try_from(self.phase % self.batch.unsigned_abs()).unwrap_or(0);
        (slot + phase).rem_euclid(self.batch) == 0
    }

    /// When to send what midnight sealed, if it was sealed at `now_ms`.
    pub(crate) fn after_midnight(&self, now_ms: i64) -> i64 {
        now_ms + i64::try_from(self.phase % AFTER_MIDNIGHT_MS).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(host: &str) -> Pace {
        Pace::new(60_000, 15, &host.parse().unwrap())
    }

    #[test]
    fn every_interval_is_sampled_once_at_any_instant_of_it() {
        let (pace, mut random) = (pace("i-1"), Random::seeded(3));
        let (mut now, mut seconds) = (0, std::collections::HashSet::new());
        for slot in 1..2000 {
            now = pace.next_sample(now, &mut random);
            assert_eq!(now / 60_000, slot);
            seconds.insert(now % 60_000 / 1000);
        }
        assert_eq!(seconds.len(), 60);
        assert!(pace.too_far(now + 120_001, now) && !pace.too_far(now + 119_999, now));
    }

    #[test]
    fn a_fleet_spreads_over_the_quarter_hour() {
        let mut by_minute = [0; 15];
        for host in 0..1500 {
            let pace = pace(&format!("i-{host:017x}"));
            let ends: Vec<i64> = (0..30).filter(|minute| pace.ends_batch(minute * 60_000)).collect();
            assert_eq!(ends.len(), 2);
            assert_eq!(ends[1] - ends[0], 15);
            by_minute[usize::try_from(ends[0]).unwrap()] += 1;
            assert!((0..10 * 60_000).contains(&pace.after_midnight(0)));
        }
        assert!(by_minute.iter().all(|hosts| (60..150).contains(hosts)), "{by_minute:?}");
    }
}
