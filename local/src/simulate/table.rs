//! A host's services as they run at an instant: each with its pid and start, started anew when its time has come.
//!
//! What was built stays until something about it changes, so that a sample costs little; but what is built follows
//! from the instant alone, whichever instants were asked for before.

use super::chance::Chance;
use super::identity::{Identity, Role};
use super::life::Life;
use super::process::{Known, Pace, Running, Spec};
use super::rhythm::{DAY, MINUTE_MS, Pulse};
use super::sample::Line;
use super::services::{self, Service, Starts};

/// Processes and threads that a host starts in a minute, seen or not: pids rise by so many. With it no pid comes
/// again within the eleven days of the longest uptime (the kernel's pids end at 4,194,304).
pub(super) const PIDS: i64 = 256;
/// The first pid after booting.
const FIRST_PID: i64 = 2_000;

/// The parts of a minute's pids: what is planted from 0, then services, jobs, sessions. Each asker has numbers of its
/// own, so that no two living processes share one.
pub(super) const SERVICES_FROM: i64 = 16;
pub(super) const JOBS_FROM: i64 = 144;
pub(super) const SESSIONS_FROM: i64 = 160;

/// The pid of what starts in this minute, by its place among the minute's [`PIDS`].
pub(super) fn pid(boot_ms: i64, minute: i64, place: i64) -> i64 {
    FIRST_PID + (minute - boot_ms.div_euclid(MINUTE_MS)).max(0) * PIDS + place
}

/// One copy of a service.
#[derive(Clone, Debug)]
struct Slot {
    service: &'static Service,
    copy: i64,
    /// Where its parent is; process 1 has none.
    parent: Option<usize>,
    running: Option<Running>,
}

/// All services of a host.
#[derive(Clone, Debug)]
pub(super) struct Table {
    fleet: Chance,
    chance: Chance,
    role: Role,
    name: String,
    container_id: String,
    /// Which boot `slots` are of.
    boot_ms: i64,
    slots: Vec<Slot>,
}

impl Table {
    pub(super) fn new(fleet: Chance, chance: Chance, identity: &Identity) -> Self {
        let chance = chance.named("services");
        let mut slots: Vec<Slot> = Vec::new();
        for service in services::of(identity.role) {
            let parent = slots.iter().position(|slot| slot.service.name == service.parent);
            let parent = parent.or((!slots.is_empty()).then_some(0));
            let copies = (0..service.copies).map(|copy| Slot { service, copy, parent, running: None });
            slots.extend(copies);
        }
        let container = chance.named("container");
        let container_id = (0..4).map(|part| format!("{:016x}", container.at(part).bits())).collect();
        Self {
            fleet,
            chance,
            role: identity.role,
            name: identity.name.clone(),
            container_id,
            boot_ms: 0,
            slots,
        }
    }

    /// Starts and ends what has to be, up to an instant.
    pub(super) fn advance(&mut self, life: &Life, pulse: &Pulse) -> anyhow::Result<()> {
        let at_ms = pulse.at_ms;
        if self.boot_ms != life.boot_ms {
            self.boot_ms = life.boot_ms;
            self.slots.iter_mut().for_each(|slot| slot.running = None);
        }
        let (release_ms, release) = self.release(at_ms);
        for place in 0..self.slots.len() {
            let (before, rest) = self.slots.split_at_mut(place);
            let Some(slot) = rest.first_mut() else { continue };
            let parent =
                slot.parent.and_then(|parent| before[parent].running.as_ref()).map(|parent| &parent.known);
            if slot.parent.is_some() && parent.is_none() {
                slot.running = None;
                continue;
            }
            let chance = self.chance.at(place as i64);
            let booted_ms = match place {
                0 => life.boot_ms,
                _ => life.boot_ms + 1_400 + place as i64 * 130,
            };
            let event_ms = match slot.service.starts {
                Starts::Boot => booted_ms,
                Starts::Daily(minute) => latest(at_ms, DAY, minute) + 300 + slot.copy * 40,
                Starts::Every(minutes) => {
                    latest(at_ms, minutes, chance.named("phase").below(minutes))
                        + chance.named("ms").below(900)
                }
                Starts::Release => release_ms + slot.copy * 300,
            };
            let event_ms = match event_ms > at_ms {
                true => event_ms - period_ms(slot.service.starts), // not yet within this minute
                false => event_ms,
            };
            let after_parent = parent.map_or(0, |parent| parent.start_ms + 60 + slot.copy * 12);
            let start_ms = booted_ms.max(event_ms).max(after_parent);
            if start_ms > at_ms {
                slot.running = None; // in the middle of its restart
                continue;
            }
            if slot.running.as_ref().is_some_and(|running| running.known.start_ms == start_ms) {
                continue;
            }
            let pid = match (place, start_ms == booted_ms) {
                (0, _) => 1,
                (_, true) => 400 + place as i64 * 9 + chance.named("pid").at(life.boot_ms).below(8),
                (_, false) => pid(life.boot_ms, start_ms.div_euclid(MINUTE_MS), SERVICES_FROM + place as i64),
            };
            let started =
                start(slot, pid, start_ms, parent, pulse, [&release, &self.name, &self.container_id])?;
            slot.running = Some(started);
        }
        Ok(())
    }

