//! `compact`: every day that is due, with a bar.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;

use compactor::{HELD_ABOVE_PERCENT, Outcome, Progress, Rolled, Settings, compact, compact_day};
use indicatif::ProgressBar;
use lake::{Clock, CommitId, Day, Manifest, SetClock, SystemClock};

use crate::Folder;
use crate::screen;

/// Hosts in a shard. Smaller than on AWS, so that a small fleet keeps every core busy.
const HOSTS_PER_SHARD: usize = 50;

/// Runs the command. Exit code 1 when a commit failed.
pub(crate) async fn run(data: &Path, day: Option<Day>, now_ms: Option<i64>) -> anyhow::Result<ExitCode> {
    let folder = Folder::existing(data)?;
    let clock: Box<dyn Clock> = match now_ms {
        Some(now_ms) => Box::new(SetClock::new(now_ms)),
        None => Box::new(SystemClock),
    };
    let outcome = match day {
        Some(day) => one(&folder, day, clock.as_ref()).await?,
        None => all(&folder, clock.as_ref()).await?,
    };
    if outcome == Outcome::default() {
        screen::line("nothing to do: every closed day is committed");
    }
    for manifest in &outcome.committed {
        screen::line(summary(manifest));
    }
    for Rolled { month, generation, manifests } in &outcome.rolled {
        screen::line(format_args!("{month}: {manifests} manifests rolled up, generation {generation}"));
    }
    let complaints = outcome.complaints();
    complaints.iter().for_each(|words| screen::note(format_args!("endpoint-metrics: {words}")));
    Ok(if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every commit that is due.
pub(crate) async fn all(folder: &Folder, clock: &dyn Clock) -> anyhow::Result<Outcome> {
    let bar = Bar::default();
    compact(&folder.buckets, clock, &settings(&bar)).await
}

async fn one(folder: &Folder, day: Day, clock: &dyn Clock) -> anyhow::Result<Outcome> {
    let bar = Bar::default();
    let committed = compact_day(&folder.buckets, day, clock, &settings(&bar)).await?;
    Ok(Outcome { committed: committed.into_iter().collect(), ..Outcome::default() })
}

fn settings<'s>(bar: &'s Bar) -> Settings<'s> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    Settings {
        hosts_per_shard: HOSTS_PER_SHARD,
        workers,
        until_ms: i64::MAX,
        first_day: None,
        held_above_percent: HELD_ABOVE_PERCENT,
        progress: bar,
    }
}

/// One line about a commit.
pub(crate) fn summary(manifest: &Manifest) -> String {
    let more = |count: u64, what: &str| match count {
        0 => String::new(),
        count => format!(", {} {what}", screen::count(count)),
    };
    format!(
        "{}: {} snapshots of {} hosts, {} rows, raw {} -> Parquet {}{}{}",
        manifest.commit_id,
        screen::count(manifest.snapshots),
        screen::count(manifest.hosts),
        screen::count(manifest.rows),
        screen::bytes(manifest.raw_bytes),
        screen::bytes(manifest.lake_bytes),
        more(manifest.dropped, "repeats dropped"),
        more(manifest.quarantined, "quarantined"),
    )
}

/// One bar a commit.
#[derive(Default)]
struct Bar(Mutex<Option<ProgressBar>>);

impl Bar {
    fn with(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        // A bar that a panic left half drawn is still a bar.
        act(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl Progress for Bar {
    fn begin(&self, commit: CommitId, _shards: usize) {
        self.with(|bar| {
            let new = screen::bar("compact", 0);
            new.set_message(commit.to_string());
            *bar = Some(new);
        });
    }

    fn listed(&self, objects: u64) {
        self.with(|bar| bar.iter().for_each(|bar| bar.inc_length(objects)));
    }

    fn objects(&self, count: u64) {
        self.with(|bar| bar.iter().for_each(|bar| bar.inc(count)));
    }

    fn committed(&self, _manifest: &Manifest) {
        self.with(|bar| bar.take().iter().for_each(ProgressBar::finish_and_clear));
    }
}
