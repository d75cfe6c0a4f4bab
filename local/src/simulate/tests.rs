//! What must be true of every fleet, on samples of all roles over days with reboots in them. Assertions name the seed,
//! so that what fails can be made again.

mod facts;
mod posts;
mod samples;

use snapshot::Snapshot;

use super::batch::Batch;
use super::fleet::Fleet;

/// 2026-11-20, a Friday, in minutes since 1970.
const START: i64 = 1_795_132_800 / 60;
const SEEDS: [u64; 3] = [1, 7, 20_261_120];

/// A host's batches, made a quarter of an hour at a time, as [`super::simulate`] makes them.
fn batches(fleet: &Fleet, number: u32, from: i64, minutes: i64) -> Vec<Batch> {
    let mut host = fleet.host(number).unwrap();
    (from..from + minutes)
        .step_by(15)
        .flat_map(|quarter| host.batches(quarter..(quarter + 15).min(from + minutes)).unwrap())
        .collect()
}

fn lines(batch: &Batch) -> impl Iterator<Item = &[u8]> {
    batch.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// A moment that the seed gave, somewhere within the first day's working hours.
fn minute_of(fleet: &Fleet, number: u32, wanted: impl Fn(&Snapshot<'_>) -> bool) -> Option<i64> {
    let batches = batches(fleet, number, START + 8 * 60, 8 * 60);
    let mut snapshots = batches.iter().flat_map(lines).map(|line| serde_json::from_slice(line).unwrap());
    snapshots.find(wanted).map(|snapshot| snapshot.observed_at_ms.get() / 60_000)
}
