//! `simulate`: a fleet that lives through days in seconds.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use lake::{Clock, Day, SetClock, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::gateway::{self, Gateway};
use crate::simulate::{Fleet, Summary, Target, simulate};
use crate::{Folder, screen, up};

const MINUTE_MS: i64 = 60_000;

/// Which fleet, and when.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct FleetArguments {
    /// How many hosts
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub hosts: u32,
    /// How many minutes they live through
    #[arg(long, value_name = "M", default_value_t = 1440, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub minutes: u32,
    /// The same seed gives the same fleet, byte for byte
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// The first day, or a moment of it; without it the last day that can be compacted now
    #[arg(long, value_name = "DAY", value_parser = crate::moment::parse)]
    pub start: Option<i64>,
}

impl Default for FleetArguments {
    fn default() -> Self {
        Self { hosts: 20, minutes: 1440, seed: 1, start: None }
    }
}

impl FleetArguments {
    /// The moment with which it begins, in milliseconds since 1970 UTC.
    fn start_ms(&self) -> i64 {
        // A day can be compacted from 01:00 UTC of the next day on.
        self.start.unwrap_or_else(|| Day::of_ms(SystemClock.now_ms() - 25 * 3_600_000).start_ms())
    }

    /// The day with which it begins.
    pub(crate) fn first_day(&self) -> Day {
        Day::of_ms(self.start_ms())
    }
}

/// Runs the command.
pub(crate) async fn run(data: &Path, arguments: &FleetArguments) -> anyhow::Result<()> {
    let folder = Folder::open(data)?;
    let posted = post(&folder, arguments).await?;
    let minutes = screen::count(u64::from(arguments.minutes));
    screen::line(format_args!(
        "{} hosts lived through {minutes} minutes from {} on: {}",
        screen::count(u64::from(posted.hosts)),
        arguments.first_day(),
        summary(&posted)
    ));
    screen::line(format_args!("next: endpoint-metrics compact --data {}", data.display()));
    Ok(())
}

/// Lets a fleet post into a folder, over HTTP as agents do. Its gateway's clock is the fleet's own, so that every batch
/// arrives when it would have arrived.
pub(crate) async fn post(folder: &Folder, arguments: &FleetArguments) -> anyhow::Result<Summary> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot listen on 127.0.0.1")?;
    let target = Target {
        url: format!("http://{}{}", listener.local_addr()?, gateway::PUT_METRICS),
        api_key: up::made_key()?,
    };
    let first = arguments.start_ms().div_euclid(MINUTE_MS);
    let minutes = first..first + i64::from(arguments.minutes);
    let clock = Arc::new(SetClock::new(first * MINUTE_MS));
    let gateway =
        Gateway { api_key: target.api_key.clone(), store: folder.buckets.raw.clone(), clock: clock.clone() };
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(gateway::serve(listener, gateway, async move {
        let _ = stopped.await;
    }));
    let bar = screen::bar("simulate", u64::from(arguments.minutes));
    let fleet = Fleet::new(arguments.seed, arguments.hosts);
    let posted =
        simulate(&fleet, minutes, &target, &clock, |so_far| bar.set_position(so_far.minutes.unsigned_abs()))
            .await;
    bar.finish_and_clear();
    drop(stop);
    serving.await?.context("the gateway failed")?;
    posted
}

/// What was posted, in words.
pub(crate) fn summary(posted: &Summary) -> String {
    let again = match posted.duplicates {
        0 => String::new(),
        duplicates => format!(", {} of them there already", screen::count(duplicates)),
    };
    format!(
        "{} snapshots in {} batches{again}, {} of JSON in {} on the wire",
        screen::count(posted.snapshots),
        screen::count(posted.batches),
        screen::bytes(posted.json_bytes),
        screen::bytes(posted.bytes_posted)
    )
}
