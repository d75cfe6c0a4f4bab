//! Looks that may never return, on threads that can be left behind.
//!
//! Reading `/proc/PID/cmdline` waits for the process's own memory, and a process that waits for a dead file server
//! may hold that for days; asking a file system how full it is, or an executable how many names it has, waits for
//! whatever is behind it. Nothing can call such a read back. So it happens on another thread; when it takes too long
//! that thread is left where it is, counted, and the same thing is not asked again until it has come back.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// How long a look may take, and how long all of a sample's may. A look takes 0.05 ms, on a host that thrashes some
/// hundred; ten seconds leave most of a minute to whatever comes after.
pub(crate) const PATIENCE: Patience = Patience { each: Duration::from_secs(1), all: Duration::from_secs(10) };
/// Threads left behind at most, each some 20 kB: from then on nothing is asked until one comes back.
const MOST_AWAY: usize = 64;

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) each: Duration,
    pub(crate) all: Duration,
}

/// Things to look at, and the looks that have not come back yet.
#[derive(Debug)]
pub(crate) struct Aside<I> {
    patience: Patience,
    away: Vec<(I, JoinHandle<()>)>,
}

impl<I: Clone + PartialEq + Send + Sync + 'static> Aside<I> {
    pub(crate) fn new(patience: Patience) -> Self {
        Self { patience, away: Vec::new() }
    }

    /// What each look gave, in the order of the items. None for one that takes too long, is still away from an earlier
    /// call, panicked, or whose turn did not come in time.
    pub(crate) fn each<O: Send + 'static>(
        &mut self,
        items: &[I],
        look: impl Fn(&I) -> O + Send + Sync + 'static,
    ) -> Vec<Option<O>> {
        self.away.retain(|(_, thread)| !thread.is_finished());
        let places: Vec<usize> = (0..items.len())
            .filter(|&place| self.away.iter().all(|(item, _)| *item != items[place]))
            .collect();
        let todo: Arc<[I]> = places.iter().map(|&place| items[place].clone()).collect();
        let look = Arc::new(look);
        let began = Instant::now();
        let mut outcomes: Vec<Option<O>> = items.iter().map(|_| None).collect();
        let mut next = 0;
        while next < todo.len() && self.away.len() < MOST_AWAY {
            let Some((thread, answers)) = set_out(&todo, next, &look) else { break };
            while next < todo.len() {
                let left = self.patience.all.saturating_sub(began.elapsed());
                match answers.recv_timeout(left.min(self.patience.each)) {
                    Ok(outcome) => outcomes[places[next]] = Some(outcome),
                    Err(RecvTimeoutError::Timeout) => {
                        self.away.push((todo[next].clone(), thread));
                        if left <= self.patience.each {
                            return outcomes;
                        }
                        next += 1;
                        break;
                    }
                    // It panicked over this one; the others are not to suffer for it.
                    Err(RecvTimeoutError::Disconnected) => {
                        next += 1;
                        break;
                    }
                }
                next += 1;
            }
        }
        outcomes
    }
}

#[cfg(test)]
impl<I> Aside<I> {
    /// Waits until nobody is away any more.
    pub(crate) fn rest(&mut self) {
        for (_, thread) in self.away.drain(..) {
            let _ = thread.join();
        }
    }
}

/// A thread that looks at all items from `first` on, one answer each, for as long as somebody listens. None when the
/// system gives no thread.
fn set_out<I, O>(
    items: &Arc<[I]>,
    first: usize,
    look: &Arc<impl Fn(&I) -> O + Send + Sync + 'static>,
) -> Option<(JoinHandle<()>, Receiver<O>)>
where
    I: Send + Sync + 'static,
    O: Send + 'static,
{
    let (sender, answers) = mpsc::channel();
    let (items, look) = (Arc::clone(items), Arc::clone(look));
    let thread = Builder::new().name("look".to_owned()).spawn(move || {
        for item in items.iter().skip(first) {
            if sender.send(look(item)).is_err() {
                return;
            }
        }
    });
    Some((thread.ok()?, answers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Condvar, Mutex};

    /// Long enough for a quick look on a machine that does other things, short enough to wait for in a test.
    const SHORT: Patience = Patience { each: Duration::from_secs(2), all: Duration::from_secs(60) };

    #[derive(Default)]
    struct Gate(Mutex<bool>, Condvar);

    impl Gate {
        fn pass(&self) {
            let open = self.0.lock().unwrap();
            drop(self.1.wait_while(open, |open| !*open).unwrap());
        }

        fn open(&self) {
            *self.0.lock().unwrap() = true;
            self.1.notify_all();
        }
    }

    #[test]
    fn what_hangs_is_left_behind_and_not_asked_again() {
        let (gate, asked) = (Arc::new(Gate::default()), Arc::new(AtomicUsize::new(0)));
        let mut aside = Aside::new(SHORT);
        let look = |gate: &Arc<Gate>| {
            let (gate, asked) = (Arc::clone(gate), Arc::clone(&asked));
            move |item: &u32| {
                if *item == 2 {
                    asked.fetch_add(1, Ordering::SeqCst);
                    gate.pass();
                }
                assert_ne!(*item, 4, "a look that panics");
                item * 10
            }
        };
        assert_eq!(aside.each(&[1, 2, 3, 4, 5], look(&gate)), [Some(10), None, Some(30), None, Some(50)]);
        assert_eq!(aside.each(&[1, 2, 3], look(&gate)), [Some(10), None, Some(30)]);
        assert_eq!((aside.away.len(), asked.load(Ordering::SeqCst)), (1, 1), "it was not asked again");
        gate.open();
        aside.rest();
        assert_eq!(aside.each(&[1, 2, 3], look(&gate)), [Some(10), Some(20), Some(30)]);
    }

    #[test]
    fn all_looks_together_have_an_end() {
        let gate = Arc::new(Gate::default());
        let mut aside =
            Aside::new(Patience { each: Duration::from_millis(20), all: Duration::from_millis(50) });
        let items: Vec<u32> = (0..1000).collect();
        let inside = Arc::clone(&gate);
        let outcomes = aside.each(&items, move |_| inside.pass());
        assert!(outcomes.iter().all(Option::is_none));
        assert!(aside.away.len() <= 3, "{}", aside.away.len());
        gate.open();
    }
}
