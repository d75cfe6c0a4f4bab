//! Files of an older schema, asked in SQL of today.

use std::fs;
use std::path::Path;

use lake::TableName;
use serde_json::json;

use crate::program::{good, query};

/// The tables of which the crate `compactor` keeps a file that an older program wrote.
pub(crate) const OLDER: [TableName; 2] = [TableName::Hosts, TableName::ProcessRuns];

/// Such a file.
pub(crate) fn file(table: TableName) -> Vec<u8> {
    let older = format!("{}/../compactor/tests/golden/older/{table}.parquet", env!("CARGO_MANIFEST_DIR"));
    fs::read(older).unwrap()
}

/// The files' day, committed: what lies in the lake's bucket then, by key.
pub(crate) fn committed() -> Vec<(String, Vec<u8>)> {
    let manifest = json!({
        "version": 1, "commit_id": "2026-11-20.0", "day": "2026-11-20", "committed_at_ms": 1_795_223_220_000_i64,
        "snapshots": 4, "hosts": 1, "rows": 9, "raw_bytes": 1, "lake_bytes": 1, "objects": 1, "dropped": 0,
        "quarantined": 0, "quarantined_bytes": 0, "program": "endpoint-metrics 0.0.9",
    });
    let manifest = ("manifests/dt=2026-11-20/0.json".to_owned(), format!("{manifest}\n").into_bytes());
    let key = |table| format!("lake/{table}/dt=2026-11-20/2026-11-20.0-00000.parquet");
    OLDER.map(|table| (key(table), file(table))).into_iter().chain([manifest]).collect()
}

fn commit_older_files(data: &Path) {
    for (key, object) in committed() {
        let place = data.join("lake-bucket").join(key);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, object).unwrap();
    }
}

#[test]
fn a_column_that_joined_later_is_null_in_older_files() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let told = data.to_str().unwrap();
    good(&[
        "simulate",
        "--data",
        told,
        "--hosts",
        "1",
        "--minutes",
        "3",
        "--seed",
        "7",
        "--start",
        "2026-11-21",
    ]);
    commit_older_files(data);
    good(&["compact", "--data", told, "--now", "2026-11-22T02:00:00Z"]);

    let sql = "SELECT dt, count(*) AS samples, count(kernel) AS kernels, count(dropped_snapshots) AS dropped \
               FROM hosts GROUP BY dt ORDER BY dt";
    let rows = query(data, sql);
    // Two of the older file's samples know their kernel, and none what a later program asks.
    assert_eq!(rows[0], json!({"dt": "2026-11-20", "samples": 4, "kernels": 2, "dropped": 0}));
    assert_eq!(rows[1], json!({"dt": "2026-11-21", "samples": 3, "kernels": 3, "dropped": 3}));

    let sql = "SELECT pid, samples, rss_bytes_max FROM process_runs WHERE dt = '2026-11-20' AND pid = 1";
    // NULL has no member in a line of JSON.
    assert_eq!(query(data, sql), [json!({"pid": 1, "samples": 4})]);
}
