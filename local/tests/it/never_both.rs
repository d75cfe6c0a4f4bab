//! A row is seen once, wherever a commit stands: before it, between any two of its writes, after it, and when it lands while
//! a query runs. On the embedded engine; `trino/never_both.rs` has the same of Athena's.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use compactor::Buckets;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use lake::{SetClock, StoreError, TableName};
use local::Folder;
use local::query::Engine;

use crate::program::good;
use crate::stopping::{At, commit_the_day, one_put, stopping};

/// 2026-11-21 01:00 UTC, when the day can be committed.
const CLOSED_MS: i64 = 1_795_222_800_000;

fn simulated(folder: &Path) -> Folder {
    let data = folder.join("data");
    let fleet = ["--hosts", "3", "--minutes", "20", "--seed", "7", "--start", "2026-11-20T09:00"];
    good(&[&["simulate", "--data", data.to_str().unwrap()], &fleet[..]].concat());
    Folder::open(&data).unwrap()
}

/// All rows of some tables but for the commit that wrote them, in one order.
async fn rows(folder: &Folder) -> Vec<String> {
    let engine = Engine::open(folder).await.unwrap();
    let mut all = Vec::new();
    for table in [TableName::Hosts, TableName::Logins, TableName::ProcessRuns, TableName::Coverage] {
        let columns = compactor::Table::of(table).columns.iter().map(|column| column.name);
        let columns: Vec<&str> = columns.filter(|name| *name != "commit_id").chain(["dt"]).collect();
        for batch in engine.run(&format!("SELECT {} FROM {table}", columns.join(", "))).await.unwrap() {
            let options = FormatOptions::default().with_null("NULL");
            let columns = batch.columns().iter().map(|it| ArrayFormatter::try_new(it, &options).unwrap());
            let columns: Vec<ArrayFormatter<'_>> = columns.collect();
            let row = |at| columns.iter().map(|it| it.value(at).to_string()).collect::<Vec<_>>().join("|");
            all.extend((0..batch.num_rows()).map(|at| format!("{table} {}", row(at))));
        }
    }
    all.sort_unstable();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn between_any_two_writes_of_a_commit_each_row_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = simulated(folder.path());
    let before = rows(&folder).await;
    assert!(before.len() > 100);
    let clock = SetClock::new(CLOSED_MS);
    let mut puts = 0;
    while one_put(&folder.buckets, &clock).await {
        puts += 1;
        assert!(rows(&folder).await == before, "after put {puts}");
    }
    assert!(puts > 12, "{puts} puts: plan, keys, report, files, record, manifest");
    let committed =
        Engine::open(&folder).await.unwrap().run("SELECT count(commit_id) AS n FROM hosts").await.unwrap();
    assert!(!format!("{committed:?}").contains("[\n  0,\n]"), "rows come from the lake now");
}

/// Commits the day right before a call, or never.
#[derive(Debug)]
struct Lands {
    buckets: Buckets,
    before: usize,
    calls: AtomicUsize,
}

#[async_trait]
impl At for Lands {
    async fn call(&self) -> Result<(), StoreError> {
        if self.calls.fetch_add(1, Ordering::SeqCst) == self.before {
            assert!(commit_the_day(&self.buckets, &SetClock::new(CLOSED_MS)).await.unwrap().is_some());
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_lands_while_a_query_runs_changes_nothing_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = simulated(folder.path());
    let before = rows(&data).await;
    let mut calls = usize::MAX;
    let mut at = 0;
    while at < calls {
        let copy = folder.path().join(format!("copy-{at}"));
        copy_folder(data.path(), &copy);
        let mut copy = Folder::open(&copy).unwrap();
        let lands = Arc::new(Lands { buckets: copy.buckets.clone(), before: at, calls: AtomicUsize::new(0) });
        copy.buckets = stopping(&copy.buckets, lands.clone());
        assert!(rows(&copy).await == before, "a commit right before call {at}");
        let made = lands.calls.load(Ordering::SeqCst);
        // The first one sees the commit, and so asks for nothing raw; the second one knows how many calls there are.
        if at > 0 {
            calls = calls.min(made);
        }
        std::fs::remove_dir_all(copy.path()).unwrap();
        // Every call while the engine is opened, then some of those that read raw.
        at += if at < 4 { 1 } else { 3 };
    }
    assert!(calls > 8, "{calls} calls");
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        match entry.is_dir() {
            true => copy_folder(&entry, &to),
            false => drop(std::fs::copy(&entry, &to).unwrap()),
        }
    }
}
