//! The data dictionary: each column with its type, unit, source and an example. The examples are what the compactor makes of
//! one snapshot, `dictionary/example.json`, so that none of them can be of a form that no row has.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Context;
use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use lake::{CommitId, Day, TableName};
use snapshot::Snapshot;

use super::manifests;
use super::member::{Member, member};
use crate::HostDay;
use crate::tables::{Column, Kind, Table};

const INTRODUCTION: &str = include_str!("dictionary/introduction.md");
const EXAMPLE: &str = include_str!("dictionary/example.json");

/// The dictionary as Markdown.
pub(super) fn dictionary() -> anyhow::Result<String> {
    let examples = examples()?;
    let mut text = INTRODUCTION.to_owned();
    for name in TableName::ALL {
        let table = Table::of(name);
        let examples = examples.get(&name);
        // Writing into a String does not fail.
        let _ = writeln!(
            text,
            "\n## `{name}`\n\n{}. Within a host sorted by {}.\n",
            table.about,
            table.sorted_by.join(", ")
        );
        let _ = writeln!(
            text,
            "| column | type | unit or form | source | what it means | example |\n|---|---|---|---|---|---|"
        );
        for column in table.columns {
            let example = examples.and_then(|examples| examples.get(column.name));
            let _ = writeln!(
                text,
                "| `{}` | {} | {} | {} | {} | {} |",
                column.name,
                column.kind.athena(),
                unit(column),
                source(name, column),
                escaped(column.about),
                example.map_or(String::new(), |example| format!("`{}`", escaped(example)))
            );
        }
    }
    let _ =
        writeln!(text, "\n## `commits`\n\none row a commit, out of `manifest_days` and `manifest_months`.\n");
    let _ = writeln!(text, "| column | type | what it means |\n|---|---|---|");
    for column in manifests::COLUMNS {
        let _ =
            writeln!(text, "| `{}` | {} | {} |", column.name, column.kind.athena(), escaped(column.about));
    }
    Ok(text)
}

fn unit(column: &Column) -> &'static str {
    let ends = |end: &str| column.name.ends_with(end);
    match column.kind {
        Kind::timestamp => "moment, UTC, ms",
        Kind::boolean => "true, false",
        Kind::double => "number",
        Kind::int | Kind::bigint if ends("_ms") => "ms",
        Kind::int | Kind::bigint if ends("_s") => "s",
        Kind::int | Kind::bigint if column.name.contains("bytes") => "bytes",
        Kind::int | Kind::bigint => "number",
        Kind::string if ends("sha256") => "64 hexadecimal digits",
        Kind::string if ends("mode") => "octal digits",
        Kind::string => "text",
    }
}

fn source(name: TableName, column: &Column) -> String {
    match member(name, column) {
        Member::Of(member) => format!("`{member}`"),
        Member::In(list, member) => format!("`{list}.{member}`"),
        Member::Count(list) => format!("items of `{list}`"),
        Member::Commit => "the commit".to_owned(),
        Member::Added => "added up".to_owned(),
    }
}

/// What would end a cell.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The values of each table's first row.
fn examples() -> anyhow::Result<BTreeMap<TableName, BTreeMap<String, String>>> {
    let snapshot: Snapshot<'_> = serde_json::from_str(EXAMPLE).context("the dictionary's example")?;
    let day = Day::of_ms(snapshot.observed_at_ms.get());
    let commit = CommitId { day, number: 0 };
    let mut host_day = HostDay::new(&snapshot.host_id, day, Some(commit), &TableName::ALL);
    host_day.take(&snapshot)?;
    host_day.finish()?.into_iter().map(|(name, rows)| Ok((name, first_row(name, &rows)?))).collect()
}

fn first_row(name: TableName, rows: &RecordBatch) -> anyhow::Result<BTreeMap<String, String>> {
    let options = FormatOptions::default().with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.3f"));
    let mut values = BTreeMap::new();
    for (column, array) in Table::of(name).columns.iter().zip(rows.columns()) {
        let array = cast(array, &column.kind.arrow())?;
        let value = ArrayFormatter::try_new(&array, &options)?.value(0).to_string();
        if !value.is_empty() {
            values.insert(column.name.to_owned(), value);
        }
    }
    Ok(values)
}
