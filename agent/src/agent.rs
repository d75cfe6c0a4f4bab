//! The loop: sample, keep, send, until told to stop.
//!
//! One task does it all, so that nothing needs a lock: a request on its way is a future beside the next sample's
//! instant, and a server that stalls delays no sample. Time, randomness, sampling and the end are given from outside.

#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use snapshot::HostId;

use crate::clock::Clock;
use crate::collect::{Frame, Sampler};
use crate::news::News;
use crate::notice;
use crate::pace::Pace;
use crate::random::Random;
use crate::send::{Answer, Backoff, Courier, Delivery};
use crate::spool::{Parcel, Spool};

/// A server's `Date` has whole seconds and a line has its delays: what is within this is no difference.
const SAME_TIME_MS: i64 = 2_000;
/// After a refused key, at least so long: a rotation takes minutes, and a wrong key is not made right by asking.
const AFTER_REFUSED_KEY_MS: i64 = 60_000;
/// When stopping, sending may take so long in all; systemd's own patience is 90 s.
const FAREWELL_MS: i64 = 20_000;
/// `--once` tries a batch so often.
const ONCE_ATTEMPTS: u32 = 3;

type Flight = Pin<Box<dyn Future<Output = (Courier, Parcel, Delivery)> + Send>>;

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Landed {
    /// It is gone from the spool: accepted.
    Accepted,
    /// It changed (filed anew, halved) and may be tried at once.
    Changed,
    /// It was set aside.
    SetAside(String),
    /// It stays, for now.
    Stays { asked_ms: Option<i64>, cause: String },
}

/// What an agent is made of, each ready to use.
pub(crate) struct Parts<S> {
    pub(crate) host_id: HostId,
    pub(crate) sampler: S,
    pub(crate) spool: Spool,
    pub(crate) news: News,
    pub(crate) pace: Pace,
    pub(crate) random: Random,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) courier: Courier,
}

/// An agent at work.
pub(crate) struct Agent<S> {
    host_id: HostId,
    sampler: S,
    spool: Spool,
    news: News,
    pace: Pace,
    random: Random,
    clock: Arc<dyn Clock>,
    /// Away while a batch is on its way.
    courier: Option<Courier>,
    backoff: Backoff,
    /// The server's clock minus ours.
    offset_ms: i64,
    /// Sealed batches are to be sent from this moment on.
    ready_at_ms: Option<i64>,
    /// But nothing before this one.
    not_before_ms: i64,
}

impl<S: Sampler> Agent<S> {
    pub(crate) fn new(mut parts: Parts<S>) -> Self {
        parts.sampler.use_fleet_key(parts.courier.fleet_key());
        Self {
            host_id: parts.host_id,
            sampler: parts.sampler,
            spool: parts.spool,
            news: parts.news,
            pace: parts.pace,
            random: parts.random,
            clock: parts.clock,
            courier: Some(parts.courier),
            backoff: Backoff::default(),
            offset_ms: 0,
            ready_at_ms: None,
            not_before_ms: i64::MIN,
        }
    }

