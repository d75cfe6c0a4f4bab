//! `compact`: every day that is due, with a bar.

use std::process::ExitCode;
use std::sync::Mutex;

use anyhow::Context;
use compactor::{
    ExpireDays, Expiry, HELD_ABOVE_PERCENT, Outcome, Progress, Rolled, Settings, compact, compact_day,
};
use indicatif::ProgressBar;
use lake::{Clock, CommitId, Day, Manifest, SetClock, SystemClock};

use crate::place::Place;
use crate::{expiry, screen};

/// What the command may be told besides.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct CompactArguments {
    /// Only this day, and also if nothing says that it is due: takes what no commit has
    #[arg(long, value_name = "DAY")]
    pub day: Option<Day>,
    /// As if it were this moment, 2026-11-20T03:12 (UTC, or with an offset)
    #[arg(long, value_name = "TIME", value_parser = crate::moment::parse)]
    pub now: Option<i64>,
    /// The Lambda's FIRST_DAY: every day from here on gets a commit, also one without data
    #[arg(long, value_name = "DAY")]
    pub first_day: Option<Day>,
    #[command(flatten)]
    pub hold: Hold,
    #[command(flatten)]
    pub expire: Expire,
}

/// When a commit is held.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Hold {
    /// Hold a commit, until somebody accepts it, when more than this of its raw bytes cannot be read
    #[arg(long, value_name = "PERCENT", default_value_t = HELD_ABOVE_PERCENT)]
    pub held_above_percent: f64,
}

/// Whether raw expires.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Expire {
    /// Let raw objects expire so many days after they arrived, 14 or more, once their day is proven to lie in the lake;
    /// without it nothing expires
    #[arg(long, value_name = "DAYS")]
    pub expire_days: Option<ExpireDays>,
}

impl Default for CompactArguments {
    fn default() -> Self {
        let hold = Hold { held_above_percent: HELD_ABOVE_PERCENT };
        Self { day: None, now: None, first_day: None, hold, expire: Expire::default() }
    }
}

/// Runs the command. Exit code 1 when a commit failed.
pub(crate) async fn run(place: &Place, arguments: &CompactArguments) -> anyhow::Result<ExitCode> {
    let clock: Box<dyn Clock> = match arguments.now {
        Some(now_ms) => Box::new(SetClock::new(now_ms)),
        None => Box::new(SystemClock),
    };
    let outcome = match arguments.day {
        Some(day) => one(place, day, clock.as_ref(), arguments).await?,
        None => all(place, clock.as_ref(), arguments).await?,
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
pub(crate) async fn all(
    place: &Place,
    clock: &dyn Clock,
    arguments: &CompactArguments,
) -> anyhow::Result<Outcome> {
    let bar = Bar::named("compact");
    let buckets = place.buckets().await?;
    let Some(days) = arguments.expire.expire_days else {
        return compact(&buckets, clock, &settings(place, arguments, None, &bar)).await;
    };
    let lifecycle = place.lifecycle().await?;
    let expiry = Some(Expiry { lifecycle: lifecycle.as_ref(), days: Some(days) });
    let outcome = compact(&buckets, clock, &settings(place, arguments, expiry, &bar)).await?;
    expiry::say(&outcome.closing, days);
    if place.is_folder() {
        expiry::act(&buckets, lifecycle.as_ref(), clock).await?;
    }
    Ok(outcome)
}

async fn one(
    place: &Place,
    day: Day,
    clock: &dyn Clock,
    arguments: &CompactArguments,
) -> anyhow::Result<Outcome> {
    let bar = Bar::named("compact");
    let settings = settings(place, arguments, None, &bar);
    let committed = compact_day(&place.buckets().await?, day, clock, &settings).await;
    let committed = committed.with_context(|| format!("{day} is not committed"))?;
    Ok(Outcome { committed: committed.into_iter().collect(), ..Outcome::default() })
}

fn settings<'s>(
    place: &Place,
    arguments: &CompactArguments,
    expiry: Option<Expiry<'s>>,
    bar: &'s Bar,
) -> Settings<'s> {
    Settings {
        hosts_per_shard: place.hosts_per_shard(),
        workers: std::thread::available_parallelism().map_or(1, usize::from),
        until_ms: i64::MAX,
        first_day: arguments.first_day,
        held_above_percent: arguments.hold.held_above_percent,
        expiry,
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
pub(crate) struct Bar {
    what: &'static str,
    bar: Mutex<Option<ProgressBar>>,
}

impl Bar {
    /// No bar yet; each will say `what` goes on.
    pub(crate) fn named(what: &'static str) -> Self {
        Self { what, bar: Mutex::default() }
    }

    fn with(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        // A bar that a panic left half drawn is still a bar.
        act(&mut self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl Progress for Bar {
    fn begin(&self, commit: CommitId, _shards: usize) {
        self.with(|bar| {
            let new = screen::bar(self.what, 0);
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
