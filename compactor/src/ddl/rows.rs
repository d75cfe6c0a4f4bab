//! The rows of each table out of the JSON that is still raw, in SQL: what Athena can do of what `host_day.rs` does, so that
//! what arrived a minute ago is there. Where the two differ stands in the crate's README; a test compares them row by row.

use lake::TableName;

use super::added_up::sum;
use super::member::{Member, list, member};
use super::view::{OPEN, moment};
use crate::tables::{Column, Kind, Table};

const PROCESSES_SEEN: &str = include_str!("rows/processes_seen.sql");
const PROCESS_RUNS: &str = include_str!("rows/process_runs.sql");
const PROGRAMS: &str = include_str!("rows/programs.sql");
const SOCKET_RUNS: &str = include_str!("rows/socket_runs.sql");
const COVERAGE: &str = include_str!("rows/coverage.sql");

/// A `SELECT` that gives a table's rows of the days that are open, by the columns' names.
pub(super) fn rows(table: &Table) -> String {
    match table.name {
        TableName::ProcessRuns => process_runs(),
        TableName::Programs => programs(),
        TableName::SocketRuns => socket_runs(),
        TableName::Coverage => coverage(),
        _ => samples(table),
    }
}

/// A table of samples: one row an item of a list of each snapshot.
fn samples(table: &Table) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("    {} AS {}", expression(table.name, column), column.name))
        .collect();
    let items = list(table.name).map(|list| format!("\n  CROSS JOIN UNNEST(s.{list}) AS i"));
    format!("  SELECT\n    s.dt,\n{}\n  FROM {OPEN} AS s{}", columns.join(",\n"), items.unwrap_or_default())
}

/// A column's value, where `s` is the snapshot and `i` the list's item.
fn expression(name: TableName, column: &Column) -> String {
    let found = match member(name, column) {
        Member::Commit | Member::Added => return "CAST(NULL AS varchar)".to_owned(),
        Member::Count(list) => return format!("CAST(coalesce(cardinality(s.{list}), 0) AS integer)"),
        Member::Of(member) => format!("s.{member}"),
        Member::In(_, member) => format!("i.\"{member}\""),
    };
    match (column.kind, column.name) {
        // A number of seconds, or text from some copies of the original program.
        (Kind::timestamp, "started_at") => format!(
            "coalesce({}, TRY_CAST({found} AS timestamp(3)))",
            moment(&format!("CAST(round(TRY_CAST({found} AS double) * 1000) AS bigint)"))
        ),
        (Kind::timestamp, _) => moment(&found),
        (Kind::string, "addresses") => {
            format!("CASE WHEN cardinality({found}) > 0 THEN ' ' || array_join({found}, ' ') || ' ' END")
        }
        _ => found,
    }
}

fn process_runs() -> String {
    let rise = |counter: &str| {
        format!(
            "CASE WHEN sample = 1 AND NOT started_here THEN {counter} - {counter} \
             ELSE greatest({counter} - coalesce({counter}_before, CASE WHEN started_here THEN 0 END), 0) END"
        )
    };
    let life = "(PARTITION BY dt, host_id, host_name, boot_id, pid, start_time_ms \
                ORDER BY stream_began_ms, stream, seq)";
    filled(
        PROCESS_RUNS,
        &[
            ("processes_seen", PROCESSES_SEEN.trim_end()),
            ("life", life),
            ("start_time_ms", &moment("start_time_ms")),
            ("parent_start_time_ms", &moment("min_by(parent_start_time_ms, observed_at_ms)")),
            ("cpu_ms_rise", &rise("cpu_ms")),
            ("cpu_ms", &sum("cpu_ms_rise")),
            ("read_bytes_rise", &rise("read_bytes")),
            ("read_bytes", &sum("read_bytes_rise")),
            ("write_bytes_rise", &rise("write_bytes")),
            ("write_bytes", &sum("write_bytes_rise")),
            ("child_faults_rise", &rise("child_faults")),
            ("child_faults", &sum("child_faults_rise")),
        ],
    )
}

fn programs() -> String {
    let first = |member: &str| moment(&format!("min_by({member}, ROW(stream, seq))"));
    let values = [
        ("processes_seen", PROCESSES_SEEN.trim_end()),
        ("exe_mtime", &first("exe_mtime_ms")),
        ("exe_ctime", &first("exe_ctime_ms")),
    ];
    filled(PROGRAMS, &values)
}

fn socket_runs() -> String {
    let connection = "(PARTITION BY dt, host_id, host_name, boot_id, protocol, local_address, local_port, \
                      remote_address, remote_port ORDER BY stream, seq)";
    let rise = |way: &str| {
        format!(
            "CASE WHEN counts THEN {way}_now - CASE WHEN {way}_now >= {way}_before THEN {way}_before ELSE 0 END END"
        )
    };
    let values = [
        ("connection", connection),
        ("sent_rise", &rise("sent")),
        ("received_rise", &rise("received")),
        ("sent_bytes", &sum("sent_bytes")),
        ("received_bytes", &sum("received_bytes")),
    ];
    filled(SOCKET_RUNS, &values)
}

fn coverage() -> String {
    let values = [
        ("stream", "(PARTITION BY dt, host_id, host_name, stream ORDER BY seq)"),
        ("agent", "(PARTITION BY dt, host_id, host_name, started_ms)"),
        (
            "later",
            "(PARTITION BY dt, host_id, host_name ORDER BY coalesce(started_ms, 0) \
             RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)",
        ),
        ("first_ts", &moment("first_ms")),
        ("last_ts", &moment("last_ms")),
        ("agent_started_at", &moment("started_ms")),
    ];
    filled(COVERAGE, &values)
}

/// The text with `{name}` replaced by what is given for it, and by what all have.
fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let everywhere = [
        ("open", OPEN),
        ("first_seen", &moment("min(observed_at_ms)")),
        ("last_seen", &moment("max(observed_at_ms)")),
    ];
    // Twice: what is filled in may have a name to fill itself.
    let once = |text: String, (name, value): &(&str, &str)| text.replace(&format!("{{{name}}}"), value);
    let all = || values.iter().chain(&everywhere);
    let text = all().fold(text.trim_end().to_owned(), once);
    all().fold(text, once).lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
