//! Files of an older schema, asked in SQL of today.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::program::{good, query};

/// The day of the older files, as the crate `compactor` fixes them, committed.
fn commit_older_files(data: &Path) {
    let lake = data.join("lake-bucket");
    for table in ["hosts", "process_runs"] {
        let day = lake.join(format!("lake/{table}/dt=2026-11-20"));
        fs::create_dir_all(&day).unwrap();
        let older = format!("{}/../compactor/tests/golden/older/{table}.parquet", env!("CARGO_MANIFEST_DIR"));
        fs::copy(older, day.join("2026-11-20.0-00000.parquet")).unwrap();
    }
    let manifest = json!({
        "version": 1, "commit_id": "2026-11-20.0", "day": "2026-11-20", "committed_at_ms": 1_795_223_220_000_i64,
        "snapshots": 4, "hosts": 1, "rows": 9, "raw_bytes": 1, "lake_bytes": 1, "objects": 1, "dropped": 0,
        "quarantined": 0, "quarantined_bytes": 0, "program": "endpoint-metrics 0.0.9",
    });
    let place = lake.join("manifests/dt=2026-11-20/0.json");
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, format!("{manifest}\n")).unwrap();
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
