//! Two Parquet files of one table, compared row by row and column by column, by value: how they are packed may differ.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, TimestampMillisecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::tables::Table;

/// Rows held of each file.
const ROWS: usize = 8192;
/// So many rows are described; the rest is counted.
const DESCRIBED: usize = 5;

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// Rows that both have.
    pub(crate) rows: u64,
    /// Those that differ, and those that only one has.
    pub(crate) differing: u64,
    /// The first of them, in words.
    pub(crate) findings: Vec<String>,
    /// Columns that the file that lies there lacks: an older program wrote it.
    pub(crate) columns_lacking: Vec<String>,
    /// Columns that it has and this program does not know.
    pub(crate) columns_unknown: Vec<String>,
}

/// Compares a file as it lies in the lake with one made anew. A file that lies there and cannot be read is a finding; one
/// made anew that cannot be read is an error.
pub(crate) fn compare(table: &Table, lying: &Path, made: &Path) -> anyhow::Result<Compared> {
    let mut compared = Compared::default();
    let mut made = Rows::open(made).context("cannot read the rows that were made anew")?;
    let mut lying = match Rows::open(lying) {
        Ok(rows) => rows,
        Err(error) => {
            compared.differ(|| format!("cannot be read: {error:#}"));
            return Ok(compared);
        }
    };
    let (has, knows) = (lying.columns(), made.columns());
    compared.columns_lacking = knows.iter().filter(|name| !has.contains(name)).cloned().collect();
    compared.columns_unknown = has.iter().filter(|name| !knows.contains(name)).cloned().collect();
    let columns: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.name)
        .filter(|name| has.iter().any(|has| has == name))
        .collect();
    loop {
        let anew = made.next().context("cannot read the rows that were made anew")?;
        let there = match lying.next() {
            Ok(there) => there,
            Err(error) => {
                let row = lying.passed;
                compared.differ(|| format!("cannot be read after row {row}: {error:#}"));
                return Ok(compared);
            }
        };
        let (Some(there), Some(anew)) = (&there, &anew) else {
            let only = |rows: &Option<RecordBatch>| rows.as_ref().map_or(0, RecordBatch::num_rows);
            match lying.rest(only(&there)) {
                Ok(rows) => surplus(&mut compared, rows, "only in the file"),
                Err(error) => {
                    let row = lying.passed;
                    compared.differ(|| format!("cannot be read after row {row}: {error:#}"));
                }
            }
            surplus(&mut compared, made.rest(only(&anew))?, "missing in the file");
            return Ok(compared);
        };
        let rows = there.num_rows().min(anew.num_rows());
        rows_of(&mut compared, &columns, &there.slice(0, rows), &anew.slice(0, rows));
        compared.rows += rows as u64;
        lying.take(rows);
        made.take(rows);
    }
}

impl Compared {
    fn differ(&mut self, what: impl FnOnce() -> String) {
        self.differing += 1;
        if self.findings.len() < DESCRIBED {
            self.findings.push(what());
        }
    }
}

fn surplus(compared: &mut Compared, rows: u64, what: &str) {
    if rows > 0 {
        compared.differ(|| format!("{rows} rows are {what}"));
    }
}

/// Compares as many rows of the one as of the other.
fn rows_of(compared: &mut Compared, columns: &[&str], there: &RecordBatch, anew: &RecordBatch) {
    let column = |batch: &RecordBatch, name: &str| batch.column_by_name(name).cloned();
    let mut unequal: Vec<(&str, ArrayRef, ArrayRef)> = Vec::new();
    for name in columns {
        if let (Some(there), Some(anew)) = (column(there, name), column(anew, name))
            && there.as_ref() != anew.as_ref()
        {
            unequal.push((name, there, anew));
        }
    }
    if unequal.is_empty() {
        return;
    }
    let first = compared.rows;
    for row in 0..there.num_rows() {
        let differs =
            |(_, there, anew): &&(&str, ArrayRef, ArrayRef)| there.slice(row, 1) != anew.slice(row, 1);
        let Some((name, there_column, anew_column)) = unequal.iter().find(differs) else { continue };
        compared.differ(|| {
            let host = column(there, "host_id").map_or_else(String::new, |hosts| shown(&hosts, row));
            format!(
                "row {} of host {host} has {name} = {}, raw gives {}",
                first + row as u64 + 1,
                shown(there_column, row),
                shown(anew_column, row)
            )
        });
    }
}

/// A cell as text.
fn shown(column: &ArrayRef, row: usize) -> String {
    // The formatter knows offsets and no names of zones.
    let column: ArrayRef = match column.data_type() {
        DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, Some(_)) => {
            Arc::new(column.as_primitive::<TimestampMillisecondType>().clone().with_timezone("+00:00"))
        }
        _ => column.clone(),
    };
    let options = FormatOptions::default().with_null("NULL");
    match ArrayFormatter::try_new(column.as_ref(), &options) {
        Ok(cells) => cells.value(row).to_string(),
        Err(error) => format!("what cannot be shown ({error})"),
    }
}

/// The rows of a file, a batch at a time, of which any number may be taken.
struct Rows {
    reader: ParquetRecordBatchReader,
    columns: Vec<String>,
    /// What was read and not taken yet.
    held: Option<RecordBatch>,
    passed: u64,
}

impl Rows {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
        let columns = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        Ok(Self { reader: builder.with_batch_size(ROWS).build()?, columns, held: None, passed: 0 })
    }

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    /// The rows that come next; none after the last.
    fn next(&mut self) -> anyhow::Result<Option<RecordBatch>> {
        while self.held.as_ref().is_none_or(|held| held.num_rows() == 0) {
            match self.reader.next() {
                Some(batch) => self.held = Some(batch?),
                None => return Ok(None),
            }
        }
        Ok(self.held.clone())
    }

    /// Takes so many of them.
    fn take(&mut self, rows: usize) {
        self.passed += rows as u64;
        self.held = self.held.take().map(|held| held.slice(rows, held.num_rows() - rows));
    }

    /// How many rows there are from here on, `held` of them read already.
    fn rest(&mut self, held: usize) -> anyhow::Result<u64> {
        let mut rows = held as u64;
        for batch in self.reader.by_ref() {
            rows += batch?.num_rows() as u64;
        }
        Ok(rows)
    }
}
