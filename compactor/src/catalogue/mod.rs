//! The starts of two tables' ranges, moved as days are done with.
//!
//! A query lists each day that a projected table has. `raw_open` need only have the days that a view may still take from
//! raw, `manifest_days` those of the months that are not rolled up. A start that lags behind costs bytes and never a wrong
//! answer, so this comes last in a run; a start never moves back, and nothing else of a table is touched.

mod glue;

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use lake::{Clock, CommitId, Day, Key, Manifest, Month, Store, prefix};
use serde_json::Value;

use crate::ddl::{MANIFEST_DAYS, RANGE, RANGE_END, RAW_OPEN};
use crate::{Buckets, record};

pub use glue::Catalogue;
use glue::GlueError;

/// A day is left out of `raw_open` this long after its first commit: views take it from the lake 15 minutes after, and
/// a query that began before may still be reading.
const SETTLED_MS: i64 = 24 * 3_600_000;

/// A start that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Of which table.
    pub table: &'static str,
    /// Where it was.
    pub from: Day,
    /// Where it is.
    pub to: Day,
}

/// Moves both starts as far as they may be, and says which were moved.
pub async fn move_starts(
    catalogue: &Catalogue,
    buckets: &Buckets,
    clock: &dyn Clock,
) -> anyhow::Result<Vec<Moved>> {
    let mut moved = Vec::new();
    for table in [RAW_OPEN, MANIFEST_DAYS] {
        moved.extend(move_start(catalogue, table, buckets, clock).await?);
    }
    Ok(moved)
}

async fn move_start(
    catalogue: &Catalogue,
    name: &'static str,
    buckets: &Buckets,
    clock: &dyn Clock,
) -> anyhow::Result<Option<Moved>> {
    // Twice: whoever else changes the table does so between a read and a write of ours once, and hardly again.
    for last in [false, true] {
        let table = catalogue.table(name, clock).await?;
        let from = start(&table).with_context(|| format!("table {name}"))?;
        let to = match name {
            RAW_OPEN => oldest_open(buckets, from, clock.now_ms()).await?,
            _ => oldest_unrolled(buckets, from).await?,
        };
        if to <= from {
            return Ok(None);
        }
        let mut changed = table;
        changed["Parameters"][RANGE] = format!("{to}{RANGE_END}").into();
        match catalogue.update(name, changed, clock).await {
            Ok(()) => return Ok(Some(Moved { table: name, from, to })),
            Err(GlueError::Changed(_)) if !last => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// The first day of a table's range.
fn start(table: &Value) -> anyhow::Result<Day> {
    let range = table["Parameters"][RANGE].as_str().unwrap_or_default();
    let day = range.strip_suffix(RANGE_END).and_then(|day| day.parse().ok());
    day.with_context(|| format!("{RANGE} is '{range}', expected DAY{RANGE_END}"))
}

/// The oldest day, from `from` on, whose first commit is not there or not yet settled. What is older than all that there
/// is has nothing to show.
async fn oldest_open(buckets: &Buckets, from: Day, now_ms: i64) -> anyhow::Result<Day> {
    let committed = days(buckets.lake.as_ref(), prefix::MANIFEST_DAYS).await?;
    let raw = days(buckets.raw.as_ref(), prefix::RAW_DAYS).await?;
    let Some(oldest) = committed.first().into_iter().chain(raw.first()).min() else { return Ok(from) };
    let mut day = from.max(*oldest);
    while committed.contains(&day) {
        let first: Option<Manifest> =
            record::read(buckets.lake.as_ref(), &Key::Manifest(CommitId { day, number: 0 })).await?;
        if first.is_none_or(|manifest| manifest.committed_at_ms > now_ms - SETTLED_MS) {
            break;
        }
        day = day.next();
    }
    Ok(day)
}

/// The first day of the oldest month, from that of `from` on, that is not rolled up.
async fn oldest_unrolled(buckets: &Buckets, from: Day) -> anyhow::Result<Day> {
    let store = buckets.lake.as_ref();
    let Some(oldest) = days(store, prefix::MANIFEST_DAYS).await?.first().copied() else { return Ok(from) };
    let mut rolled: BTreeSet<Month> = BTreeSet::new();
    for found in store.list_all(prefix::MONTHS).await? {
        match found.key.parse() {
            Ok(Key::Month(month, _)) => rolled.insert(month),
            _ => bail!("{} is none of ours: move it away", found.key),
        };
    }
    let mut month = from.month().max(oldest.month());
    while rolled.contains(&month) {
        month = month.next();
    }
    Ok(from.max(month.first_day()))
}

async fn days(store: &dyn Store, beginning: &str) -> anyhow::Result<BTreeSet<Day>> {
    let found = store.list_all_prefixes(beginning).await?;
    Ok(found.iter().filter_map(|beginning| prefix::day_of(beginning)).collect())
}
