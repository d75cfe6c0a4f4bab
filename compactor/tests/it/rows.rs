//! Rows read back by an ordinary Parquet reader, as text.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, TimestampMillisecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use lake::TableName;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::fleet::Fleet;

/// A row: column names to values as text. NULL is `NULL`.
pub(crate) type Row = BTreeMap<String, String>;

/// A plain scan: every row of every file of a table, in the order in which they lie.
pub(crate) fn scan(fleet: &Fleet, table: TableName) -> Vec<Row> {
    files(fleet, table).iter().flat_map(|file| rows(file)).collect()
}

/// The files of a table, in the order of their keys.
pub(crate) fn files(fleet: &Fleet, table: TableName) -> Vec<PathBuf> {
    let folder = fleet.folder.path().join("lake/lake").join(table.as_str());
    let Ok(days) = std::fs::read_dir(folder) else { return Vec::new() };
    let inside =
        |day: std::fs::DirEntry| std::fs::read_dir(day.path()).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> = days.flat_map(|day| inside(day.unwrap())).collect();
    files.sort();
    files
}

pub(crate) fn rows(file: &Path) -> Vec<Row> {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap().build().unwrap();
    reader.flat_map(|batch| as_text(&batch.unwrap())).collect()
}

pub(crate) fn as_text(batch: &RecordBatch) -> Vec<Row> {
    let options = FormatOptions::default().with_null("NULL");
    let schema = batch.schema();
    let columns: Vec<ArrayRef> = batch.columns().iter().map(as_offset).collect();
    let formatters: Vec<_> = (schema.fields().iter().zip(&columns))
        .map(|(field, column)| (field.name(), ArrayFormatter::try_new(column, &options).unwrap()))
        .collect();
    let row =
        |at| formatters.iter().map(|(name, cell)| ((*name).clone(), cell.value(at).to_string())).collect();
    (0..batch.num_rows()).map(row).collect()
}

/// Each row as a line of text, its cells in the order of the columns.
pub(crate) fn as_lines(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL");
    let columns: Vec<ArrayRef> = batch.columns().iter().map(as_offset).collect();
    let cells: Vec<_> =
        columns.iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
    let line = |at| {
        let mut line = String::new();
        cells.iter().for_each(|cell| write!(line, "{}|", cell.value(at)).unwrap());
        line
    };
    (0..batch.num_rows()).map(line).collect()
}

/// The formatter knows offsets and no names of zones. A moment in another zone than UTC stays and fails.
fn as_offset(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Timestamp(_, Some(zone)) if **zone == *"UTC" => {
            Arc::new(column.as_primitive::<TimestampMillisecondType>().clone().with_timezone("+00:00"))
        }
        DataType::Timestamp(_, zone) => panic!("a timestamp of zone {zone:?}, expected UTC"),
        _ => column.clone(),
    }
}

/// Some columns of rows, as text: `a|b|c`.
pub(crate) fn columns(rows: &[Row], names: &[&str]) -> Vec<String> {
    let row = |row: &Row| names.iter().map(|name| row[*name].clone()).collect::<Vec<_>>().join("|");
    rows.iter().map(row).collect()
}

/// Every identity in the table `hosts`, sorted: each must be there once.
pub(crate) fn identities(fleet: &Fleet) -> Vec<String> {
    let mut all = columns(&scan(fleet, TableName::Hosts), &["host_id", "stream", "seq"]);
    all.sort();
    all
}
