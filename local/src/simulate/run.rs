//! Lives through minutes: makes every host's batches and posts them, a quarter of an hour at a time.

use std::ops::Range;
use std::sync::Arc;

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use lake::{Clock, Day, SetClock};
use snapshot::MAX_BATCH;

use super::fleet::Fleet;
use super::host::Host;
use super::post::{Posted, Poster, Target};
use super::rhythm::MINUTE_MS;

/// A quarter of an hour in minutes: what a batch holds.
const QUARTER: i64 = MAX_BATCH as i64;
/// How long after a quarter's end its batches arrive.
const ARRIVAL_MS: i64 = 20_000;
/// Hosts that are worked on at the same time: enough to keep two cores and the gateway busy, few enough that the
/// bodies in flight take little memory.
const AT_ONCE: usize = 8;

/// What a run has done so far, or in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Hosts of the fleet.
    pub hosts: u32,
    /// Minutes lived through.
    pub minutes: i64,
    /// Snapshots posted.
    pub snapshots: u64,
    /// Batches posted.
    pub batches: u64,
    /// Bytes of the snapshots as JSON.
    pub json_bytes: u64,
    /// Bytes posted: the same compressed.
    pub bytes_posted: u64,
    /// Batches that had arrived before.
    pub duplicates: u64,
}

/// The minutes from the beginning of a day on, counted from 1970 UTC: what [`simulate`] takes.
pub fn minutes_from(day: Day, minutes: i64) -> Range<i64> {
    let first = day.start_ms() / MINUTE_MS;
    first..first + minutes.max(0)
}

/// Lets the fleet live through `minutes` (counted from 1970 UTC) and posts what it sees to the target, which must be
/// served with the same `clock`: the clock is set to the arrival, 20 seconds after each quarter of an hour, before its
/// posts. `progress` is told after each quarter. A run that is repeated posts the same batches, and so only
/// duplicates.
pub async fn simulate(
    fleet: &Fleet,
    minutes: Range<i64>,
    target: &Target,
    clock: &SetClock,
    mut progress: impl FnMut(&Summary),
) -> anyhow::Result<Summary> {
    let poster = Arc::new(Poster::new(target)?);
    let mut summary = Summary { hosts: fleet.hosts(), ..Summary::default() };
    let mut hosts = Vec::new();
    for number in 0..fleet.hosts() {
        hosts.push(fleet.host(number)?);
    }
    let mut from = minutes.start;
    while from < minutes.end {
        let until = (from.div_euclid(QUARTER) * QUARTER + QUARTER).min(minutes.end);
        clock.set(until * MINUTE_MS + ARRIVAL_MS);
        let quarter = hosts.into_iter().map(|host| live(host, from..until, &poster, clock));
        // In order, so that the hosts come back as they went.
        let lived: Vec<(Host, Summary)> = stream::iter(quarter).buffered(AT_ONCE).try_collect().await?;
        hosts = Vec::new();
        for (host, posted) in lived {
            summary.snapshots += posted.snapshots;
            summary.batches += posted.batches;
            summary.json_bytes += posted.json_bytes;
            summary.bytes_posted += posted.bytes_posted;
            summary.duplicates += posted.duplicates;
            hosts.push(host);
        }
        summary.minutes += until - from;
        progress(&summary);
        from = until;
    }
    Ok(summary)
}

/// One host's quarter of an hour. It is put together away from the threads that speak HTTP.
async fn live(
    mut host: Host,
    minutes: Range<i64>,
    poster: &Poster,
    clock: &dyn Clock,
) -> anyhow::Result<(Host, Summary)> {
    let name = host.identity().name.clone();
    let made = tokio::task::spawn_blocking(move || {
        let batches = host.batches(minutes)?;
        let bodies = batches.iter().map(|batch| batch.compressed()).collect::<anyhow::Result<Vec<_>>>()?;
        anyhow::Ok((host, batches, bodies))
    });
    let (host, batches, bodies) = made.await?.with_context(|| format!("simulate {name}"))?;
    let mut summary = Summary::default();
    for (batch, body) in batches.iter().zip(bodies) {
        let Posted { bytes, duplicate } = poster.post(batch, body, clock).await?;
        summary.snapshots += batch.snapshots as u64;
        summary.batches += 1;
        summary.json_bytes += batch.body.len() as u64;
        summary.bytes_posted += bytes as u64;
        summary.duplicates += u64::from(duplicate);
    }
    Ok((host, summary))
}
