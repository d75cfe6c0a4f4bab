//! One host, minute by minute.

use std::ops::Range;

use lake::Day;
use snapshot::{MAX_BATCH, Seconds, Text, User};

use super::batch::Batch;
use super::chance::Chance;
use super::fact::{Change, Fact};
use super::figures::{Moment, figures};
use super::fleet::Fleet;
use super::identity::{Identity, cell};
use super::inventory;
use super::jobs;
use super::life::{Life, Timeline};
use super::people::{self, Session};
use super::rhythm::{DAY, MINUTE_MS, Rhythm};
use super::sample::Sample;
use super::sockets::{Sockets, boot_of};
use super::table::Table;

/// A host of a fleet. What it shows follows from the minute alone; it only remembers what it has put together for the
/// minute before, to be quick.
#[derive(Clone, Debug)]
pub struct Host {
    fleet: Chance,
    hosts: u32,
    chance: Chance,
    identity: Identity,
    rhythm: Rhythm,
    facts: Vec<Fact>,
    timeline: Timeline,
    /// The hosts of its cell, by number: a connection needs both of its ends.
    peers: Vec<(u32, Timeline)>,
    names: Vec<(u32, String)>,
    table: Table,
    sockets: Sockets,
    life: Option<Life>,
    sessions: (i64, Vec<Session>),
}

impl Host {
    pub(super) fn new(fleet: &Fleet, number: u32) -> anyhow::Result<Self> {
        let chance = fleet.chance().at(i64::from(number));
        let identity = Identity::new(fleet.chance(), number)?;
        let own = |facts: &[Fact], number: u32| -> Vec<Fact> {
            facts.iter().filter(|fact| fact.host == number).cloned().collect()
        };
        let timeline_of = |number: u32| {
            let chance = fleet.chance().at(i64::from(number));
            Timeline::new(chance, super::identity::role(number), own(fleet.facts(), number).iter())
        };
        let mut names = Vec::new();
        for other in cell(number, fleet.hosts()) {
            names.push((other, Identity::new(fleet.chance(), other)?.name));
        }
        Ok(Self {
            fleet: fleet.chance(),
            hosts: fleet.hosts(),
            chance,
            rhythm: Rhythm(chance.named("rhythm")),
            facts: own(fleet.facts(), number),
            timeline: timeline_of(number),
            peers: cell(number, fleet.hosts()).map(|other| (other, timeline_of(other))).collect(),
            names,
            table: Table::new(fleet.chance(), chance, &identity),
            sockets: Sockets::new(fleet.chance(), fleet.hosts(), number),
            identity,
            life: None,
            sessions: (i64::MIN, Vec::new()),
        })
    }

    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// How far its own clock is behind the true one, in milliseconds: most a little, some by seconds.
    pub fn clock_behind_ms(&self) -> i64 {
        let chance = self.chance.named("clock");
        match chance.named("poor").below(12) {
            0 => chance.named("by").within(-9_000, 9_000),
            _ => chance.named("by").within(-40, 40),
        }
    }

    /// The instant of a minute's sample: any, since a fixed one would never see what runs for two seconds at :00.
    fn instant(&self, minute: i64) -> i64 {
        minute * MINUTE_MS + self.chance.named("instant").at(minute).below(MINUTE_MS)
    }

