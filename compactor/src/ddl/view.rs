//! The views that people ask: each unites what is committed and what is still raw, so that no row is there twice and none is
//! missing.
//!
//! Both branches decide by the same two fixed moments: when a commit was stamped, and when the query began, less 15 minutes.
//! So a commit that lands while a query runs changes nothing in it, although the query lists the manifests twice.

use base64::Engine;
use lake::TableName;
use serde_json::{Value, json};

use super::added_up::added_up;
use super::definition::{Definition, Field};
use super::{COMMITS, manifests, rows};
use crate::tables::{Column, Table};

/// Which commits count. A manifest is put well within 15 minutes of its stamp.
const PROVEN: &str = "committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000";

/// What is raw and of a day that has no first commit that counts. `NOT EXISTS` and not `NOT IN`, to which one NULL in the
/// list would answer nothing at all. A line that cannot be read has no host.
pub(super) const OPEN: &str = "(
    SELECT *
    FROM raw_open AS r
    WHERE host_id IS NOT NULL AND NOT EXISTS (
      SELECT 1
      FROM commits AS c
      WHERE c.commit_id = r.dt || '.0' AND c.committed_at_ms <= to_unixtime(current_timestamp) * 1000 - 900000
    )
  )";

/// The moment that is so many milliseconds after 1970, in UTC whatever the session's zone is. A double holds them exactly;
/// `date_add` would take no more of them than an int holds.
pub(super) fn moment(milliseconds: &str) -> String {
    format!("CAST(from_unixtime({milliseconds} / 1e3, 'UTC') AS timestamp(3))")
}

/// A view.
#[derive(Clone, Debug)]
pub struct View {
    /// Its name.
    pub name: String,
    /// What it is, a line.
    pub about: String,
    pub(super) columns: Vec<Field>,
    /// Its `SELECT`.
    pub select: String,
}

/// Every view, each after those that it reads.
pub fn views() -> Vec<View> {
    let commits = View {
        name: COMMITS.to_owned(),
        about: format!(
            "{COMMITS}: one row a commit; its rows count from 15 minutes after committed_at_ms on"
        ),
        columns: manifests::COLUMNS.iter().map(Field::of).collect(),
        select: manifests::commits(),
    };
    let plain = TableName::ALL.into_iter().map(|name| View::plain(Table::of(name)));
    [commits].into_iter().chain(plain).collect()
}

impl View {
    fn plain(table: &Table) -> Self {
        let columns: Vec<Field> = table.columns.iter().map(Field::of).chain([Definition::day()]).collect();
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        let names = names.join(", ");
        let committed = format!(
            "lake_{}\n  WHERE commit_id IN (SELECT commit_id FROM {COMMITS} WHERE {PROVEN})",
            table.name
        );
        let first = |column: &str| format!("min_by({column}, first_seen)");
        let lake = match added_up(table, &committed, first) {
            Some(sum) => format!("SELECT {names}\nFROM (\n{sum}\n)"),
            None => format!("SELECT {names}\nFROM {committed}"),
        };
        let raw = match table.columns.iter().any(|column| column.name == "ts") {
            true => rows::rows(table),
            // Rows that are added up have no commit yet.
            false => format!(
                "  SELECT *, CAST(NULL AS varchar) AS commit_id\n  FROM (\n{}\n  )",
                rows::rows(table)
            ),
        };
        Self {
            name: table.name.to_string(),
            about: format!("{}: {}", table.name, table.about),
            columns,
            select: format!("{lake}\nUNION ALL\nSELECT {names}\nFROM (\n{raw}\n)"),
        }
    }

    /// The statement that makes it in Athena.
    pub fn sql(&self) -> String {
        format!("-- {}\nCREATE OR REPLACE VIEW {} AS\n{};\n", self.about, self.name, self.select)
    }

    /// The `TableInput` of Glue's `CreateTable`, in the form in which Athena itself saves a view of `database`. Names in
    /// it are those of that database, so a view is bound to the database for which it was made.
    pub fn table_input(&self, database: &str) -> Value {
        let text = base64::engine::general_purpose::STANDARD.encode(self.definition(database).to_string());
        self.table_input_of(format!("/* Presto View: {text} */").into())
    }

    /// What is encoded in it.
    pub(super) fn definition(&self, database: &str) -> Value {
        let columns: Vec<Value> =
            self.columns.iter().map(|column| json!({"name": column.name, "type": column.presto()})).collect();
        json!({"originalSql": self.select, "catalog": "awsdatacatalog", "schema": database, "columns": columns})
    }

    pub(super) fn table_input_of(&self, text: Value) -> Value {
        let columns: Vec<Value> = self.columns.iter().map(Field::glue).collect();
        json!({
            "Name": self.name,
            // Not free text: Trino knows a view by it.
            "Description": "Presto View",
            "Owner": "endpoint-metrics",
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
            "PartitionKeys": [],
            // A column's type stands here as Hive has it, and once more in the text as Presto has it.
            "StorageDescriptor": {"Columns": columns, "Location": "", "SerdeInfo": {}},
            "ViewOriginalText": text,
            "ViewExpandedText": "/* Presto View */",
        })
    }
}

impl Field {
    pub(super) fn of(column: &Column) -> Self {
        Self { name: column.name, kind: column.kind.athena().to_owned(), about: column.about }
    }

    /// The type's name in a query, where it is another than in a definition.
    fn presto(&self) -> &str {
        match self.kind.as_str() {
            "string" => "varchar",
            "int" => "integer",
            "timestamp" => "timestamp(3)",
            same => same,
        }
    }
}
