//! `demo`: the whole pipeline on this machine, told as it goes.
//!
//! Nothing goes round HTTP: this machine's agent is a process of its own that knows an address and a key, and so
//! are the simulated hosts' posts. With the port taken away the demo fails.

mod questions;

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context, bail};
use lake::SystemClock;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::oneshot;

use crate::compaction::CompactArguments;
use crate::fleet::{self, FleetArguments};
use crate::gateway::{self, Gateway};
use crate::place::Place;
use crate::query::Engine;
use crate::{Folder, compaction, proof, screen, up};

/// The simulated fleet: small enough for a laptop's minute, large enough to have a day worth asking about.
const HOSTS: u32 = 6;

/// Runs the demo on `data`, or on a temporary folder that is removed at the end.
pub(crate) async fn run(data: Option<&Path>) -> anyhow::Result<()> {
    let temporary = match data {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("cannot make a temporary folder")?),
    };
    let path = data.or(temporary.as_ref().map(|folder| folder.path())).unwrap_or(Path::new("."));
    let folder = Folder::open(path)?;
    screen::line("Endpoint Metrics: the whole pipeline on this machine, by the code that runs on AWS\n");
    let removed = if temporary.is_some() { " (removed at the end; --data DIR keeps one)" } else { "" };
    step("data", format_args!("{}{removed}", folder.path().display()));

    post_this_machine(&folder).await?;
    post_a_fleet(&folder).await?;
    compact_and_verify(&folder).await?;
    questions::ask(&Engine::open(&folder).await?).await?;

    let path = folder.path().display();
    let keep = if temporary.is_some() { "endpoint-metrics demo --data lake\n" } else { "" };
    let lake = if temporary.is_some() { "lake".to_owned() } else { path.to_string() };
    screen::line(format_args!(
        "Try next (cargo run -- … from the repository):
{keep}endpoint-metrics query --data {lake} 'SELECT table_name, column_name, data_type FROM information_schema.columns'
endpoint-metrics verify --data {lake}
endpoint-metrics up --data {lake}
endpoint-metrics --help"
    ));
    Ok(())
}

fn step(what: &str, result: impl std::fmt::Display) {
    screen::line(format_args!("{what:<9}{result}"));
}

/// What names this machine where it has no id of its own, as in some containers: a demonstration works there too.
fn an_id() -> &'static [&'static str] {
    match std::fs::read_to_string("/etc/machine-id") {
        Ok(id) if id.trim().is_empty() => &["--host-id", "this-machine"],
        Err(_) if cfg!(target_os = "linux") => &["--host-id", "this-machine"],
        _ => &[],
    }
}

/// Starts a gateway on a free port and lets the agent, a process of its own, post to it.
async fn post_this_machine(folder: &Folder) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot listen on 127.0.0.1")?;
    let address = listener.local_addr()?;
    let api_key = up::made_key()?;
    step("gateway", format_args!("http://{address}{}, API key required", gateway::PUT_METRICS));
    let gateway =
        Gateway { api_key: api_key.clone(), store: folder.buckets.raw.clone(), clock: Arc::new(SystemClock) };
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(gateway::serve(listener, gateway, async move {
        let _ = stopped.await;
    }));

    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let agent = Command::new(program)
        .args(["agent", "--once", "--state-dir"])
        .arg(folder.path().join("agent"))
        .args(an_id())
        .env("INSTANCE_METRICS_URL", format!("http://{address}{}", gateway::PUT_METRICS))
        .env("INSTANCE_METRICS_APIKEYSECRET", api_key)
        .stdin(Stdio::null())
        .output()
        .await
        .context("cannot start the agent")?;
    if !agent.status.success() {
        bail!("the agent could not post this machine: {}", String::from_utf8_lossy(&agent.stderr).trim());
    }
    let rows = Engine::open(folder).await?.run(questions::ARRIVED).await?;
    step(
        "agent",
        format_args!("a process of its own sampled this machine and posted it: {}", questions::words(&rows)?),
    );
    drop(stop);
    serving.await?.context("the gateway failed")
}

async fn post_a_fleet(folder: &Folder) -> anyhow::Result<()> {
    let fleet = FleetArguments { hosts: HOSTS, ..FleetArguments::default() };
    let day = fleet.first_day();
    let posted = fleet::post(folder, &fleet).await?;
    step(
        "fleet",
        format_args!(
            "{HOSTS} simulated hosts lived through {day} and posted it over HTTP: {}",
            fleet::summary(&posted)
        ),
    );
    Ok(())
}

async fn compact_and_verify(folder: &Folder) -> anyhow::Result<()> {
    let place = Place::folder(folder.path());
    let outcome = compaction::all(&place, &SystemClock, &CompactArguments::default()).await?;
    if let Some((commit, why)) = outcome.failed.first() {
        bail!("{commit} is not committed: {why}");
    }
    for manifest in &outcome.committed {
        step("compact", compaction::summary(manifest));
        let verified = compactor::verify(&folder.buckets, manifest.day).await?;
        step("verify", proof::summary(&verified));
        if let Some(finding) = verified.findings.first() {
            bail!("{}: {}", finding.commit, finding.what);
        }
        let ratio = manifest.raw_bytes as f64 / manifest.lake_bytes.max(1) as f64;
        step(
            "bytes",
            format_args!(
                "raw {} (zstd JSON) against Parquet {}: {ratio:.1} to 1",
                screen::bytes(manifest.raw_bytes),
                screen::bytes(manifest.lake_bytes),
            ),
        );
    }
    Ok(())
}