    /// The sample of a minute, counted from 1970 UTC; none when the host or its agent was down.
    pub fn sample(&mut self, minute: i64) -> anyhow::Result<Option<Sample>> {
        self.advance(minute);
        let Some(life) = &self.life else { return Ok(None) };
        let Some(seq) = self.timeline.seq(life, minute) else { return Ok(None) };
        let at_ms = self.instant(minute);
        let before_ms = self.timeline.sampled_before(life, minute).map(|minute| self.instant(minute));
        let before_ms = before_ms.filter(|before_ms| *before_ms > life.agent_started_ms);
        let pulse = self.rhythm.pulse(at_ms);
        self.table.advance(life, &pulse)?;

        let figures = figures(
            &self.identity,
            &pulse,
            &Moment {
                life,
                seq,
                follows: if seq == 0 { self.timeline.follows(life) } else { None },
                stopping: self.timeline.stopping(minute),
                interval_ms: before_ms.map(|before_ms| at_ms - before_ms),
                waiting: minute.rem_euclid(MAX_BATCH as i64),
            },
        );
        let peers = &self.peers;
        let boot = |number: u32| boot_of(peers, number, minute);
        let mut processes: Vec<_> = self.table.lines(&pulse).collect();
        processes.extend(jobs::lines(self.chance, self.identity.role, life, &self.table, &pulse)?);
        let mut sockets = self.sockets.lines(&self.table, life.boot_minute, at_ms, &boot)?;
        let mut users = Vec::new();
        let names = &self.names;
        let name = |number: u32| {
            names.iter().find(|(other, _)| *other == number).map(|(_, name)| name.clone()).unwrap_or_default()
        };
        for session in &self.sessions.1 {
            let Some(seen) = session.seen(life, &self.table, &pulse, &name)? else { continue };
            users.push(user(session, seen.leader));
            sockets.extend(self.sockets.of_session(session, &seen, at_ms)?);
            processes.extend(seen.lines);
        }
        processes.sort_by_key(|line| line.pid);
        let mut sample = Sample {
            host: self.identity.number,
            minute,
            at_ms,
            figures,
            users,
            inventory: self.inventory(life, seq, minute, at_ms),
            processes,
            sockets,
        };
        for fact in self.facts.iter().filter(|fact| fact.minutes.contains(&minute)) {
            if let Change::Edit(edit) = &fact.change {
                edit(&mut sample);
            }
        }
        Ok(Some(sample))
    }

    /// What stays for a boot, a stream, a day.
    fn advance(&mut self, minute: i64) {
        self.life = self.timeline.life(minute);
        let day = minute.div_euclid(DAY);
        if self.sessions.0 != day {
            let sessions =
                people::sessions(self.fleet, self.hosts, self.identity.number, day, &self.timeline);
            self.sessions = (day, sessions);
        }
    }

    fn inventory(&self, life: &Life, seq: i64, minute: i64, at_ms: i64) -> Vec<snapshot::Item<'static>> {
        let (since_ms, release) = self.table.release(at_ms);
        let midnight = minute.div_euclid(DAY) * DAY;
        // Nothing of this stream and day before.
        let first = self.timeline.sampled_before(life, minute).is_none_or(|before| before < midnight);
        if seq == 0 || first {
            inventory::full(self.identity.role, since_ms, &release)
        } else if minute % 60 == 0 && at_ms - since_ms < 60 * MINUTE_MS {
            inventory::changed(self.identity.role, since_ms, &release)
        } else {
            Vec::new()
        }
    }

    /// The batches that an agent seals of these minutes, each of one stream and unbroken. A quarter of an hour ends a
    /// batch, so midnight does, and two runs that meet at a quarter cut the same.
    pub fn batches(&mut self, minutes: Range<i64>) -> anyhow::Result<Vec<Batch>> {
        let mut batches: Vec<Batch> = Vec::new();
        for minute in minutes {
            let lost = self.timeline.lost(minute);
            let Some(sample) = self.sample(minute)?.filter(|_| !lost) else { continue };
            let (stream, seq) = (sample.figures.stream, sample.figures.seq.get());
            let goes_on = |batch: &&mut Batch| {
                batch.stream == stream
                    && batch.first_seq + batch.snapshots as i64 == seq
                    && batch.minute.div_euclid(MAX_BATCH as i64) == minute.div_euclid(MAX_BATCH as i64)
            };
            match batches.last_mut().filter(goes_on) {
                Some(batch) => batch.push(&sample)?,
                None => {
                    let day = Day::of_ms(sample.at_ms);
                    let mut batch = Batch {
                        host_id: self.identity.host_id.clone(),
                        host_name: self.identity.name.clone(),
                        stream,
                        first_seq: seq,
                        snapshots: 0,
                        day,
                        clock_behind_ms: self.clock_behind_ms(),
                        minute,
                        // One allocation for all of its snapshots.
                        body: Vec::with_capacity(1 << 20),
                    };
                    batch.push(&sample)?;
                    batches.push(batch);
                }
            }
        }
        Ok(batches)
    }
}

fn user(session: &Session, leader: i64) -> User<'static> {
    User {
        user: Text::cut(session.account.name),
        terminal: Some(Text::cut(format!("pts/{}", session.terminal))),
        host: Some(Text::cut(session.from.0.as_str())),
        started: snapshot::Millis::new(session.start_ms).map(Seconds::from_millis),
        pid: snapshot::Int::new(leader),
        uid: snapshot::Count::new(session.account.uid),
        session_id: Some(Text::cut(session.id.as_str())),
        service: Some(Text::cut("sshd")),
        class: Some(Text::cut("user")),
        source: Some(Text::cut("logind")),
    }
}
