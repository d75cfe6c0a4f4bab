//! Snapshots made up from a seed: the contract's own fullest one, with members left out, lists of other lengths, other
//! values, and members that the contract does not know. What the contract's types do not take is put back, so that a
//! member which joins the contract is varied without a word here.

use std::fmt;

use fastrand::Rng;
use ingest::limits::MAX_NAME_BYTES;
use serde_json::{Map, Value, json};
use snapshot::Snapshot;

/// Every member set, each to a value of its own.
const FULL: &str = include_str!("../../../snapshot/tests/golden/full.json");

/// The lines of a batch, each as an agent's serialiser writes it.
pub(crate) fn lines(rng: &mut Rng) -> Vec<String> {
    let (host, stream) = (format!("host-{}", rng.u32(..)), format!("{:016x}", rng.u64(..)));
    let first = rng.i64(0..9_999_999_900);
    let count = rng.i64(1..=snapshot::MAX_BATCH as i64);
    (first..first + count)
        .map(|seq| {
            let mut whole = snapshot(rng);
            (whole["host_id"], whole["stream"], whole["seq"]) = (json!(host), json!(stream), json!(seq));
            // By the contract's types: their order of members and their spelling of numbers.
            let text = whole.to_string();
            let mut line = serde_json::to_string(&read(&text).unwrap()).unwrap();
            if rng.bool() {
                let mut whole: Value = serde_json::from_str(&line).unwrap();
                add_unknown(&mut whole, rng);
                line = whole.to_string();
            }
            line
        })
        .collect()
}

fn read(text: &str) -> Option<Snapshot<'_>> {
    serde_json::from_str(text).ok()
}

fn snapshot(rng: &mut Rng) -> Value {
    let mut whole: Value = serde_json::from_str(FULL).unwrap();
    for added in ["received_at_ms", "source_ip", "principal", "clock_offset_ms"] {
        whole.as_object_mut().unwrap().remove(added);
    }
    for list in ["disks", "networks", "users", "running_processes", "sockets", "inventory"] {
        let item = whole[list][0].clone();
        whole[list] = vec![item; rng.usize(..4)].into();
    }
    let mut pointers = Vec::new();
    leaves(&whole, String::new(), &mut pointers);
    for pointer in pointers {
        if rng.u8(..4) > 0 {
            continue;
        }
        let before = whole.clone();
        match rng.bool() {
            true => remove(&mut whole, &pointer),
            false => *whole.pointer_mut(&pointer).unwrap() = leaf(rng),
        }
        if read(&whole.to_string()).is_none() {
            whole = before;
        }
    }
    whole
}

/// The pointers of all that is neither object nor list.
fn leaves(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaves(value, format!("{pointer}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| leaves(item, format!("{pointer}/{n}"), found));
        }
        _ => found.push(pointer),
    }
}

fn remove(whole: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    if let Some(Value::Object(members)) = whole.pointer_mut(parent) {
        members.remove(name);
    }
}

/// A value at the edges of what columns and texts hold.
pub(crate) fn leaf(rng: &mut Rng) -> Value {
    let numbers = [0, 1, 65_535, 65_536, i64::from(i32::MAX), 1 << 53, i64::MAX, -1, 1_795_140_720_123];
    match rng.u8(..6) {
        0 => Value::Null,
        1 => rng.bool().into(),
        2 => numbers[rng.usize(..numbers.len())].into(),
        3 => (rng.f64() * 1e9).into(),
        _ => text(rng).into(),
    }
}

/// Text with all that a writer of JSON has to escape, and of every length in bytes.
fn text(rng: &mut Rng) -> String {
    const PIECES: [&str; 12] =
        ["", "a", "\"", "\\", "/", "\n", "\0", "\u{7f}", "é", "\u{2028}", "🦀", "{\"a\":1}"];
    let most = 1 << rng.u8(..8);
    (0..rng.usize(..most)).map(|_| PIECES[rng.usize(..PIECES.len())]).collect()
}

/// Members of a version to come, in the snapshot and in an item of each list.
fn add_unknown(whole: &mut Value, rng: &mut Rng) {
    let known = whole.as_object_mut().unwrap();
    let items = known.values_mut().filter_map(|value| value.get_mut(0)).filter_map(Value::as_object_mut);
    items.for_each(|item| unknown(item, rng));
    unknown(known, rng);
}

fn unknown(members: &mut Map<String, Value>, rng: &mut Rng) {
    for n in 0..rng.usize(..4) {
        members.insert(name(format_args!("tomorrow{n}"), rng), any(rng, 6));
    }
}

/// A name as long as one may be, or shorter.
fn name(beginning: fmt::Arguments<'_>, rng: &mut Rng) -> String {
    let mut name = format!("{beginning}{}", text(rng));
    name.truncate(name.floor_char_boundary(MAX_NAME_BYTES));
    name
}

/// Any value, nested at most so deep.
fn any(rng: &mut Rng, depth: usize) -> Value {
    match rng.u8(..4) {
        0 if depth > 0 => (0..rng.usize(..4)).map(|_| any(rng, depth - 1)).collect(),
        1 if depth > 0 => {
            let members = (0..rng.usize(..4)).map(|n| (name(format_args!("{n}"), rng), any(rng, depth - 1)));
            Value::Object(members.collect())
        }
        _ => leaf(rng),
    }
}
