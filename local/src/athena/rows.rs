//! Athena's results, which are text, as the columns that a table, csv and json are written from.

use std::sync::Arc;

use anyhow::Context;
use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow::datatypes::{Field, Schema};
use aws_sdk_athena::Client;
use aws_sdk_athena::types::{ColumnInfo, Row};
use chrono::NaiveDateTime;

use super::{PAGE, refused};

/// Every row of a query that has ended well, one batch a page. The first row of all is the columns' names.
pub(super) async fn fetch(client: &Client, id: &str) -> anyhow::Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    let mut pages =
        client.get_query_results().query_execution_id(id).max_results(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| refused("give the rows", &error))?;
        let results = page.result_set().context("Athena gave a page without results")?;
        let columns = results.result_set_metadata().map(|about| about.column_info()).unwrap_or_default();
        let rows = results.rows().get(usize::from(batches.is_empty())..).unwrap_or_default();
        batches.push(batch(columns, rows)?);
    }
    Ok(batches)
}

fn batch(columns: &[ColumnInfo], rows: &[Row]) -> anyhow::Result<RecordBatch> {
    let arrays: Vec<ArrayRef> = columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let cells = rows.iter().map(|row| row.data().get(place).and_then(|cell| cell.var_char_value()));
            array(column.r#type(), &cells.collect::<Vec<_>>())
        })
        .collect();
    let fields = columns.iter().zip(&arrays);
    let fields = fields.map(|(column, array)| Field::new(column.name(), array.data_type().clone(), true));
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), arrays)?)
}

/// A column's cells in its type; all of them as text when one is not what the type says, so that nothing is lost.
fn array(kind: &str, cells: &[Option<&str>]) -> ArrayRef {
    let typed: Option<ArrayRef> = match kind {
        "tinyint" | "smallint" | "integer" | "int" | "bigint" => read(cells, |cell| cell.parse::<i64>().ok())
            .map(|read| Arc::new(Int64Array::from(read)) as ArrayRef),
        "float" | "real" | "double" => read(cells, |cell| cell.parse::<f64>().ok())
            .map(|read| Arc::new(Float64Array::from(read)) as ArrayRef),
        "boolean" => read(cells, |cell| cell.parse::<bool>().ok())
            .map(|read| Arc::new(BooleanArray::from(read)) as ArrayRef),
        "timestamp" => {
            read(cells, moment).map(|read| Arc::new(TimestampMillisecondArray::from(read)) as ArrayRef)
        }
        _ => None,
    };
    typed.unwrap_or_else(|| Arc::new(StringArray::from(cells.to_vec())))
}

fn read<T>(cells: &[Option<&str>], parse: impl Fn(&str) -> Option<T>) -> Option<Vec<Option<T>>> {
    cells.iter().map(|cell| cell.map(|cell| parse(cell).ok_or(())).transpose().ok()).collect()
}

fn moment(text: &str) -> Option<i64> {
    let moment = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
    Some(moment.and_utc().timestamp_millis())
}
