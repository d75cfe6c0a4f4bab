//! One table over files, and the two forms in which AWS takes it.

use std::fmt::Write;

use lake::Day;
use serde_json::{Map, Value, json};

/// A table over files on S3.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name in the catalogue.
    pub name: String,
    /// What it is, a line.
    pub about: String,
    pub(super) columns: Vec<Field>,
    pub(super) format: Format,
    /// The folder, with a slash at the end.
    pub(super) location: String,
    /// The first of the `dt=` folders in it, where it has such; None where the files lie in the folder itself.
    pub(super) first_day: Option<Day>,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    /// Its type as Athena spells it.
    pub(super) kind: String,
    /// What it means; empty where the type's own documentation says so.
    pub(super) about: &'static str,
}

/// How the files are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    /// Parquet, by column names.
    Parquet,
    /// One JSON document a line, by OpenX's reader: the other one that Athena has fails a whole query on one bad line,
    /// this one gives a row of NULLs.
    Json,
}

/// The parameter that says which days a table has, and how it ends.
pub(crate) const RANGE: &str = "projection.dt.range";
pub(crate) const RANGE_END: &str = ",NOW+1DAYS";

impl Definition {
    /// The column `dt`.
    pub(super) fn day() -> Field {
        Field {
            name: "dt",
            kind: "string".to_owned(),
            about: "the day under which the batch was filed, YYYY-MM-DD, UTC",
        }
    }

    /// The statement that makes it in Athena.
    pub fn sql(&self) -> String {
        let mut text = String::new();
        // Writing into a String does not fail.
        let _ = writeln!(text, "-- {}", self.about);
        let _ = writeln!(text, "CREATE EXTERNAL TABLE IF NOT EXISTS {} (", self.name);
        let columns: Vec<String> = self.columns.iter().map(|column| format!("  {}", column.sql())).collect();
        let _ = writeln!(text, "{}\n)", columns.join(",\n"));
        if self.first_day.is_some() {
            let _ = writeln!(text, "PARTITIONED BY ({})", Self::day().sql());
        }
        let _ = writeln!(text, "{}", self.format.sql());
        let _ = write!(text, "LOCATION '{}'", self.location);
        let properties: Vec<String> =
            self.projection().iter().map(|(name, value)| format!("  '{name}' = '{value}'")).collect();
        if !properties.is_empty() {
            let _ = write!(text, "\nTBLPROPERTIES (\n{}\n)", properties.join(",\n"));
        }
        text + ";\n"
    }

    /// The `TableInput` of Glue's `CreateTable`.
    pub fn table_input(&self) -> Value {
        let columns: Vec<Value> = self.columns.iter().map(Field::glue).collect();
        let days: Vec<Value> = self.first_day.iter().map(|_| Self::day().glue()).collect();
        let mut parameters: Map<String, Value> =
            self.projection().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        parameters.insert("EXTERNAL".to_owned(), "TRUE".into());
        let (library, input, output, settings) = self.format.classes();
        json!({
            "Name": self.name,
            "Description": self.about,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
            "PartitionKeys": days,
            "StorageDescriptor": {
                "Columns": columns,
                "Location": self.location,
                "InputFormat": input,
                "OutputFormat": output,
                "SerdeInfo": {"SerializationLibrary": library, "Parameters": settings},
            },
        })
    }

    /// Partitions are computed and not registered: no crawler, no MSCK. They end one day past today, for clocks that
    /// are ahead near midnight.
    fn projection(&self) -> Vec<(&'static str, String)> {
        let Some(first_day) = self.first_day else { return Vec::new() };
        vec![
            ("projection.enabled", "true".to_owned()),
            ("projection.dt.type", "date".to_owned()),
            ("projection.dt.format", "yyyy-MM-dd".to_owned()),
            (RANGE, format!("{first_day}{RANGE_END}")),
            ("storage.location.template", format!("{}dt=${{dt}}/", self.location)),
        ]
    }
}

impl Field {
    fn sql(&self) -> String {
        let comment = match self.about {
            "" => String::new(),
            about => format!(" COMMENT '{}'", about.replace('\'', "''")),
        };
        format!("`{}` {}{comment}", self.name, self.quoted())
    }

    /// The type with its members' names in quotes, which Glue does not take and a statement needs: some (`user`) are words
    /// of the grammar.
    fn quoted(&self) -> String {
        let mut text = String::new();
        let mut rest = self.kind.as_str();
        while let Some((before, after)) = rest.split_once(':') {
            let name = before.rfind(['<', ',']).map_or(0, |at| at + 1);
            text += &format!("{}`{}`:", &before[..name], &before[name..]);
            rest = after;
        }
        text + rest
    }

    pub(super) fn glue(&self) -> Value {
        match self.about {
            "" => json!({"Name": self.name, "Type": self.kind}),
            about => json!({"Name": self.name, "Type": self.kind, "Comment": about}),
        }
    }
}

impl Format {
    fn sql(self) -> String {
        match self {
            Self::Parquet => "STORED AS PARQUET".to_owned(),
            Self::Json => format!(
                "ROW FORMAT SERDE '{}'\nWITH SERDEPROPERTIES ('ignore.malformed.json' = 'true')",
                self.classes().0
            ),
        }
    }

    /// The classes that Hive would use, by which the catalogue names a format: reader, input, output; and the reader's
    /// settings.
    fn classes(self) -> (&'static str, &'static str, &'static str, Value) {
        match self {
            Self::Parquet => (
                "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
                "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                json!({}),
            ),
            Self::Json => (
                "org.openx.data.jsonserde.JsonSerDe",
                "org.apache.hadoop.mapred.TextInputFormat",
                "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                json!({"ignore.malformed.json": "true"}),
            ),
        }
    }
}
