//! Files of an older schema, by Athena's engine: each value of theirs, and NULL for what joined later.

use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use lake::{Body, TableName};
use serde_json::Value;

use super::servers::Servers;
use crate::older::{OLDER, committed, file};

/// What a file holds of these columns, as text in one order. It is read by the names that it has, without our engine.
fn held(table: TableName, columns: &[&str]) -> Vec<String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(file(table))).unwrap();
    let options = FormatOptions::default()
        .with_null("NULL")
        .with_timestamp_format(Some("%F %T%.3f"))
        .with_timestamp_tz_format(Some("%F %T%.3f"));
    let mut rows = Vec::new();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        let format = |name: &&str| {
            let column = batch.column_by_name(name)?;
            Some(ArrayFormatter::try_new(column, &options).unwrap())
        };
        let columns: Vec<_> = columns.iter().map(format).collect();
        let value = |column: &Option<ArrayFormatter<'_>>, at: usize| {
            column.as_ref().map_or_else(|| "NULL".to_owned(), |column| column.value(at).to_string())
        };
        rows.extend(
            (0..batch.num_rows())
                .map(|at| columns.iter().map(|column| value(column, at)).collect::<Vec<_>>().join(" | ")),
        );
    }
    rows.sort_unstable();
    rows
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Trino, a Glue catalogue and an S3 server: .ci/trino starts them and runs this"]
async fn on_trino_a_column_that_joined_later_is_null_in_older_files() {
    let servers = Servers::new("older", "2026-11-20").await;
    servers.make_tables().await;
    for (key, object) in committed() {
        servers.buckets.lake.put_if_absent(&key, Body::from(object)).await.unwrap();
    }
    for table in OLDER {
        let columns: Vec<&str> =
            compactor::Table::of(table).columns.iter().map(|column| column.name).collect();
        let held = held(table, &columns);
        assert!(!held.is_empty() && held.iter().all(|row| row.contains("NULL")), "{table}: {held:?}");
        // The table itself, and the view over it.
        for from in [format!("lake_{table}"), table.to_string()] {
            let sql = format!("SELECT {} FROM {from} WHERE dt = '2026-11-20'", columns.join(", "));
            let rows = servers.rows(&sql).await;
            let mut rows: Vec<String> =
                rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join(" | ")).collect();
            rows.sort_unstable();
            assert_eq!(rows, held, "{from}");
        }
    }
}
