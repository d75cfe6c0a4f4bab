//! The tables as Athena's `CREATE EXTERNAL TABLE` statements, from the one declaration.

use std::fmt::Write;

use lake::{Day, TableName};

use crate::tables::Table;

/// The statement for a table whose files lie below `location` (`s3://BUCKET/`). Partitions are projected from `first` on,
/// without a crawler: an absolute start, since a relative one would hide old data in silence; and one day
/// past today, for clocks that are ahead near midnight.
pub fn ddl(name: TableName, location: &str, first: Day) -> String {
    let table = Table::of(name);
    let mut text = String::new();
    // Writing into a String does not fail.
    let _ = writeln!(text, "-- {name}: {}", table.about);
    let _ = writeln!(text, "CREATE EXTERNAL TABLE IF NOT EXISTS lake_{name} (");
    for (number, column) in table.columns.iter().enumerate() {
        let comma = if number + 1 == table.columns.len() { "" } else { "," };
        let about = column.about.replace('\'', "''");
        let _ = writeln!(text, "  `{}` {} COMMENT '{about}'{comma}", column.name, column.kind.athena());
    }
    let location = location.trim_end_matches('/');
    let _ = write!(
        text,
        ")
PARTITIONED BY (`dt` string COMMENT 'the day under which the batch was filed, YYYY-MM-DD, UTC')
STORED AS PARQUET
LOCATION '{location}/lake/{name}/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '{first},NOW+1DAYS',
  'storage.location.template' = '{location}/lake/{name}/dt=${{dt}}/'
);
"
    );
    text
}
