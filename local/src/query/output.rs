//! Rows on a screen, or for the next program.

use std::io::Write;

use anyhow::Context;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Row, Table, presets};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned, as wide as the terminal.
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    Json,
}

/// Moments to the second: a sample's instant says no more.
const MOMENT: &str = "%Y-%m-%d %H:%M:%S";
/// The width of a table that does not go to a terminal.
const WIDTH: u16 = 160;

/// Writes the rows; a table also says how many there are.
pub fn print(out: &mut dyn Write, batches: &[RecordBatch], format: Format) -> anyhow::Result<()> {
    match format {
        Format::Table => table(out, batches),
        Format::Csv => {
            let mut writer =
                arrow::csv::WriterBuilder::new().with_timestamp_format(MOMENT.to_owned()).build(out);
            batches.iter().try_for_each(|batch| writer.write(batch)).context("cannot write the rows")
        }
        Format::Json => {
            let mut writer = arrow::json::LineDelimitedWriter::new(out);
            batches.iter().try_for_each(|batch| writer.write(batch)).context("cannot write the rows")?;
            writer.finish().context("cannot write the rows")
        }
    }
}

fn table(out: &mut dyn Write, batches: &[RecordBatch]) -> anyhow::Result<()> {
    let Some(first) = batches.first() else { return Ok(()) };
    let schema = first.schema();
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_truncation_indicator("…");
    let terminal = console::Term::stdout();
    table.set_width(terminal.size_checked().map_or(WIDTH, |(_, columns)| columns));
    table.set_header(schema.fields().iter().map(|field| Cell::new(field.name())));
    for (column, field) in table.column_iter_mut().zip(schema.fields()) {
        column.set_padding((0, 2));
        if field.data_type().is_numeric() {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let options =
        FormatOptions::default().with_timestamp_format(Some(MOMENT)).with_timestamp_tz_format(Some(MOMENT));
    let mut rows = 0;
    for batch in batches {
        let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
        let columns: Vec<ArrayFormatter<'_>> = columns.collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            let mut cells = Row::from(columns.iter().map(|column| printable(&column.value(row).to_string())));
            // One line a row: a long command line is cut here, and whole in csv and json.
            cells.max_height(1);
            table.add_row(cells);
        }
        rows += batch.num_rows();
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out, "({rows} row{})", if rows == 1 { "" } else { "s" })?;
    Ok(())
}

/// A command line may hold anything, and what it holds must not drive the terminal that shows it.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
