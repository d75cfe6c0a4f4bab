//! One table over files, and the two forms in which AWS takes it.

use std::fmt::Write;

use lake::Day;
use serde_json::{Map, Value, json};

/// A table over files on S3, partitioned by `dt`.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name in the catalogue.
    pub name: String,
    /// What it is, a line.
    pub about: String,
    pub(super) columns: Vec<Field>,
    pub(super) format: Format,
    /// The folder of the `dt=` folders, with a slash at the end.
    pub(super) location: String,
    pub(super) first_day: Day,
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

/// `dt`, in the path.
const DAY: (&str, &str) = ("dt", "the day under which the batch was filed, YYYY-MM-DD, UTC");

impl Definition {
    /// The statement that makes it in Athena.
    pub fn sql(&self) -> String {
        let mut text = String::new();
        // Writing into a String does not fail.
        let _ = writeln!(text, "-- {}", self.about);
        let _ = writeln!(text, "CREATE EXTERNAL TABLE IF NOT EXISTS {} (", self.name);
        for (number, column) in self.columns.iter().enumerate() {
            let comma = if number + 1 == self.columns.len() { "" } else { "," };
            let _ = writeln!(text, "  `{}` {}{}{comma}", column.name, column.kind, comment(column.about));
        }
        let _ = writeln!(text, ")\nPARTITIONED BY (`{}` string{})", DAY.0, comment(DAY.1));
        let _ = writeln!(text, "{}", self.format.sql());
        let _ = writeln!(text, "LOCATION '{}'\nTBLPROPERTIES (", self.location);
        let properties: Vec<String> =
            self.projection().iter().map(|(name, value)| format!("  '{name}' = '{value}'")).collect();
        let _ = writeln!(text, "{}\n);", properties.join(",\n"));
        text
    }

    /// The `TableInput` of Glue's `CreateTable`.
    pub fn table_input(&self) -> Value {
        let column = |name: &str, kind: &str, about: &str| match about {
            "" => json!({"Name": name, "Type": kind}),
            about => json!({"Name": name, "Type": kind, "Comment": about}),
        };
        let columns: Vec<Value> =
            self.columns.iter().map(|field| column(field.name, &field.kind, field.about)).collect();
        let mut parameters: Map<String, Value> =
            self.projection().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        parameters.insert("EXTERNAL".to_owned(), "TRUE".into());
        let (library, input, output, settings) = self.format.classes();
        json!({
            "Name": self.name,
            "Description": self.about,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
            "PartitionKeys": [column(DAY.0, "string", DAY.1)],
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
    fn projection(&self) -> [(&'static str, String); 5] {
        [
            ("projection.enabled", "true".to_owned()),
            ("projection.dt.type", "date".to_owned()),
            ("projection.dt.format", "yyyy-MM-dd".to_owned()),
            ("projection.dt.range", format!("{},NOW+1DAYS", self.first_day)),
            ("storage.location.template", format!("{}dt=${{dt}}/", self.location)),
        ]
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

fn comment(about: &str) -> String {
    match about {
        "" => String::new(),
        about => format!(" COMMENT '{}'", about.replace('\'', "''")),
    }
}
