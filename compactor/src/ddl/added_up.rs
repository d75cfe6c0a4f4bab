//! The commits of a day, added up. A row of `process_runs`, `programs` and `socket_runs` holds what one commit saw; a batch
//! that came late brings a second row for the same thing. Whoever asks sees one.
//!
//! Athena and the engine of a local run do this by the same text, but for *the first value*, which each spells its own way.

use lake::TableName;

use crate::tables::Table;

/// What a row of such a table is about, besides day and host. None for tables whose rows are never added up.
fn keys(name: TableName) -> Option<&'static [&'static str]> {
    Some(match name {
        TableName::ProcessRuns => &["boot_id", "pid", "start_time", "exe", "exe_memfd", "uid", "euid"],
        TableName::Programs => &["exe", "exe_sha256", "user_name"],
        TableName::SocketRuns => &[
            "boot_id",
            "protocol",
            "direction",
            "local_address",
            "remote_address",
            "name",
            "exe",
            "user_name",
            "unit",
            "container_id",
            "local_port",
            "remote_port",
        ],
        _ => return None,
    })
}

/// A `SELECT` that adds up the rows that `from` gives, by the columns' names and `dt`; none for tables whose rows are never
/// added up. `first` spells the value of a column in the row with the least `first_seen`.
pub fn added_up(table: &Table, from: &str, first: impl Fn(&str) -> String) -> Option<String> {
    let keys = keys(table.name)?;
    let keys: Vec<&str> = ["dt", "host_id", "host_name"].into_iter().chain(keys.iter().copied()).collect();
    let column = |name: &'static str| {
        let value = match name {
            _ if keys.contains(&name) => return format!("    {name}"),
            // The last commit that had a part in it.
            "commit_id" => {
                "dt || '.' || CAST(max(CAST(substr(commit_id, 12) AS integer)) AS varchar)".to_owned()
            }
            "first_seen" => format!("min({name})"),
            "last_seen" | "rss_bytes_max" | "connections_max" => format!("max({name})"),
            "exe_deleted" => format!("bool_or({name})"),
            // A digest may come later than the first sample.
            "exe_sha256" => format!("{} FILTER (WHERE {name} IS NOT NULL)", first(name)),
            "samples" | "runs" | "cpu_ms" | "read_bytes" | "write_bytes" | "child_faults" | "sent_bytes"
            | "received_bytes" => sum(name),
            _ => first(name),
        };
        format!("    {value} AS {name}")
    };
    let columns: Vec<String> =
        ["dt"].into_iter().chain(table.columns.iter().map(|column| column.name)).map(column).collect();
    Some(format!("  SELECT\n{}\n  FROM {from}\n  GROUP BY {}", columns.join(",\n"), keys.join(", ")))
}

/// A sum that never fails a query: who can post can send counters of any size, and one that overflows the sum would fail
/// the query for everybody. It stops at the largest there is, as in the files. Not by `least`, which passes over a
/// NULL in one engine and not in the other.
pub(super) fn sum(expression: &str) -> String {
    let sum = format!("sum(CAST({expression} AS decimal(38, 0)))");
    format!("CAST(CASE WHEN {sum} > {max} THEN {max} ELSE {sum} END AS bigint)", max = i64::MAX)
}
