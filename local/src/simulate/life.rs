//! When a host is up, since when, and in which stream its agent numbers what it sees.
//!
//! All of it in closed form: a host reboots once a period (its patch day), at a moment that chance moves about; every
//! fifth time it was a crash and takes longer. So the state of any minute of any year is known without living through
//! the minutes before it, and a fleet that was simulated up to yesterday goes on today where it was.

use std::ops::Range;

use snapshot::{Count, Follows, Stream};

use super::chance::Chance;
use super::fact::{Change, Fact};
use super::identity::Role;
use super::rhythm::{DAY, MINUTE_MS};

/// A host between two boots, and its agent in one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Life {
    /// The minute in which it booted; the first sample is the next minute's.
    pub(super) boot_minute: i64,
    /// The moment of booting.
    pub(super) boot_ms: i64,
    /// The kernel's boot id.
    pub(super) boot_id: String,
    /// The stream.
    pub(super) stream: Stream,
    /// The first minute that the stream could number.
    pub(super) stream_minute: i64,
    /// When the agent was started.
    pub(super) agent_started_ms: i64,
}

/// A host's ups and downs.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    chance: Chance,
    period: i64,
    phase: i64,
    nightly: bool,
    down: Vec<Range<i64>>,
    agent_down: Vec<Range<i64>>,
    suspended: Vec<Range<i64>>,
    wiped: Vec<i64>,
    lost: Vec<Range<i64>>,
}

