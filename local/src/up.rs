//! `up`: gateway, ingest and scheduled compaction on a folder, until Ctrl-C.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use lake::{Clock, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::compaction::{CompactArguments, Expire};
use crate::gateway::{self, Gateway};
use crate::place::Place;
use crate::{Folder, compaction, screen};

/// How often it looks for what is due: two listings, so more often than AWS's hourly schedule costs nothing here.
const LOOK: Duration = Duration::from_secs(60);

/// Serves until Ctrl-C or SIGTERM.
pub(crate) async fn run(
    data: &Path,
    listen: &str,
    api_key: Option<String>,
    expire: Expire,
) -> anyhow::Result<()> {
    // Heard from the first moment on.
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    };
    // What is refused and why, as the Lambda's log has it. Where one is set up already, it is that one's.
    let log = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::WARN);
    drop(log.with_writer(std::io::stderr).try_init());
    let folder = Folder::open(data)?;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on '{listen}' (expected ADDRESS:PORT)"))?;
    let api_key = match api_key {
        Some(key) => key,
        None => made_key()?,
    };
    let address = listener.local_addr()?;
    screen::line(format_args!(
        "listening   http://{address}{}
api key     {api_key}
data        {}
an agent    INSTANCE_METRICS_URL=http://{address}{} INSTANCE_METRICS_APIKEYSECRET={api_key} endpoint-metrics-agent --state-dir /tmp/agent
a question  endpoint-metrics query --data {} 'SELECT ts, host_name, processes FROM hosts ORDER BY ts DESC LIMIT 5'
Ctrl-C stops",
        gateway::PUT_METRICS,
        folder.path().display(),
        gateway::PUT_METRICS,
        folder.path().display(),
    ));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let gateway = Gateway { api_key, store: folder.buckets.raw.clone(), clock: clock.clone() };
    let (stopping, stopped) = oneshot::channel();
    let serving = gateway::serve(listener, gateway, async move {
        stop.await;
        let _ = stopping.send(());
    });
    // A task of its own: compaction keeps its thread busy, and the gateway must go on meanwhile.
    let compacting = tokio::spawn(compact_until(folder, clock, expire, stopped));
    let (served, compacted) = tokio::join!(serving, compacting);
    compacted.context("compaction ended in the midst")?;
    screen::line("stopped");
    served.context("the server failed")
}

/// Compacts what is due, now and again, until told to stop. A run under way ends first: it would only be done again.
async fn compact_until(
    folder: Folder,
    clock: Arc<dyn Clock>,
    expire: Expire,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut look = tokio::time::interval(LOOK);
    let (place, arguments) =
        (Place::folder(folder.path()), CompactArguments { expire, ..CompactArguments::default() });
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            _ = look.tick() => {}
        }
        match compaction::all(&place, clock.as_ref(), &arguments).await {
            Ok(outcome) => {
                outcome.committed.iter().for_each(|manifest| screen::line(compaction::summary(manifest)));
                for words in outcome.complaints() {
                    screen::note(format_args!("endpoint-metrics: {words}"));
                }
            }
            Err(error) => screen::error(&error.context("cannot compact now")),
        }
    }
}

/// A key of 128 random bits.
pub(crate) fn made_key() -> anyhow::Result<String> {
    let mut key = [0; 16];
    getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("cannot make a key: {error}"))?;
    Ok(format!("{:032x}", u128::from_be_bytes(key)))
}
