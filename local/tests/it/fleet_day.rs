//! A simulated fleet's day: raw, then committed, then damaged.

use std::fs;
use std::path::{Path, PathBuf};

use lake::TableName;

use crate::program::{command, good, query, run};

/// A fleet's first minutes of a day, in which it says what is configured, and an hour in which people are there.
const MINUTES: [[&str; 8]; 2] = [
    ["--hosts", "5", "--minutes", "4", "--seed", "7", "--start", "2026-11-20"],
    ["--hosts", "5", "--minutes", "75", "--seed", "7", "--start", "2026-11-20T09:00"],
];
/// A moment at which that day can be committed.
const NOW: &str = "2026-11-21T01:00";

/// Fills a data folder, or fills it again, and gives it with what was said.
fn simulate(folder: &Path) -> (PathBuf, String) {
    let data = folder.join("data");
    let said = MINUTES
        .map(|minutes| good(&[&["simulate", "--data", data.to_str().unwrap()], &minutes[..]].concat()));
    (data, said.concat())
}

fn compact(data: &Path, now: &str) -> String {
    good(&["compact", "--data", data.to_str().unwrap(), "--now", now])
}

/// All rows of a table but for the commit that wrote them, in one order.
fn rows(data: &Path, table: TableName) -> Vec<String> {
    let columns: Vec<&str> = compactor::Table::of(table).columns.iter().map(|column| column.name).collect();
    let columns: Vec<&str> = columns.into_iter().filter(|name| *name != "commit_id").chain(["dt"]).collect();
    let rows = query(data, &format!("SELECT {} FROM {table}", columns.join(", ")));
    let mut rows: Vec<String> = rows.iter().map(serde_json::Value::to_string).collect();
    rows.sort_unstable();
    rows
}

/// Every file below a folder with its contents.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.clone(), fs::read(path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_commit_changes_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (data, _) = simulate(folder.path());
    let before = TableName::ALL.map(|table| rows(&data, table));
    for (table, rows) in TableName::ALL.iter().zip(&before) {
        assert!(!rows.is_empty(), "{table} has rows");
    }

    // Not before 01:00 of the next day.
    assert!(compact(&data, "2026-11-21T00:59").contains("nothing to do"));
    let said = compact(&data, NOW);
    assert!(said.starts_with("2026-11-20.0: "), "{said}");
    assert_eq!(query(&data, "SELECT DISTINCT commit_id FROM processes")[0]["commit_id"], "2026-11-20.0");
    for (table, before) in TableName::ALL.iter().zip(&before) {
        let after = rows(&data, *table);
        assert_eq!(after.len(), before.len(), "rows of {table}");
        for (after, before) in after.iter().zip(before) {
            assert_eq!(after, before, "{table}: the same rows from raw and from the lake");
        }
    }

    // Everything again: the same posts are duplicates, nothing is due, no file moves.
    let lake = files(&data);
    let (_, again) = simulate(folder.path());
    assert_eq!(again.matches("there already").count(), MINUTES.len(), "{again}");
    assert!(compact(&data, NOW).contains("nothing to do"));
    assert!(files(&data) == lake, "a second run changes nothing");
}

#[test]
fn a_damaged_lake_is_not_proven() {
    let folder = tempfile::tempdir().unwrap();
    let (data, _) = simulate(folder.path());
    compact(&data, NOW);
    let verify = ["verify", "--data", data.to_str().unwrap()];
    assert!(good(&verify).contains("2026-11-20: proven, 1 commit"));
    assert!(good(&[&verify[..], &["2026-11-20"]].concat()).contains("proven"));
    assert_eq!(
        run(&[&verify[..], &["2026-11-19"]].concat()).status.code(),
        Some(1),
        "a day without a commit"
    );

    let file = data.join("lake-bucket/lake/processes/dt=2026-11-20/2026-11-20.0-00000.parquet");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let output = run(&verify);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("NOT PROVEN"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("2026-11-20.0-00000.parquet"));
}

#[test]
fn rows_come_in_three_forms() {
    let folder = tempfile::tempdir().unwrap();
    let (data, _) = simulate(folder.path());
    let sql = "SELECT host_name, count(*) AS n, min(cpu_count) AS cpus FROM hosts GROUP BY host_name ORDER BY host_name LIMIT 2";
    let ask = |format| good(&["query", "--data", data.to_str().unwrap(), "--format", format, sql]);

    let table = ask("table");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["host_name", "n", "cpus"], "{table}");
    assert_eq!(lines.last(), Some(&"(2 rows)"));
    assert_eq!(ask("csv").lines().next(), Some("host_name,n,cpus"));
    // Too many columns for a table stand one below the other.
    let wide = good(&["query", "--data", data.to_str().unwrap(), "SELECT * FROM hosts LIMIT 2"]);
    assert!(wide.starts_with("-- row 1\nhost_id ") && wide.ends_with("(2 rows)\n"), "{wide}");
    // Where it gets narrow, text is cut, and a number or a moment never.
    let narrow = "SELECT start_time AS a, repeat(cmdline, 9) AS b, start_time AS c, repeat(cmdline, 9) AS d, start_time AS e, \
                  repeat(cmdline, 9) AS f, start_time AS g, repeat(cmdline, 9) AS h, 1234567890123 AS i FROM processes \
                  WHERE length(cmdline) > 5 LIMIT 2";
    let asking = ["query", "--data", data.to_str().unwrap(), narrow];
    let narrow = command(&asking).env("COLUMNS", "222").output().unwrap();
    let narrow = String::from_utf8(narrow.stdout).unwrap();
    let row = narrow.lines().nth(1).unwrap();
    assert!(row.matches('…').count() == 4 && row.ends_with("1234567890123"), "{narrow}");
    let moments = row.match_indices("2026-1").filter(|(at, _)| row.as_bytes()[at + 22].is_ascii_digit());
    assert_eq!(moments.count(), 4, "{narrow}");
    assert_eq!(ask("csv").lines().count(), 3);
    assert!(
        ask("json")
            .lines()
            .all(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["n"].is_u64())
    );
}

#[test]
fn filters_on_host_and_day_find_what_they_should() {
    let folder = tempfile::tempdir().unwrap();
    let (data, _) = simulate(folder.path());
    let count = |filter: &str| {
        query(&data, &format!("SELECT count(*) AS n FROM hosts WHERE {filter}"))[0]["n"].clone()
    };
    let host =
        query(&data, "SELECT min(host_id) AS host_id FROM hosts")[0]["host_id"].as_str().unwrap().to_owned();
    for now in ["raw", "committed"] {
        // Both are in the keys, so a scan is pruned by them; what they do not decide is filtered after.
        let one = count(&format!("host_id = '{host}' AND dt = '2026-11-20'"));
        assert_eq!(one, count(&format!("concat(host_id, '') = '{host}'")), "{now}");
        assert_ne!(one, 0, "{now}");
        assert_eq!(count("dt = '2026-11-19'"), 0, "{now}");
        assert_eq!(count("dt BETWEEN '2026-11-19' AND '2026-11-20'"), count("true"), "{now}");
        assert_eq!(count(&format!("host_id = '{host}' OR seq < 0")), one, "{now}");
        compact(&data, NOW);
    }
}