    /// Samples and sends until `shutdown` is ready, then says farewell.
    pub(crate) async fn run(mut self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        tokio::pin!(shutdown);
        let clock = Arc::clone(&self.clock);
        let mut flight: Option<Flight> = None;
        // At once and sent at once, with what the last agent left: whoever installs it sees that it works.
        self.sample(false);
        self.seal();
        self.ready_at_ms = Some(clock.now_ms());
        let mut next_sample_ms = self.pace.next_sample(clock.now_ms(), &mut self.random);
        loop {
            if flight.is_none() && self.sends_at().is_some_and(|at_ms| at_ms <= clock.now_ms()) {
                flight = self.take_off();
            }
            let wake_ms = match (&flight, self.sends_at()) {
                (None, Some(at_ms)) => at_ms.min(next_sample_ms),
                _ => next_sample_ms,
            };
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                (courier, parcel, delivery) = landing(&mut flight) => {
                    flight = None;
                    self.take_back(courier);
                    self.land(&parcel, delivery);
                }
                () = clock.sleep_until(wake_ms) => {
                    let now_ms = clock.now_ms();
                    if now_ms >= next_sample_ms {
                        self.sample_in_turn(now_ms);
                        next_sample_ms = self.pace.next_sample(now_ms, &mut self.random);
                    } else if self.pace.too_far(next_sample_ms, now_ms) {
                        next_sample_ms = self.pace.next_sample(now_ms, &mut self.random);
                    }
                }
            }
        }
        self.farewell(flight).await;
        Ok(())
    }

    /// One sample, sealed and sent with everything that waits; an error unless all of it was accepted.
    pub(crate) async fn once(mut self) -> anyhow::Result<()> {
        let clock = Arc::clone(&self.clock);
        self.sample(false);
        self.spool.seal()?;
        let mut failed = Vec::new();
        let mut attempts = 0;
        while let Some(flight) = self.take_off() {
            let (courier, parcel, delivery) = flight.await;
            self.take_back(courier);
            attempts += 1;
            match self.settle(&parcel, delivery) {
                Landed::Accepted => {
                    attempts = 0;
                    self.backoff.reset();
                }
                Landed::Changed => {}
                Landed::SetAside(cause) => failed.push(cause),
                Landed::Stays { asked_ms, cause } if attempts < ONCE_ATTEMPTS && asked_ms.is_none() => {
                    notice::warn(format_args!("not accepted yet: {cause}"));
                    let wait_ms = self.backoff.next_ms(None, &mut self.random);
                    clock.sleep_until(clock.now_ms() + wait_ms).await;
                }
                Landed::Stays { cause, .. } => {
                    failed.push(format!("{cause}; {} snapshots stay in the spool", self.spool.waiting()));
                    break;
                }
            }
        }
        anyhow::ensure!(failed.is_empty(), "not everything was accepted: {}", failed.join("; "));
        anyhow::ensure!(self.spool.waiting() == 0, "{} snapshots stay in the spool", self.spool.waiting());
        Ok(())
    }

    fn sends_at(&self) -> Option<i64> {
        self.ready_at_ms.map(|at_ms| at_ms.max(self.not_before_ms))
    }

    /// The sample of an interval, and what follows from it for sending.
    fn sample_in_turn(&mut self, now_ms: i64) {
        let taken = self.sample(false);
        if taken.news || self.pace.ends_batch(now_ms) {
            self.seal();
            self.ready_by(now_ms);
        } else if taken.day_is_over {
            self.ready_by(self.pace.after_midnight(now_ms));
        }
    }

    fn ready_by(&mut self, at_ms: i64) {
        self.ready_at_ms = Some(self.ready_at_ms.map_or(at_ms, |earlier| earlier.min(at_ms)));
    }

    fn sample(&mut self, stopping: bool) -> Taken {
        let (stream, seq, follows) = self.spool.next();
        let now_ms = self.clock.now_ms();
        let snapshot = self.sampler.sample(Frame {
            host_id: self.host_id.clone(),
            stream,
            seq,
            follows,
            observed_at_ms: now_ms + self.offset_ms,
            stopping,
            spool_snapshots: self.spool.waiting(),
            dropped_snapshots: self.spool.dropped(),
        });
        let news = self.news.look(&snapshot, now_ms);
        let day_is_over = self.spool.append(&snapshot).unwrap_or_else(|error| {
            self.spool.lost_one();
            notice::warn(format_args!("a snapshot could not be kept: {error:#}"));
            false
        });
        Taken { news, day_is_over }
    }

    fn seal(&mut self) {
        if let Err(error) = self.spool.seal() {
            // The journal still holds it; the next sealing takes it.
            notice::warn(format_args!("a batch could not be sealed: {error:#}"));
        }
    }

    /// Starts sending the oldest batch; none when there is nothing to send, or no way to read it.
    fn take_off(&mut self) -> Option<Flight> {
        let now_ms = self.clock.now_ms();
        let parcel = match self.spool.parcel(now_ms + self.offset_ms) {
            Ok(Some(parcel)) => parcel,
            Ok(None) => {
                self.ready_at_ms = None;
                return None;
            }
            Err(error) => {
                notice::warn(format_args!("a batch could not be read: {error:#}"));
                self.not_before_ms = now_ms + self.backoff.next_ms(None, &mut self.random);
                return None;
            }
        };
        let mut courier = self.courier.take()?;
        let clock = Arc::clone(&self.clock);
        Some(Box::pin(async move {
            let delivery = courier.deliver(&parcel, &*clock).await;
            (courier, parcel, delivery)
        }))
    }

    /// The courier is here again, perhaps with another redaction key: the next sample is hashed with it. What is sealed
    /// or in the journal keeps its hashes, since it never changes.
    fn take_back(&mut self, courier: Courier) {
        self.sampler.use_fleet_key(courier.fleet_key());
        self.courier = Some(courier);
    }

    /// Takes in an answer and decides when to send next.
    fn land(&mut self, parcel: &Parcel, delivery: Delivery) -> bool {
        match self.settle(parcel, delivery) {
            Landed::Accepted => {
                self.backoff.reset();
                self.not_before_ms = i64::MIN;
                true
            }
            Landed::Changed | Landed::SetAside(_) => true,
            Landed::Stays { asked_ms, cause } => {
                let wait_ms = self.backoff.next_ms(asked_ms, &mut self.random);
                self.not_before_ms = self.clock.now_ms() + wait_ms;
                notice::warn(format_args!(
                    "not accepted, trying again in {} s ({} snapshots wait): {cause}",
                    wait_ms / 1000,
                    self.spool.waiting()
                ));
                false
            }
        }
    }

    /// Does to the spool what the answer says.
    fn settle(&mut self, parcel: &Parcel, delivery: Delivery) -> Landed {
        self.learn_time(delivery.offset_ms);
        let name = &parcel.name;
        let settled = match delivery.answer {
            Answer::Accepted => self.spool.accepted(name).map(|()| Landed::Accepted),
            Answer::FileAnew { now_ms } => match now_ms {
                Some(server_ms) => self.spool.file_anew(name, server_ms).and_then(|changed| {
                    if changed {
                        return Ok(Landed::Changed);
                    }
                    if name.earlier.len() >= snapshot::MAX_EARLIER_DAYS {
                        return self.set_aside(parcel, "409: it was filed anew too often already");
                    }
                    let cause = "409, and the server's day is the filed day".to_owned();
                    Ok(Landed::Stays { asked_ms: None, cause })
                }),
                None => {
                    Ok(Landed::Stays { asked_ms: None, cause: "409 without the server's time".to_owned() })
                }
            },
            Answer::TooLarge => self.spool.halve(name).and_then(|halved| match halved {
                true => Ok(Landed::Changed),
                false => self.set_aside(parcel, "413: a single snapshot is too large"),
            }),
            Answer::Malformed(why) => self.set_aside(parcel, &why),
            Answer::KeyRefused(cause) => Ok(Landed::Stays { asked_ms: Some(AFTER_REFUSED_KEY_MS), cause }),
            Answer::Later { after_ms, cause } => Ok(Landed::Stays { asked_ms: after_ms, cause }),
        };
        settled.unwrap_or_else(|error| Landed::Stays { asked_ms: None, cause: format!("{error:#}") })
    }

    fn set_aside(&mut self, parcel: &Parcel, why: &str) -> anyhow::Result<Landed> {
        let place = self.spool.set_aside(&parcel.name, why)?;
        let place = place.map_or_else(String::new, |place| place.display().to_string());
        let text = format!(
            "the server refused {} snapshots for good, set aside as {place}: {why}",
            parcel.name.count
        );
        notice::warn(format_args!("{text}"));
        Ok(Landed::SetAside(text))
    }

    fn learn_time(&mut self, offset_ms: Option<i64>) {
        let Some(offset_ms) = offset_ms else { return };
        let offset_ms = if offset_ms.abs() <= SAME_TIME_MS { 0 } else { offset_ms };
        if (offset_ms - self.offset_ms).abs() > SAME_TIME_MS || offset_ms == 0 {
            if offset_ms != self.offset_ms {
                notice::say(format_args!("the server's clock is {offset_ms} ms ahead of this host's"));
            }
            self.offset_ms = offset_ms;
        }
    }

    /// The last sample, marked, and one attempt to send what waits.
    async fn farewell(mut self, flight: Option<Flight>) {
        self.sample(true);
        self.seal();
        let clock = Arc::clone(&self.clock);
        let deadline_ms = clock.now_ms() + FAREWELL_MS;
        let sending = async {
            let mut flight = flight;
            loop {
                let Some(next) = flight.take().or_else(|| self.take_off()) else { break };
                let (courier, parcel, delivery) = next.await;
                self.take_back(courier);
                if !self.land(&parcel, delivery) {
                    break;
                }
            }
        };
        tokio::select! {
            biased;
            () = sending => {}
            () = clock.sleep_until(deadline_ms) => {}
        }
    }
}

/// What a sample means for sending.
struct Taken {
    news: bool,
    day_is_over: bool,
}

async fn landing(flight: &mut Option<Flight>) -> (Courier, Parcel, Delivery) {
    match flight {
        Some(flight) => flight.await,
        None => std::future::pending().await,
    }
}
