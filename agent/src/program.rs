//! From the command line to a running agent: everything is found, checked and opened here, once.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use snapshot::Stream;
use tokio::signal::unix::{SignalKind, signal};

use crate::agent::{Agent, Parts};
use crate::arguments::Arguments;
use crate::clock::{Clock, SystemClock};
use crate::collect::{Collector, DEADLINE, Frame, Origins, Sampler, Watched};
use crate::identity::{self, Identity, Looking};
use crate::imds;
use crate::news::News;
use crate::pace::Pace;
use crate::privacy::Private;
use crate::random::Random;
use crate::redact::{Key, Redactor};
use crate::send::Courier;
use crate::settings::Settings;
use crate::spool::{self, Opening, Spool};

/// Runs the agent on this host until it is done or told to stop by SIGTERM or SIGINT.
///
/// # Errors
///
/// A setting that is missing, a folder that cannot be used, and with `--once` whatever was not accepted.
pub async fn main(arguments: Arguments) -> anyhow::Result<()> {
    let clock = SystemClock;
    if arguments.print {
        return print(&arguments, &clock).await;
    }
    // Heard from now on, so that a stop during the start is not lost.
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let settings = settings(&arguments);
    let random = Random::from_kernel()?;
    start(&arguments, settings, random, Arc::new(clock), shutdown).await
}

fn settings(arguments: &Arguments) -> Settings {
    Settings {
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| crate::settings::NAMES.contains(&name.as_str()))
            .collect::<BTreeMap<_, _>>(),
        file: arguments.config.clone(),
        url_secret: arguments.url_secret.clone(),
        key_secret: arguments.key_secret.clone(),
    }
}

async fn start(
    arguments: &Arguments,
    settings: Settings,
    mut random: Random,
    clock: Arc<dyn Clock>,
    shutdown: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let folder = &arguments.state_dir;
    let wishes = settings.wishes()?;
    let lock = spool::lock(folder)?;
    let courier = Courier::new(settings, arguments.allow_http, clock.now_ms()).await?;
    let identity = find(arguments, &*clock, true).await?;
    let opening = Opening {
        folder,
        host_id: &identity.host_id,
        boot_id: &identity.boot_id,
        batch: usize::from(arguments.batch),
        limit_bytes: u64::from(arguments.spool_limit_mb) << 20,
        now_ms: clock.now_ms(),
    };
    let spool = Spool::open_locked(&opening, lock, &mut random)?;
    let news = News::open(folder, clock.now_ms())?;
    let redactor = Redactor::new(Key::load_or_make(folder)?).with_rules(wishes.rules);
    let host_id = identity.host_id.clone();
    let pace = Pace::new(i64::from(arguments.interval_s) * 1000, usize::from(arguments.batch), &host_id);
    let started_at_ms = clock.now_ms();
    let origins = Origins::open(folder, &identity.boot_id, true);
    let collector = Collector::new(Path::new("/"), identity.clone(), redactor, origins, started_at_ms);
    let sampler = Watched::new(collector, identity, started_at_ms, DEADLINE)?;
    let sampler = Private { sampler, privacy: wishes.privacy };
    let agent = Agent::new(Parts { host_id, sampler, spool, news, pace, random, clock, courier });
    if arguments.once { agent.once().await } else { agent.run(shutdown).await }
}

/// `--print`: touches no spool and makes no folder; a key that the folder has is used, so that hashes are the same.
async fn print(arguments: &Arguments, clock: &dyn Clock) -> anyhow::Result<()> {
    let wishes = settings(arguments).wishes()?;
    let identity = find(arguments, clock, false).await?;
    let key = match Key::load(&arguments.state_dir) {
        Ok(Some(key)) => key,
        // None there, or not for this user to read: a key of the moment.
        _ => Key::random()?,
    };
    let host_id = identity.host_id.clone();
    let redactor = Redactor::new(key).with_rules(wishes.rules);
    let now_ms = clock.now_ms();
    // What the agent that runs here knows is shown too.
    let origins = Origins::open(&arguments.state_dir, &identity.boot_id, false);
    let collector = Collector::new(Path::new("/"), identity.clone(), redactor, origins, now_ms);
    let sampler = Watched::new(collector, identity, now_ms, DEADLINE)?;
    let mut sampler = Private { sampler, privacy: wishes.privacy };
    let snapshot = sampler.sample(Frame {
        host_id,
        stream: Stream(Random::from_kernel()?.number()),
        seq: 0,
        follows: None,
        observed_at_ms: clock.now_ms(),
        stopping: false,
        spool_snapshots: 0,
        dropped_snapshots: 0,
    });
    let mut text = serde_json::to_string_pretty(&snapshot).context("write a snapshot as JSON")?;
    text.push('\n');
    match std::io::stdout().write_all(text.as_bytes()) {
        // `--print | head` is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("write to standard output"),
    }
}

async fn find(arguments: &Arguments, clock: &dyn Clock, keep: bool) -> anyhow::Result<Identity> {
    let disabled =
        std::env::var("AWS_EC2_METADATA_DISABLED").is_ok_and(|value| value.eq_ignore_ascii_case("true"));
    let given = std::env::var("AWS_EC2_METADATA_SERVICE_ENDPOINT").ok();
    let address = given.as_deref().unwrap_or(imds::ADDRESS);
    identity::find(Looking {
        root: Path::new("/"),
        state_dir: &arguments.state_dir,
        keep,
        host_id: arguments.host_id.as_ref(),
        metadata: (!disabled).then_some(address.trim_end_matches('/')),
        metadata_given: given.is_some(),
        now_ms: clock.now_ms(),
    })
    .await
}
