//! A file of an older schema: what was written before a column joined stays readable, and reads as NULL there.
//!
//! The files in `tests/golden/older/` are of a program that lacked the last columns of two tables. They are never written
//! anew: a column that is renamed, moved or removed fails here.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use lake::TableName;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::file::metadata::KeyValue;

use crate::rows::{columns, files, rows};

/// Which tables, and how many columns they lacked.
const OLDER: [(TableName, usize); 2] = [(TableName::Hosts, 3), (TableName::ProcessRuns, 2)];

fn golden(table: TableName) -> PathBuf {
    PathBuf::from(format!("{}/tests/golden/older/{table}.parquet", env!("CARGO_MANIFEST_DIR")))
}

#[test]
fn the_columns_of_an_older_file_are_the_first_of_todays() {
    for (table, lacks) in OLDER {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(golden(table)).unwrap()).unwrap();
        let older: Vec<(String, String)> = reader
            .parquet_schema()
            .columns()
            .iter()
            .map(|column| (column.name().to_owned(), column.physical_type().to_string()))
            .collect();
        let declared = compactor::Table::of(table).columns;
        let named: Vec<&str> = older.iter().map(|(name, _)| name.as_str()).collect();
        let first: Vec<&str> = declared.iter().take(older.len()).map(|column| column.name).collect();
        assert_eq!(named, first, "{table}");
        assert!(declared.len() >= older.len() + lacks, "{table}");
        // And their types are those that a file of today has.
        let now = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/schemas.txt"))
            .unwrap();
        let section = now.split(&format!("{table}\n")).nth(1).unwrap();
        for ((name, kind), line) in older.iter().zip(section.lines()) {
            assert!(line.starts_with(&format!("  {name} {kind}")), "{table}.{name} was {kind} and is {line}");
        }
    }
}

#[test]
fn an_older_file_still_says_what_it_said() {
    let hosts = columns(&rows(&golden(TableName::Hosts)), &["host_id", "commit_id", "seq", "kernel"]);
    assert_eq!(
        hosts,
        [
            "i-0abc|2026-11-20.0|0|6.1.0",
            "i-0abc|2026-11-20.0|1|6.1.0",
            "i-0abc|2026-11-20.0|2|NULL",
            "i-0abc|2026-11-20.0|3|NULL"
        ]
    );
    assert!(rows(&golden(TableName::ProcessRuns)).iter().all(|row| row["commit_id"] == "2026-11-20.0"));
}

/// How the files came to be, once.
#[tokio::test]
#[ignore = "it writes the golden files"]
async fn write_the_older_files() {
    let fleet = crate::day::full_day().await;
    std::fs::create_dir_all(golden(TableName::Hosts).parent().unwrap()).unwrap();
    for (table, lacks) in OLDER {
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(File::open(&files(&fleet, table)[0]).unwrap()).unwrap();
        let entries: Vec<KeyValue> =
            reader.metadata().file_metadata().key_value_metadata().unwrap().iter().take(2).cloned().collect();
        let kept = reader.parquet_schema().num_columns() - lacks;
        let mask = ProjectionMask::leaves(reader.parquet_schema(), 0..kept);
        let batches: Vec<RecordBatch> =
            reader.with_projection(mask).build().unwrap().map(Result::unwrap).collect();
        let options = ArrowWriterOptions::new().with_skip_arrow_metadata(true);
        let file = File::create_new(golden(table)).unwrap();
        let mut writer =
            ArrowWriter::try_new_with_options(file, Arc::clone(&batches[0].schema()), options).unwrap();
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
        entries.into_iter().for_each(|entry| writer.append_key_value_metadata(entry));
        writer.close().unwrap();
    }
}
