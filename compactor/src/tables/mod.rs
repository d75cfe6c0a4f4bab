//! Every table, declared once: from a declaration come the Parquet schema, the rows, the DDL and the documentation.
//!
//! A declaration is a list of `column kind "what it means" = where it comes from`. New columns join at the end
//! of a list, and an old file reads as NULL there; columns are never renamed, moved or removed.

mod counters;
mod coverage;
pub(crate) mod disks;
pub(crate) mod hosts;
pub(crate) mod inventory;
mod life;
pub(crate) mod logins;
pub(crate) mod networks;
mod process_runs;
pub(crate) mod processes;
mod programs;
mod rows;
mod socket_runs;
pub(crate) mod sockets;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use lake::TableName;

pub(crate) use coverage::Coverage;
pub(crate) use process_runs::ProcessRuns;
pub(crate) use programs::Programs;
pub(crate) use rows::{Rows, file_schema};
pub(crate) use socket_runs::SocketRuns;

/// A column's type, by its name in Athena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, reason = "they are spelled as Athena spells them, in declarations and in DDL")]
pub enum Kind {
    /// UTF-8 text.
    string,
    /// 32 bits, signed.
    int,
    /// 64 bits, signed.
    bigint,
    /// 64 bits of floating point.
    double,
    /// True or false.
    boolean,
    /// Milliseconds since 1970 UTC.
    timestamp,
}

impl Kind {
    /// The type's name in Athena.
    pub fn athena(self) -> &'static str {
        match self {
            Self::string => "string",
            Self::int => "int",
            Self::bigint => "bigint",
            Self::double => "double",
            Self::boolean => "boolean",
            Self::timestamp => "timestamp",
        }
    }

    /// The type that SQL engines see. A timestamp has no zone there, as in Athena, and is UTC.
    pub fn arrow(self) -> DataType {
        match self {
            Self::string => DataType::Utf8,
            Self::int => DataType::Int32,
            Self::bigint => DataType::Int64,
            Self::double => DataType::Float64,
            Self::boolean => DataType::Boolean,
            Self::timestamp => DataType::Timestamp(TimeUnit::Millisecond, None),
        }
    }
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name, lower case.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What it means, with unit and form.
    pub about: &'static str,
}

/// A table of the lake. Its partition column `dt` is in the path and not among the columns.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// What a row is.
    pub about: &'static str,
    /// Its columns in order.
    pub columns: &'static [Column],
    /// By which columns the rows of one host are sorted.
    pub sorted_by: &'static [&'static str],
}

impl Table {
    /// The declaration of a table.
    pub fn of(name: TableName) -> &'static Table {
        match name {
            TableName::Hosts => &hosts::TABLE,
            TableName::Processes => &processes::TABLE,
            TableName::ProcessRuns => &process_runs::TABLE,
            TableName::Programs => &programs::TABLE,
            TableName::Logins => &logins::TABLE,
            TableName::Disks => &disks::TABLE,
            TableName::Networks => &networks::TABLE,
            TableName::Sockets => &sockets::TABLE,
            TableName::SocketRuns => &socket_runs::TABLE,
            TableName::Inventory => &inventory::TABLE,
            TableName::Coverage => &coverage::TABLE,
        }
    }

    /// The schema that SQL engines see, without `dt`.
    pub fn schema(&self) -> SchemaRef {
        let field = |column: &Column| Field::new(column.name, column.kind.arrow(), true);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }
}

/// Declares a table: `TABLE`, and `append`, which adds one row to [`Rows`] from what the row is made of.
macro_rules! table {
    (
        $name:ident $about:literal
        sorted by $sorted:tt
        for ($($input:ident : $type:ty),+)
        { $($column:ident $kind:ident $meaning:literal = $value:expr;)+ }
    ) => {
        /// The declaration.
        pub(crate) const TABLE: $crate::tables::Table = $crate::tables::Table {
            name: lake::TableName::$name,
            about: $about,
            columns: &[
                $crate::tables::Column {
                    name: "host_id",
                    kind: $crate::tables::Kind::string,
                    about: "EC2 instance id, or the machine id elsewhere",
                },
                $crate::tables::Column {
                    name: "host_name",
                    kind: $crate::tables::Kind::string,
                    about: "host name at the time; constant in a host's rows, so it prunes and costs nothing",
                },
                $crate::tables::Column {
                    name: "commit_id",
                    kind: $crate::tables::Kind::string,
                    about: "the commit that wrote the row, DAY.N; NULL while the row is still raw",
                },
                $($crate::tables::Column {
                    name: stringify!($column),
                    kind: $crate::tables::Kind::$kind,
                    about: $meaning,
                },)+
            ],
            sorted_by: &$sorted,
        };

        /// Adds one row.
        pub(crate) fn append(rows: &mut $crate::tables::Rows, $($input: $type),+) -> anyhow::Result<()> {
            rows.begin()?;
            $(rows.$kind($value)?;)+
            rows.end()
        }
    };
}
use table;
