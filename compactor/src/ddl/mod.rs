//! The tables as Athena has them: as `CREATE EXTERNAL TABLE` statements, and as the `TableInput` by which the Glue
//! catalogue takes the same, since a stack and a test have no Athena to run statements with. Both are written
//! from one [`Definition`], and that from the one declaration.

mod definition;
mod raw;

use lake::{Day, TableName};

pub use definition::Definition;
use definition::{Field, Format};
pub use raw::{Shape, raw_columns};

use crate::tables::Table;

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

/// Every table over files: those of the lake, and `raw`.
pub fn definitions(places: &Places) -> Vec<Definition> {
    let lake = TableName::ALL.into_iter().map(|name| lake_table(name, places));
    lake.chain([raw_table(places)]).collect()
}

fn lake_table(name: TableName, places: &Places) -> Definition {
    let table = Table::of(name);
    let field = |column: &crate::Column| Field {
        name: column.name,
        kind: column.kind.athena().to_owned(),
        about: column.about,
    };
    Definition {
        name: format!("lake_{name}"),
        about: format!("{name}: {}", table.about),
        columns: table.columns.iter().map(field).collect(),
        format: Format::Parquet,
        location: format!("{}/lake/{name}/", places.lake.trim_end_matches('/')),
        first_day: places.first_day,
    }
}

fn raw_table(places: &Places) -> Definition {
    let field =
        |(name, shape): &(&'static str, Shape)| Field { name, kind: shape.athena(), about: raw::about(name) };
    Definition {
        name: "raw".to_owned(),
        about: "raw: one row a snapshot, as its host sent it and ingest stored it".to_owned(),
        columns: raw_columns().iter().map(field).collect(),
        format: Format::Json,
        location: format!("{}/raw/", places.raw.trim_end_matches('/')),
        first_day: places.first_day,
    }
}
