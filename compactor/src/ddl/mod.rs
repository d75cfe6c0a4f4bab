//! The tables and views as Athena has them: as statements, and as the `TableInput` by which the Glue catalogue takes the
//! same, since a stack and a test have no Athena to run statements with. Both are written from one [`Definition`] or
//! [`View`], and those from the one declaration.

mod added_up;
mod definition;
mod dictionary;
mod manifests;
mod member;
mod raw;
mod rows;
mod template;
mod view;

use lake::{Day, TableName};

pub use added_up::added_up;
pub use definition::Definition;
use definition::{Field, Format};
pub(crate) use definition::{RANGE, RANGE_END};

pub use raw::{Shape, raw_columns};
pub use template::template;
pub use view::{View, views};

use crate::tables::Table;

/// `raw` with the days that are not long committed.
pub(crate) const RAW_OPEN: &str = "raw_open";
/// The manifests of the months that are not rolled up.
pub(crate) const MANIFEST_DAYS: &str = "manifest_days";
/// Those that are.
const MANIFEST_MONTHS: &str = "manifest_months";
/// The view over both.
const COMMITS: &str = "commits";

/// What differs between installations.
#[derive(Clone, Debug)]
pub struct Places {
    /// The lake bucket, `s3://BUCKET`.
    pub lake: String,
    /// The raw bucket, likewise.
    pub raw: String,
    /// The first day with data: partitions are projected from there on. Absolute, since a relative start would hide
    /// old data in silence.
    pub first_day: Day,
}

/// Every table over files: those of the lake, `raw` twice, and the manifests.
pub fn definitions(places: &Places) -> Vec<Definition> {
    let lake = TableName::ALL.into_iter().map(|name| lake_table(name, places));
    let raw = [
        raw_table("raw", "one row a snapshot, as its host sent it and ingest stored it", places),
        raw_table(
            RAW_OPEN,
            "the days of raw that are not long committed; the compactor moves its range's start",
            places,
        ),
    ];
    lake.chain(raw).chain(manifests::tables(places)).collect()
}

/// Every statement by the name of what it makes, in the order in which they can be run.
pub fn statements(places: &Places) -> Vec<(String, String)> {
    let tables = definitions(places).into_iter().map(|table| (table.name.clone(), table.sql()));
    let views = views().into_iter().map(|view| (view.name.clone(), view.sql()));
    tables.chain(views).collect()
}

/// The files of `athena-ddl/` by their names: each statement, numbered in that order, the template, and the dictionary.
pub fn files(places: &Places) -> anyhow::Result<Vec<(String, String)>> {
    let statements = statements(places).into_iter().enumerate();
    let mut files: Vec<(String, String)> =
        statements.map(|(number, (name, sql))| (format!("{:02}-{name}.sql", number + 1), sql)).collect();
    files.push(("glue.json".to_owned(), serde_json::to_string_pretty(&template(places))? + "\n"));
    files.push(("README.md".to_owned(), dictionary::dictionary()?));
    Ok(files)
}

fn lake_table(name: TableName, places: &Places) -> Definition {
    let table = Table::of(name);
    Definition {
        name: format!("lake_{name}"),
        about: format!("{name}: {}", table.about),
        columns: table.columns.iter().map(Field::of).collect(),
        format: Format::Parquet,
        location: format!("{}/lake/{name}/", places.lake.trim_end_matches('/')),
        first_day: Some(places.first_day),
    }
}

fn raw_table(name: &str, about: &str, places: &Places) -> Definition {
    let field =
        |(name, shape): &(&'static str, Shape)| Field { name, kind: shape.athena(), about: raw::about(name) };
    Definition {
        name: name.to_owned(),
        about: format!("{name}: {about}"),
        columns: raw_columns().iter().map(field).collect(),
        format: Format::Json,
        location: format!("{}/raw/", places.raw.trim_end_matches('/')),
        first_day: Some(places.first_day),
    }
}
