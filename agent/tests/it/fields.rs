//! `FIELDS.md` against the contract and against what the program sends: a table that nobody compares is soon wrong.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tokio::process::Command;

use crate::peer::Peer;
use crate::program::sending;

/// A row of the table.
pub(crate) struct Field {
    /// `processor`, `running_processes.exe`.
    pub(crate) member: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) source: &'static str,
    pub(crate) needs: &'static str,
    pub(crate) filled: &'static str,
}

/// All rows of all tables in it.
pub(crate) fn table() -> Vec<Field> {
    include_str!("../../FIELDS.md")
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [member, unit, source, needs, filled] = cells[..] else { panic!("five cells: {line}") };
            Field { member: member.trim_matches('`'), unit, source, needs, filled }
        })
        .collect()
}

/// The members of a snapshot that are not null: of itself, and of what it holds as `list.member`. With each, in how
/// many places it is.
fn members(snapshot: &Value) -> BTreeMap<String, usize> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for (name, value) in snapshot.as_object().unwrap() {
        if value.is_null() {
            continue;
        }
        *found.entry(name.clone()).or_default() += 1;
        let inner = match value {
            Value::Array(items) => items.iter().filter_map(Value::as_object).collect(),
            Value::Object(object) => vec![object],
            _ => Vec::new(),
        };
        for object in inner {
            for (inner, _) in object.iter().filter(|(_, value)| !value.is_null()) {
                *found.entry(format!("{name}.{inner}")).or_default() += 1;
            }
        }
    }
    found
}

#[test]
fn the_table_has_every_member_of_the_contract() {
    // A test of the contract's own sees to it that this file has all that an agent may send.
    let full = include_str!("../../../snapshot/tests/golden/full.json");
    let contract: BTreeSet<String> = members(&serde_json::from_str(full).unwrap()).into_keys().collect();
    let rows = table();
    let (ingest, agent): (Vec<&Field>, Vec<&Field>) = rows.iter().partition(|field| field.filled == "ingest");
    let named: BTreeSet<String> = agent.iter().map(|field| field.member.to_owned()).collect();
    assert_eq!(named, contract);
    assert_eq!(agent.len(), named.len(), "a member has two rows");
    // What the contract does not know it passes over; what it knows it refuses when it is a list.
    for field in ingest {
        let mut line: Value = serde_json::from_str(full).unwrap();
        line[field.member] = Value::Array(Vec::new());
        let refused = serde_json::from_str::<snapshot::Snapshot<'_>>(&line.to_string()).is_err();
        assert!(refused, "{}", field.member);
    }
    for field in rows {
        let member = field.member;
        assert!(["any", "ptrace", "ptrace+read"].contains(&field.needs), "{member}: {}", field.needs);
        let known =
            ["always", "ingest", "not yet"].contains(&field.filled) || field.filled.starts_with("when ");
        assert!(known, "{member}: {}", field.filled);
        assert!(!field.unit.is_empty() && !field.source.is_empty(), "{member}");
    }
}

#[test]
fn the_comparison_names_members_that_exist() {
    let members: BTreeSet<&str> = table().iter().map(|field| field.member).collect();
    let named: BTreeSet<&str> = include_str!("../../OSQUERY.md")
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| {
            word.split_once('.')
                .is_some_and(|(list, _)| ["running_processes", "users", "disks", "networks"].contains(&list))
        })
        .collect();
    assert!(named.len() > 40, "{}", named.len());
    assert!(named.is_subset(&members), "{:?}", named.difference(&members));
}

#[tokio::test]
async fn what_is_sent_is_what_the_table_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut peer = Peer::start().await;
    let child = sending(&["--interval-s", "1", "--batch", "1"], folder.path(), &peer).spawn().unwrap();
    // The second sample knows what was added since the first.
    let mut sent = peer.request().await.snapshots();
    sent.extend(peer.request().await.snapshots());
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    assert!(child.wait_with_output().await.unwrap().status.success());
    while let Some(request) = peer.arrived() {
        sent.extend(request.snapshots());
    }
    let mut ever: BTreeSet<String> = BTreeSet::new();
    for snapshot in &sent {
        let found = members(snapshot);
        for field in table() {
            let count = found.get(field.member).copied().unwrap_or(0);
            let items = match field.member.split_once('.') {
                Some((list, _)) => snapshot[list].as_array().map_or(0, Vec::len),
                None => 1,
            };
            match field.filled {
                "always" => assert_eq!(count, items, "{}", field.member),
                "ingest" | "not yet" => assert_eq!(count, 0, "{}", field.member),
                _ => {}
            }
        }
        ever.extend(found.into_keys());
    }
    // What depends on a second sample and on the end has come too.
    for member in ["interval_ms", "cpu_idle_ms", "agent_stopping", "running_processes.exe_deleted"] {
        assert!(ever.contains(member), "{member}");
    }
}
