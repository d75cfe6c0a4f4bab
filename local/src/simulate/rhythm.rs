//! How much work there is at what hour: the one source of every counter that rises.
//!
//! A counter is *work done between the start and now, times a rate*. Work is a sum over minutes in closed form: the
//! hours' table, plus a little chance a minute that is smaller than the least work a minute can have. So a counter
//! never falls, needs no memory of the minutes before, and is high by day and low by night. All of it in whole numbers:
//! a sine would differ in its last bit between machines, and with it a digest.

use super::chance::Chance;

/// Milliseconds of a minute.
pub(super) const MINUTE_MS: i64 = 60_000;
/// Minutes of a day.
pub(super) const DAY: i64 = 1440;

/// What a process's work follows. Separate sources, so that not every process of a host jumps in the same minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Always the same, day and night.
    Steady,
    /// Requests: what customers do.
    Requests,
    /// What follows from requests a moment later: queues, storage.
    Queues,
}

/// Work per minute by the hour of UTC, in thousandths of a busy hour's.
const HOURS: [i64; 24] = [
    420, 400, 380, 370, 380, 430, 540, 680, 820, 930, 980, 1000, 960, 970, 990, 980, 950, 900, 840, 790, 730,
    640, 550, 470,
];
/// Each minute's own share, from 0 to this: below the least of [`HOURS`].
const WOBBLE: i64 = 300;

/// Work of a day, without the minutes' own shares.
const fn day_total() -> i64 {
    let (mut sum, mut hour) = (0, 0);
    while hour < 24 {
        sum += HOURS[hour] * 60;
        hour += 1;
    }
    sum
}

/// How far a host's work has come at one instant: worked out once for all that it runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pulse {
    pub(super) rhythm: Rhythm,
    pub(super) at_ms: i64,
    work: [i64; 3],
    load: i64,
}

impl Pulse {
    /// All the work of a kind until this instant.
    pub(super) fn work(&self, kind: Kind) -> i64 {
        self.work[kind as usize]
    }

    /// What a busy hour would be 1000 of.
    pub(super) fn load(&self) -> i64 {
        self.load
    }
}

/// A host's rhythm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rhythm(pub(super) Chance);

impl Rhythm {
    /// How far the work has come at a moment.
    pub(super) fn pulse(self, at_ms: i64) -> Pulse {
        let work = [Kind::Steady, Kind::Requests, Kind::Queues].map(|kind| self.work(kind, at_ms));
        Pulse { rhythm: self, at_ms, work, load: self.load(at_ms) }
    }

    /// All the work until a moment, in thousandths of a busy minute, from an arbitrary beginning. Never falls with
    /// time.
    pub(super) fn work(self, kind: Kind, at_ms: i64) -> i64 {
        let minute = at_ms.div_euclid(MINUTE_MS);
        let (here, next) = (self.until(kind, minute), self.until(kind, minute + 1));
        here + (next - here) * at_ms.rem_euclid(MINUTE_MS) / MINUTE_MS
    }

    fn load(self, at_ms: i64) -> i64 {
        let minute = at_ms.div_euclid(MINUTE_MS);
        self.until(Kind::Requests, minute + 1) - self.until(Kind::Requests, minute)
    }

    /// Work until a minute begins.
    fn until(self, kind: Kind, minute: i64) -> i64 {
        let own = self.0.at(kind as i64).at(minute).below(WOBBLE);
        if kind == Kind::Steady {
            return minute * 700 + own;
        }
        let (days, of_day) = (minute.div_euclid(DAY), minute.rem_euclid(DAY));
        let (hour, of_hour) = ((of_day / 60) as usize, of_day % 60);
        days * day_total() + HOURS[..hour].iter().sum::<i64>() * 60 + HOURS[hour] * of_hour + own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_never_falls_and_days_are_busier_than_nights() {
        let rhythm = Rhythm(Chance::of(7));
        for kind in [Kind::Steady, Kind::Requests, Kind::Queues] {
            let mut before = i64::MIN;
            for at_ms in (1_795_478_400_000i64..1_795_478_400_000 + 86_400_000 * 2).step_by(7_001) {
                let now = rhythm.work(kind, at_ms);
                assert!(now >= before, "{kind:?} fell at {at_ms}");
                before = now;
            }
        }
        let between = |from: i64, to: i64| {
            let day = 1_795_478_400_000;
            rhythm.work(Kind::Requests, day + to * 3_600_000)
                - rhythm.work(Kind::Requests, day + from * 3_600_000)
        };
        assert!(between(10, 12) > 2 * between(2, 4));
    }
}