    /// The release of our own software that this host runs: since when, and what it is called. A fleet's role gets it
    /// on the same day, host after host.
    pub(super) fn release(&self, at_ms: i64) -> (i64, String) {
        let role = self.fleet.named("release").named(self.role.as_str());
        let today = at_ms.div_euclid(DAY * MINUTE_MS);
        let stagger = self.chance.named("stagger").below(25 * MINUTE_MS);
        let moment =
            |day: i64| (day * DAY + role.at(day).named("when").within(9 * 60, 16 * 60)) * MINUTE_MS + stagger;
        let day = (today - 30..=today)
            .rev()
            // 1970-01-01 was a Thursday; nobody releases on Friday.
            .find(|day| {
                (day + 3).rem_euclid(7) < 4
                    && role.at(*day).named("is").below(10) < 4
                    && moment(*day) <= at_ms
            })
            .unwrap_or(today - 30);
        let moment = moment(day);
        (moment, format!("r{}", lake::Day::of_ms(moment).compact()))
    }

    /// What a sample shows of the services.
    pub(super) fn lines(&self, pulse: &Pulse) -> impl Iterator<Item = Line> {
        self.slots.iter().filter_map(|slot| slot.running.as_ref()).map(move |running| running.line(pulse))
    }

    /// One of the processes of this name, the last ones (the workers of a master) first.
    pub(super) fn worker(&self, name: &str, which: i64) -> Option<&Known> {
        let running = || self.slots.iter().filter_map(|slot| slot.running.as_ref());
        let count = running().filter(|running| running.known.name == name).count() as i64;
        let which = which.checked_rem(count)? as usize;
        running().rev().filter(|running| running.known.name == name).nth(which).map(|running| &running.known)
    }

    /// The first process of this name.
    pub(super) fn known(&self, name: &str) -> Option<&Known> {
        let mut running = self.slots.iter().filter_map(|slot| slot.running.as_ref());
        running.find(|running| running.known.name == name).map(|running| &running.known)
    }
}

/// The last moment that a clock of so many minutes struck, `phase` minutes after its beginning.
fn latest(at_ms: i64, minutes: i64, phase: i64) -> i64 {
    let minute = at_ms.div_euclid(MINUTE_MS);
    ((minute - phase).div_euclid(minutes) * minutes + phase) * MINUTE_MS
}

fn period_ms(starts: Starts) -> i64 {
    match starts {
        Starts::Daily(_) => DAY * MINUTE_MS,
        Starts::Every(minutes) => minutes * MINUTE_MS,
        Starts::Boot | Starts::Release => 0,
    }
}

fn start(
    slot: &Slot,
    pid: i64,
    start_ms: i64,
    parent: Option<&Known>,
    pulse: &Pulse,
    [release, host, container_id]: [&str; 3],
) -> anyhow::Result<Running> {
    let service = slot.service;
    let cmdline = service
        .cmdline
        .replace("{n}", &slot.copy.to_string())
        .replace("{release}", release)
        .replace("{host}", host)
        .replace("{container}", container_id);
    // What we build ourselves changes with each release; interpreters stay.
    let own = service.exe.starts_with("/opt/") && service.starts == Starts::Release;
    let pace = Pace {
        kind: service.kind,
        cpu_ms: service.cpu_ms,
        read_bytes: service.read_kib << 10,
        write_bytes: service.write_kib << 10,
        rss_bytes: service.rss_mib << 20,
        virtual_bytes: service.virtual_mib << 20,
        children: (service.children.0 * 1000, service.children.1),
    };
    Spec {
        pid,
        name: service.name,
        exe: service.exe,
        version: if own { release } else { service.version },
        cmdline: &cmdline,
        cwd: service.cwd,
        account: service.account,
        loginuid: None,
        session_id: None,
        tty: None,
        unit: service.unit,
        container_id: service.contained.then_some(container_id),
        capabilities: service.capabilities,
        nice: service.nice,
        threads: service.threads,
        start_ms,
        pace,
    }
    .start(parent, pulse)
}
