//! A sample with a deadline, whatever it is that does not answer.
//!
//! What is known to hang is asked with care by the collectors themselves. This is for what is not known: the sampler
//! works on a thread of its own, and when a sample does not come, the snapshot goes out without it. An agent that is
//! blind says so each minute; one that waits cannot be told from a host that is down.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use anyhow::Context;
use snapshot::{Snapshot, Text};

use super::{Frame, Sampler};
use crate::identity::Identity;
use crate::redact::Key;

/// The collectors end their own waiting after twice ten seconds; half a minute leaves the other half for sending.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

enum Order {
    Sample(Box<Frame>),
    UseFleetKey(Option<Key>),
}

/// A sampler on a thread of its own.
#[derive(Debug)]
pub(crate) struct Watched {
    orders: Sender<Order>,
    snapshots: Receiver<Box<Snapshot<'static>>>,
    thread: Option<JoinHandle<()>>,
    /// A sample that was ordered has not come yet.
    away: bool,
    deadline: Duration,
    identity: Identity,
    started_at_ms: i64,
}

impl Watched {
    /// Gives `sampler` a thread; `identity` and `started_at_ms` are for the snapshots that have to go without it.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub(crate) fn new(
        mut sampler: impl Sampler + Send + 'static,
        identity: Identity,
        started_at_ms: i64,
        deadline: Duration,
    ) -> anyhow::Result<Self> {
        let (orders, received) = mpsc::channel();
        let (sender, snapshots) = mpsc::channel();
        let work = move || {
            for order in received {
                match order {
                    Order::UseFleetKey(key) => sampler.use_fleet_key(key.as_ref()),
                    Order::Sample(frame) => {
                        if sender.send(Box::new(sampler.sample(*frame))).is_err() {
                            return;
                        }
                    }
                }
            }
        };
        let thread = Builder::new().name("sample".to_owned()).spawn(work).context("start a thread")?;
        let thread = Some(thread);
        Ok(Self { orders, snapshots, thread, away: false, deadline, identity, started_at_ms })
    }

    /// Waits for what was ordered. None when it takes too long.
    fn wait(&mut self, patience: Duration) -> Option<Box<Snapshot<'static>>> {
        match self.snapshots.recv_timeout(patience) {
            Ok(snapshot) => {
                self.away = false;
                Some(snapshot)
            }
            Err(RecvTimeoutError::Timeout) => None,
            // It panicked: that ends the program, as it would without a thread between.
            Err(RecvTimeoutError::Disconnected) => match self.thread.take().map(JoinHandle::join) {
                Some(Err(panic)) => resume_unwind(panic),
                _ => None,
            },
        }
    }
}

impl Sampler for Watched {
    fn sample(&mut self, frame: Frame) -> Snapshot<'static> {
        if self.away {
            // Of another minute and with a number that is used: it only shows that the sampler is back.
            drop(self.wait(Duration::ZERO));
        }
        if !self.away {
            self.away = true;
            // A sampler that is gone shows when it is waited for.
            let _ = self.orders.send(Order::Sample(Box::new(frame.clone())));
            if let Some(snapshot) = self.wait(self.deadline) {
                return *snapshot;
            }
        }
        let begun = frame.begin(&self.identity, self.started_at_ms);
        Snapshot { unreadable: Some(Text::cut("sample_hangs=1")), ..begun }
    }

    fn use_fleet_key(&mut self, key: Option<&Key>) {
        let _ = self.orders.send(Order::UseFleetKey(key.cloned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapshot::Stream;

    /// Samples when it is told to.
    struct Told {
        go: Receiver<()>,
        identity: Identity,
    }

    impl Sampler for Told {
        fn sample(&mut self, frame: Frame) -> Snapshot<'static> {
            self.go.recv().unwrap();
            Snapshot { host_name: Some(Text::cut("seen")), ..frame.begin(&self.identity, 0) }
        }

        fn use_fleet_key(&mut self, _key: Option<&Key>) {}
    }

    fn look(watched: &mut Watched, seq: i64) -> (i64, Option<String>, Option<String>) {
        let frame = Frame {
            host_id: "i-1".parse().unwrap(),
            stream: Stream(1),
            seq,
            follows: None,
            observed_at_ms: 1_795_392_000_000,
            stopping: false,
            spool_snapshots: 0,
            dropped_snapshots: 0,
        };
        let snapshot = watched.sample(frame);
        let text = |text: Option<&str>| text.map(str::to_owned);
        (snapshot.seq.get(), text(snapshot.host_name.as_deref()), text(snapshot.unreadable.as_deref()))
    }

    fn watched() -> (Watched, Sender<()>) {
        let identity = Identity {
            host_id: "i-1".parse().unwrap(),
            boot_id: "b".into(),
            boot_time_ms: 0,
            instance: None,
        };
        let (told, go) = mpsc::channel();
        let sampler = Told { go, identity: identity.clone() };
        // Long enough for a sample that is only waited for, short enough to wait for in vain.
        (Watched::new(sampler, identity, 0, Duration::from_secs(2)).unwrap(), told)
    }

    #[test]
    fn a_sample_that_does_not_come_is_not_waited_for() {
        let (mut watched, told) = watched();
        let seen = |seq| (seq, Some("seen".to_owned()), None);
        let blind = |seq| (seq, None, Some("sample_hangs=1".to_owned()));
        told.send(()).unwrap();
        assert_eq!(look(&mut watched, 0), seen(0));
        assert_eq!(look(&mut watched, 1), blind(1));
        // It is still away: nothing is ordered, nobody waits.
        assert_eq!(look(&mut watched, 2), blind(2));
        // It comes back. What it brings is of the second minute, and is not sent as the fourth's.
        told.send(()).unwrap();
        assert_eq!(watched.wait(Duration::from_secs(60)).unwrap().seq.get(), 1);
        told.send(()).unwrap();
        assert_eq!(look(&mut watched, 3), seen(3));
    }

    #[test]
    #[should_panic(expected = "RecvError")]
    fn a_sampler_that_panics_ends_the_program() {
        let (mut watched, told) = watched();
        drop(told);
        look(&mut watched, 0);
    }
}
