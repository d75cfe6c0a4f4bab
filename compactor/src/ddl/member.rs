//! Which member of a raw snapshot a column comes from: by its name, but for a few that are called otherwise. One rule, from
//! which the views' SQL over raw and the dictionary's column *source* are written.

use lake::TableName;

use super::raw::{Shape, raw_columns};
use crate::tables::{Column, Kind};

/// Where a column of a table comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// A member of the snapshot itself.
    Of(&'static str),
    /// A member of an item of this list.
    In(&'static str, &'static str),
    /// How many items the list has.
    Count(&'static str),
    /// The commit's own.
    Commit,
    /// Added up from many snapshots.
    Added,
}

/// The list of which each item makes a row. None for `hosts`, where a snapshot is one, and for `coverage`.
pub(super) fn list(name: TableName) -> Option<&'static str> {
    match name {
        TableName::Processes | TableName::ProcessRuns | TableName::Programs => Some("running_processes"),
        TableName::Logins => Some("users"),
        TableName::Disks => Some("disks"),
        TableName::Networks => Some("networks"),
        TableName::Sockets | TableName::SocketRuns => Some("sockets"),
        TableName::Inventory => Some("inventory"),
        TableName::Hosts | TableName::Coverage => None,
    }
}

/// Where this column comes from.
pub(super) fn member(name: TableName, column: &Column) -> Member {
    let table = list(name).unwrap_or_default();
    match (name, column.name) {
        (_, "commit_id") => Member::Commit,
        (_, "ts") => Member::Of("observed_at_ms"),
        (TableName::Hosts, "processes") => Member::Count("running_processes"),
        (TableName::Logins, "user_name") => Member::In(table, "user"),
        (TableName::Logins, "remote_host") => Member::In(table, "host"),
        (TableName::Logins, "started_at") => Member::In(table, "started"),
        // What a process holds stands with the process.
        (TableName::SocketRuns, "name" | "exe" | "unit") => named("running_processes", column),
        (TableName::Coverage, "dropped") => Member::Of("dropped_snapshots"),
        _ => match named(table, column) {
            Member::Added => named("", column),
            found => found,
        },
    }
}

/// The member of this column's name, in a list's items or, without one, in the snapshot.
fn named(list: &'static str, column: &Column) -> Member {
    let members = match raw_columns().iter().find(|(name, _)| *name == list) {
        Some((_, Shape::array(Shape::record(members)))) => members,
        _ if list.is_empty() => raw_columns(),
        _ => return Member::Added,
    };
    let is_it = |member: &str| match column.kind {
        Kind::timestamp => member.strip_suffix("_ms") == Some(column.name),
        _ => member == column.name,
    };
    match members.iter().find(|(member, _)| is_it(member)) {
        Some((member, _)) if list.is_empty() => Member::Of(member),
        Some((member, _)) => Member::In(list, member),
        None => Member::Added,
    }
}
