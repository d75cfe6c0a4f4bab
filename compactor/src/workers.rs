//! Shards side by side.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use futures::{StreamExt, TryStreamExt, stream};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

/// Does `work` for every number below `count`, at most so many at once, and gives what came of each, in no order. A failure
/// is the answer, and nothing more is begun: threads end what they are at, and what only takes turns is dropped where it is.
///
/// A shard is work more than waiting, so each worker is a thread of its own, where the runtime has threads. Where it has one
/// (a Lambda's, most tests') they take turns.
pub(crate) async fn side_by_side<W, F, T>(count: u32, workers: usize, work: W) -> anyhow::Result<Vec<T>>
where
    W: Fn(u32) -> F + Sync,
    F: Future<Output = anyhow::Result<T>>,
    T: Send,
{
    let runtime = Handle::current();
    let workers = workers.clamp(1, count.max(1) as usize);
    if workers == 1 || runtime.runtime_flavor() != RuntimeFlavor::MultiThread {
        return stream::iter(0..count).map(&work).buffer_unordered(workers).try_collect().await;
    }
    let next = AtomicU32::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(done);
            }
            match runtime.block_on(work(number)) {
                Ok(outcome) => done.push(outcome),
                Err(error) => {
                    // Nobody begins another.
                    next.store(count, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    };
    let outcomes: Vec<anyhow::Result<Vec<T>>> = block_in_place(|| {
        thread::scope(|scope| {
            let threads: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
            let joined =
                threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
            joined.collect()
        })
    });
    let outcomes: Vec<Vec<T>> = outcomes.into_iter().collect::<anyhow::Result<_>>()?;
    Ok(outcomes.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};
    use std::time::Duration;

    use super::side_by_side;

    /// Each waits for the other without letting go of its thread: that ends only where there are two.
    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn workers_are_threads() {
        let (here, came) = (Mutex::new(0), Condvar::new());
        let met = side_by_side(2, 2, |number| {
            let (here, came) = (&here, &came);
            async move {
                let mut here = here.lock().unwrap();
                *here += 1;
                came.notify_all();
                let (here, _) =
                    came.wait_timeout_while(here, Duration::from_secs(60), |here| *here < 2).unwrap();
                anyhow::Ok((number, *here))
            }
        });
        let mut met = met.await.unwrap();
        met.sort_unstable();
        assert_eq!(met, [(0, 2), (1, 2)]);
    }

    async fn everything_once() {
        for (count, workers) in [(0, 3), (1, 0), (7, 1), (7, 3), (3, 7)] {
            let mut done = side_by_side(count, workers, async |number| anyhow::Ok(number)).await.unwrap();
            done.sort_unstable();
            assert_eq!(done, (0..count).collect::<Vec<_>>(), "{workers} workers");
        }
        let failed = side_by_side(7, 3, async |number| match number {
            4 => Err(anyhow::anyhow!("the fifth")),
            number => Ok(number),
        });
        assert_eq!(failed.await.unwrap_err().to_string(), "the fifth");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_is_done_once_on_many_threads() {
        everything_once().await;
    }

    #[tokio::test]
    async fn each_is_done_once_on_one_thread() {
        everything_once().await;
    }
}
