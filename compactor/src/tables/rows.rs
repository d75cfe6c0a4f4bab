//! Rows on their way into columns.
//!
//! Text goes into dictionaries, because a host-day says the same few hundred texts a thousand times over: 200,000
//! processes with their command lines fit in some tens of megabytes.

use std::sync::Arc;

use anyhow::{Context, bail};
use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, RecordBatch,
    StringDictionaryBuilder, TimestampMillisecondBuilder,
};
use arrow::compute::{SortColumn, lexsort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, TimeUnit};

use super::{Kind, Table};

/// The rows of one table and one host-day.
pub(crate) struct Rows {
    table: &'static Table,
    columns: Vec<Builder>,
    /// The next cell's column.
    at: usize,
    host_id: String,
    host_name: Option<String>,
    commit_id: Option<String>,
}

enum Builder {
    Text(StringDictionaryBuilder<Int32Type>),
    Int(Int32Builder),
    Bigint(Int64Builder),
    Double(Float64Builder),
    Boolean(BooleanBuilder),
    Timestamp(TimestampMillisecondBuilder),
}

impl Rows {
    pub(crate) fn new(table: &'static Table, host_id: &str, commit_id: Option<String>) -> Self {
        let builder = |kind| match kind {
            Kind::string => Builder::Text(StringDictionaryBuilder::new()),
            Kind::int => Builder::Int(Int32Builder::new()),
            Kind::bigint => Builder::Bigint(Int64Builder::new()),
            Kind::double => Builder::Double(Float64Builder::new()),
            Kind::boolean => Builder::Boolean(BooleanBuilder::new()),
            Kind::timestamp => Builder::Timestamp(TimestampMillisecondBuilder::new().with_timezone("UTC")),
        };
        let columns = table.columns.iter().map(|column| builder(column.kind)).collect();
        Self { table, columns, at: 0, host_id: host_id.to_owned(), host_name: None, commit_id }
    }

    /// The host's name from here on.
    pub(crate) fn host_name(&mut self, name: Option<&str>) {
        if self.host_name.as_deref() != name {
            self.host_name = name.map(str::to_owned);
        }
    }

    /// Begins a row with the columns that every table has.
    pub(crate) fn begin(&mut self) -> anyhow::Result<()> {
        for value in [Some(self.host_id.as_str()), self.host_name.as_deref(), self.commit_id.as_deref()] {
            match &mut self.columns[self.at] {
                Builder::Text(builder) => builder.append_option(value),
                _ => bail!("column {} of {} is no text", self.at, self.table.name),
            }
            self.at += 1;
        }
        Ok(())
    }

    pub(crate) fn string(&mut self, value: Option<&str>) -> anyhow::Result<()> {
        match self.next() {
            Some(Builder::Text(builder)) => builder.append_option(value),
            _ => return self.misplaced("string"),
        }
        Ok(())
    }

    pub(crate) fn int(&mut self, value: Option<impl Into<i64>>) -> anyhow::Result<()> {
        let value =
            value.map(Into::into).map(i32::try_from).transpose().context("a number past an int's range")?;
        match self.next() {
            Some(Builder::Int(builder)) => builder.append_option(value),
            _ => return self.misplaced("int"),
        }
        Ok(())
    }

    pub(crate) fn bigint(&mut self, value: Option<impl Into<i64>>) -> anyhow::Result<()> {
        match self.next() {
            Some(Builder::Bigint(builder)) => builder.append_option(value.map(Into::into)),
            _ => return self.misplaced("bigint"),
        }
        Ok(())
    }

    pub(crate) fn double(&mut self, value: Option<f64>) -> anyhow::Result<()> {
        match self.next() {
            Some(Builder::Double(builder)) => builder.append_option(value),
            _ => return self.misplaced("double"),
        }
        Ok(())
    }

    pub(crate) fn boolean(&mut self, value: Option<bool>) -> anyhow::Result<()> {
        match self.next() {
            Some(Builder::Boolean(builder)) => builder.append_option(value),
            _ => return self.misplaced("boolean"),
        }
        Ok(())
    }

    pub(crate) fn timestamp(&mut self, value: Option<impl Into<i64>>) -> anyhow::Result<()> {
        match self.next() {
            Some(Builder::Timestamp(builder)) => builder.append_option(value.map(Into::into)),
            _ => return self.misplaced("timestamp"),
        }
        Ok(())
    }

    /// Ends a row.
    pub(crate) fn end(&mut self) -> anyhow::Result<()> {
        if self.at != self.columns.len() {
            bail!("a row of {} has {} cells, expected {}", self.table.name, self.at, self.columns.len());
        }
        self.at = 0;
        Ok(())
    }

    fn next(&mut self) -> Option<&mut Builder> {
        self.at += 1;
        self.columns.get_mut(self.at - 1)
    }

    fn misplaced(&self, kind: &str) -> anyhow::Result<()> {
        bail!("column {} of {} is no {kind}", self.at - 1, self.table.name)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.columns.first().map_or(0, Builder::len)
    }

    /// The rows so far as columns, sorted as the table declares. None when there are none.
    pub(crate) fn take(&mut self) -> anyhow::Result<Option<RecordBatch>> {
        let arrays: Vec<ArrayRef> = self.columns.iter_mut().map(Builder::finish).collect();
        if arrays.first().is_none_or(|column| column.is_empty()) {
            return Ok(None);
        }
        let batch = RecordBatch::try_new(file_schema(self.table), arrays)?;
        let sort: Vec<SortColumn> = self
            .table
            .sorted_by
            .iter()
            .filter_map(|name| batch.column_by_name(name))
            .map(|values| SortColumn { values: values.clone(), options: None })
            .collect();
        let order = lexsort_to_indices(&sort, None)?;
        Ok(Some(take_record_batch(&batch, &order)?))
    }
}

impl Builder {
    fn len(&self) -> usize {
        let builder: &dyn ArrayBuilder = match self {
            Self::Text(builder) => builder,
            Self::Int(builder) => builder,
            Self::Bigint(builder) => builder,
            Self::Double(builder) => builder,
            Self::Boolean(builder) => builder,
            Self::Timestamp(builder) => builder,
        };
        builder.len()
    }

    fn finish(&mut self) -> ArrayRef {
        let builder: &mut dyn ArrayBuilder = match self {
            Self::Text(builder) => builder,
            Self::Int(builder) => builder,
            Self::Bigint(builder) => builder,
            Self::Double(builder) => builder,
            Self::Boolean(builder) => builder,
            Self::Timestamp(builder) => builder,
        };
        builder.finish()
    }
}

/// The schema of what [`Rows::take`] gives and the Parquet writer takes: text in dictionaries, and moments marked
/// as UTC, which the file then says of its INT64 milliseconds.
pub(crate) fn file_schema(table: &Table) -> Arc<Schema> {
    let fields = table.columns.iter().map(|column| {
        let kind = match column.kind {
            Kind::string => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Kind::timestamp => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            other => other.arrow(),
        };
        Field::new(column.name, kind, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
