//! What the README shows is real: its keys are spelled so, its lines are read so, its tables are the declared ones.

use compactor::{Quarantined, Table};
use lake::{Key, Manifest, TableName};

const README: &str = include_str!("../../README.md");

#[test]
fn its_keys_are_keys() {
    let begins = ["raw/", "late/", "commits/", "lake/", "manifests/", "quarantine/"];
    let shown: Vec<&str> =
        README.lines().filter(|line| begins.iter().any(|beginning| line.starts_with(beginning))).collect();
    assert_eq!(shown.len(), 13);
    for key in shown {
        assert_eq!(key.parse::<Key>().map(|key| key.to_string()), Ok(key.to_owned()));
    }
}

#[test]
fn its_records_are_records() {
    let lines: Vec<&str> = README.lines().filter(|line| line.starts_with('{')).collect();
    let manifest: Manifest = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(serde_json::to_string(&manifest).unwrap(), lines[0]);
    let quarantined: Quarantined = serde_json::from_str(lines[1]).unwrap();
    assert_eq!(serde_json::to_string(&quarantined).unwrap(), lines[1]);
}

#[test]
fn its_tables_are_the_declared_ones() {
    let row = |name: TableName| {
        let table = Table::of(name);
        format!("| `{name}` | {} | {} |", table.about, table.sorted_by.join(", "))
    };
    let shown: Vec<&str> = README.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(shown, TableName::ALL.map(row));
}
