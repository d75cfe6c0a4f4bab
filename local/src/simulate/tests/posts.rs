//! A run against the real gateway with ingest behind it.

use std::sync::Arc;

use lake::{DirectoryStore, Key, SetClock, Store};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::super::{Fleet, Summary, Target, minutes_from, simulate};
use crate::gateway::{Gateway, PUT_METRICS, serve};

const SEED: u64 = 7;
const HOSTS: u32 = 6;

/// Lets a fleet live through the minutes around a midnight, twice, and gives what either run and the store say.
async fn run(api_key: &str) -> anyhow::Result<(Summary, Summary, Vec<Key>)> {
    let folder = tempfile::tempdir()?;
    let store: Arc<dyn Store> = Arc::new(DirectoryStore::open(folder.path().join("raw"))?);
    let clock = Arc::new(SetClock::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}{PUT_METRICS}", listener.local_addr()?);
    let gateway = Gateway { api_key: "right".into(), store: store.clone(), clock: clock.clone() };
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, gateway, async {
        let _ = stopped.await;
    }));
    let target = Target { url, api_key: api_key.into() };
    let fleet = Fleet::new(SEED, HOSTS);
    let mut minutes = minutes_from("2026-11-20".parse().map_err(anyhow::Error::msg)?, 1440 + 20);
    minutes.start += 1400;
    let mut told = Vec::new();
    let first = simulate(&fleet, minutes.clone(), &target, &clock, |summary| told.push(*summary)).await?;
    assert_eq!(told.last(), Some(&first));
    let second = simulate(&fleet, minutes, &target, &clock, |_| {}).await?;
    let found = store.list_all("").await?;
    let keys = found.into_iter().map(|found| found.key.parse().map_err(anyhow::Error::msg));
    let keys = keys.collect::<anyhow::Result<_>>()?;
    drop(stop);
    server.await??;
    Ok((first, second, keys))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_run_posts_only_duplicates() {
    let (first, second, keys) = run("right").await.unwrap();
    assert_eq!((first.hosts, first.minutes, first.duplicates), (HOSTS, 60, 0));
    // The batch host sleeps over midnight, unless the seed moves it about.
    assert!(first.snapshots >= 5 * 55 && first.snapshots <= 6 * 60, "seed {SEED}: {first:?}");
    assert_eq!(second, Summary { duplicates: first.batches, ..first });
    let raw: Vec<_> =
        keys.iter().map(|key| if let Key::Raw(raw) = key { raw } else { panic!("{key}: late?") }).collect();
    assert_eq!(raw.len() as u64, first.batches);
    assert_eq!(raw.iter().map(|key| key.count as u64).sum::<u64>(), first.snapshots);
    let days: std::collections::BTreeSet<String> = raw.iter().map(|key| key.day.to_string()).collect();
    assert_eq!(days.into_iter().collect::<Vec<_>>(), ["2026-11-20", "2026-11-21"]);
}

#[tokio::test]
async fn a_refused_post_names_host_batch_and_answer() {
    let error = format!("{:#}", run("wrong").await.unwrap_err());
    for part in ["web-001", "i-0", "stream", "2026-11-20", "answered 403"] {
        assert!(error.contains(part), "'{part}' in: {error}");
    }
}