impl Timeline {
    /// The timeline of a host of this role; `facts` are its own.
    pub(super) fn new<'f>(chance: Chance, role: Role, facts: impl Iterator<Item = &'f Fact>) -> Self {
        let chance = chance.named("life");
        let nightly = role == Role::Batch;
        let days = if nightly { 1 } else { chance.named("period").pick([3, 4, 6, 7, 9]) };
        let (mut down, mut agent_down, mut suspended) = (vec![], vec![], vec![]);
        let (mut wiped, mut lost) = (vec![], vec![]);
        for fact in facts {
            match fact.change {
                Change::Edit(_) => {}
                Change::Down => down.push(fact.minutes.clone()),
                Change::AgentDown => agent_down.push(fact.minutes.clone()),
                Change::Suspended => suspended.push(fact.minutes.clone()),
                Change::Wiped => wiped.push(fact.minutes.start),
                Change::Lost => lost.push(fact.minutes.clone()),
            }
        }
        // Off from 20:00 to 06:00; the others on any day of their period, in the small hours.
        let phase = match nightly {
            true => 20 * 60,
            false => chance.named("phase").below(days) * DAY + 4 * 60,
        };
        Self { chance, period: days * DAY, phase, nightly, down, agent_down, suspended, wiped, lost }
    }

    /// The planned outage that began last, at or before a minute: when it began, when the host booted, and whether it
    /// was a crash.
    fn outage(&self, minute: i64) -> (Range<i64>, bool) {
        let mut turn = (minute - self.phase).div_euclid(self.period);
        loop {
            let chance = self.chance.named("turn").at(turn);
            let crash = !self.nightly && chance.named("crash").below(5) == 0;
            let start = turn * self.period
                + self.phase
                + chance.named("when").below(if self.nightly { 15 } else { 14 * 60 });
            if start > minute {
                turn -= 1;
                continue;
            }
            let minutes = match (self.nightly, crash) {
                (true, _) => chance.named("long").within(590, 600),
                (false, true) => chance.named("long").within(25, 180),
                (false, false) => chance.named("long").within(2, 5),
            };
            return (start..start + minutes, crash);
        }
    }

    /// The minute in which the host booted that is up in this minute; none when it is off or still booting.
    pub(super) fn boot_minute(&self, minute: i64) -> Option<i64> {
        if self.down.iter().any(|down| down.contains(&minute)) {
            return None;
        }
        let (planned, _) = self.outage(minute);
        let after_facts = self.down.iter().map(|down| down.end).filter(|end| *end <= minute).max();
        let boot = planned.end.max(after_facts.unwrap_or(i64::MIN));
        (boot < minute).then_some(boot)
    }

    /// The host's life in a minute; none when it is off.
    pub(super) fn life(&self, minute: i64) -> Option<Life> {
        let boot_minute = self.boot_minute(minute)?;
        let chance = self.chance.named("boot").at(boot_minute);
        let boot_ms = boot_minute * MINUTE_MS + chance.named("second").below(40_000);
        let within = |at: &i64| *at > boot_minute && *at <= minute;
        let stream_minute = self.wiped.iter().copied().filter(within).max().unwrap_or(boot_minute + 1);
        let agent_again = self.agent_down.iter().map(|down| down.end).filter(within).max();
        let agent_again = agent_again.map_or(boot_ms + 9_400, |minute| minute * MINUTE_MS - 3_000);
        let (high, low) = (chance.named("id").bits(), chance.named("low").bits());
        Some(Life {
            boot_minute,
            boot_ms,
            // A random UUID: version 4, variant 1.
            boot_id: format!(
                "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
                high >> 32,
                high >> 16 & 0xffff,
                high & 0xfff,
                low >> 48 & 0xfff,
                low & 0xffff_ffff_ffff
            ),
            stream: Stream(self.chance.named("stream").at(stream_minute).bits()),
            stream_minute,
            agent_started_ms: agent_again,
        })
    }

    /// The number of a minute's sample in its stream; none when the agent took none.
    pub(super) fn seq(&self, life: &Life, minute: i64) -> Option<i64> {
        let paused = |at: &i64| self.agent_down.iter().chain(&self.suspended).any(|pause| pause.contains(at));
        if paused(&minute) {
            return None;
        }
        let missed = match self.agent_down.is_empty() && self.suspended.is_empty() {
            true => 0,
            false => (life.stream_minute..minute).filter(paused).count() as i64,
        };
        Some(minute - life.stream_minute - missed)
    }

    /// The minute of the sample before, in the same stream.
    pub(super) fn sampled_before(&self, life: &Life, minute: i64) -> Option<i64> {
        (life.stream_minute..minute).rev().find(|earlier| self.seq(life, *earlier).is_some())
    }

    /// What a new boot's first sample comes after: the last one of the boot before. A wiped spool knows of none.
    pub(super) fn follows(&self, life: &Life) -> Option<Follows> {
        if life.stream_minute != life.boot_minute + 1 {
            return None;
        }
        // The longest outage that is planned is ten hours; facts may have planted a longer one, up to a month.
        let (minute, before) = (1..31 * DAY)
            .map(|back| life.boot_minute - back)
            .find_map(|minute| Some((minute, self.life(minute)?)))?;
        let seq = (0..31 * DAY).find_map(|back| self.seq(&before, minute - back))?;
        Some(Follows { stream: before.stream, seq: Count::new(seq)? })
    }

    /// Whether the host shuts down in order after this minute: its agent is told to stop.
    pub(super) fn stopping(&self, minute: i64) -> bool {
        let (next, crash) = self.outage(minute + 1);
        next.start == minute + 1 && !crash
    }

    /// Whether a minute's sample never arrives.
    pub(super) fn lost(&self, minute: i64) -> bool {
        self.lost.iter().any(|lost| lost.contains(&minute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20 in minutes.
    const START: i64 = 1_795_132_800 / 60;

    fn timeline(role: Role, facts: &[Fact]) -> Timeline {
        Timeline::new(Chance::of(11).at(3), role, facts.iter())
    }

    #[test]
    fn a_batch_host_sleeps_at_night_and_follows_itself() {
        let host = timeline(Role::Batch, &[]);
        assert!(host.life(START + 12 * 60).is_some() && host.life(START + 23 * 60).is_none());
        let (today, tomorrow) =
            (host.life(START + 12 * 60).unwrap(), host.life(START + DAY + 12 * 60).unwrap());
        assert_ne!(today.boot_id, tomorrow.boot_id);
        let follows = host.follows(&tomorrow).unwrap();
        assert_eq!(follows.stream, today.stream);
        let last =
            (START..START + DAY).filter(|minute| host.life(*minute).as_ref() == Some(&today)).max().unwrap();
        assert_eq!(Some(follows.seq.get()), host.seq(&today, last));
        assert!(host.stopping(last) && !host.stopping(last - 1));
    }

    #[test]
    fn everybody_boots_within_ten_days_and_says_what_came_before() {
        for seed in 0..20 {
            for role in [Role::Web, Role::Db, Role::Bastion] {
                let host = Timeline::new(Chance::of(seed), role, [].iter());
                let mut before: Option<(Life, i64)> = None;
                let mut boots = 0;
                for minute in START..START + 11 * DAY {
                    let Some(life) = host.life(minute) else { continue };
                    let seq = host.seq(&life, minute).unwrap();
                    match before.replace((life.clone(), seq)) {
                        Some((same, earlier)) if same == life => assert_eq!(seq, earlier + 1, "seed {seed}"),
                        Some((other, last)) => {
                            boots += 1;
                            let follows = Follows { stream: other.stream, seq: Count::clamp(last) };
                            assert_eq!((host.follows(&life), seq), (Some(follows), 0), "seed {seed}");
                            assert_ne!(life.boot_id, other.boot_id, "seed {seed}");
                        }
                        None => {}
                    }
                }
                assert!(boots >= 1, "seed {seed}, {role:?}");
            }
        }
    }

    #[test]
    fn faults_are_planted() {
        let at = START + 600;
        let fact = |minutes: Range<i64>, change| Fact { host: 0, minutes, change };
        let plain = timeline(Role::Web, &[]);
        // A minute that is far from a planned outage, for this seed.
        let before = plain.life(at - 30).expect("seed 11: up");
        assert_eq!(plain.life(at + 60), Some(before.clone()), "seed 11: no reboot there");

        let down = timeline(Role::Web, &[fact(at..at + 10, Change::Down)]);
        assert_eq!(down.life(at - 1), Some(before.clone()));
        assert_eq!((down.life(at), down.life(at + 10)), (None, None));
        let after = down.life(at + 11).unwrap();
        assert_ne!((&after.boot_id, after.stream), (&before.boot_id, before.stream));
        assert_eq!(down.seq(&after, at + 11), Some(0));
        let last = down.seq(&before, at - 1).unwrap();
        assert_eq!(down.follows(&after), Some(Follows { stream: before.stream, seq: Count::clamp(last) }));

        let agent = timeline(Role::Web, &[fact(at..at + 10, Change::AgentDown)]);
        let life = agent.life(at + 10).unwrap();
        assert_eq!((agent.seq(&life, at), agent.seq(&life, at + 10)), (None, Some(last + 1)));
        assert!(life.agent_started_ms > before.agent_started_ms);
        assert_eq!((life.stream, &life.boot_id), (before.stream, &before.boot_id));

        let suspended = timeline(Role::Web, &[fact(at..at + 10, Change::Suspended)]);
        assert_eq!(suspended.life(at + 10), Some(before.clone()));
        let numbers = [at - 1, at, at + 9, at + 10].map(|minute| suspended.seq(&before, minute));
        assert_eq!(numbers, [Some(last), None, None, Some(last + 1)]);
        assert_eq!(suspended.sampled_before(&before, at + 10), Some(at - 1));

        let wiped = timeline(Role::Web, &[fact(at..at + 1, Change::Wiped)]).life(at + 5).unwrap();
        assert_eq!((&wiped.boot_id, wiped.stream_minute), (&before.boot_id, at));
        assert_ne!(wiped.stream, before.stream);
        assert_eq!(plain.follows(&wiped), None);

        let lost = timeline(Role::Web, &[fact(at..at + 2, Change::Lost)]);
        assert!(lost.lost(at) && !lost.lost(at + 2));
    }
}
