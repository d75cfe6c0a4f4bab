//! Rows on a screen, or for the next program.

use std::io::Write;

use anyhow::Context;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Row, Table, Width, presets};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Schema};
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
/// Blanks between columns.
const GAP: usize = 2;
/// A column of text that is narrower than this, and than what it holds, says nothing.
const LEAST: usize = 12;

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

/// Rows as text, with the names of their columns.
struct Shown {
    names: Vec<String>,
    types: Vec<DataType>,
    rows: Vec<Vec<String>>,
}

impl Shown {
    fn of(schema: &Schema, batches: &[RecordBatch]) -> anyhow::Result<Self> {
        let options = FormatOptions::default()
            .with_timestamp_format(Some(MOMENT))
            .with_timestamp_tz_format(Some(MOMENT));
        let mut rows = Vec::new();
        for batch in batches {
            let columns =
                batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
            let columns: Vec<ArrayFormatter<'_>> = columns.collect::<Result<_, _>>()?;
            let row = |row| columns.iter().map(|column| column.value(row).to_string()).collect();
            rows.extend((0..batch.num_rows()).map(row));
        }
        Ok(Self {
            names: schema.fields().iter().map(|field| field.name().clone()).collect(),
            types: schema.fields().iter().map(|field| field.data_type().clone()).collect(),
            rows,
        })
    }

    /// The widths below which columns say nothing: text may be cut, and a name continued below. A number or a moment
    /// that is cut would be another.
    fn least(&self) -> Vec<usize> {
        let least = |(column, data_type): (usize, &DataType)| {
            let widest = self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
            let shown = if data_type.is_string() { widest.min(LEAST) } else { widest };
            shown.max(self.names[column].len().min(LEAST)) + GAP
        };
        self.types.iter().enumerate().map(least).collect()
    }

    /// Whether every column can have a width at which it says something.
    fn fits(&self, width: u16) -> bool {
        self.least().iter().sum::<usize>() <= usize::from(width)
            && !self.rows.iter().flatten().any(|value| value.contains('\n'))
    }
}

fn table(out: &mut dyn Write, batches: &[RecordBatch]) -> anyhow::Result<()> {
    let Some(first) = batches.first() else { return Ok(()) };
    let shown = Shown::of(&first.schema(), batches)?;
    let width = console::Term::stdout().size_checked().map_or(WIDTH, |(_, columns)| columns);
    if shown.fits(width) {
        aligned(out, &shown, width)?
    } else {
        one_below_the_other(out, &shown)?
    }
    writeln!(out, "({} row{})", shown.rows.len(), if shown.rows.len() == 1 { "" } else { "s" })?;
    Ok(())
}

fn aligned(out: &mut dyn Write, shown: &Shown, width: u16) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_truncation_indicator("…").set_width(width);
    table.set_header(shown.names.iter().map(Cell::new));
    for ((column, data_type), least) in table.column_iter_mut().zip(&shown.types).zip(shown.least()) {
        column.set_padding((0, GAP as u16));
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least.try_into()?)));
        if data_type.is_numeric() {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for row in &shown.rows {
        let mut cells = Row::from(row.iter().map(|value| printable(value)));
        // One line a row: a long command line is cut here, and whole in csv and json.
        cells.max_height(1);
        table.add_row(cells);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// What is too wide for a table: each row as lines of name and value, without what is empty.
fn one_below_the_other(out: &mut dyn Write, shown: &Shown) -> anyhow::Result<()> {
    let width = shown.names.iter().map(String::len).max().unwrap_or_default();
    for (number, row) in shown.rows.iter().enumerate() {
        writeln!(out, "-- row {}", number + 1)?;
        for (name, value) in shown.names.iter().zip(row).filter(|(_, value)| !value.is_empty()) {
            for (number, line) in value.lines().enumerate() {
                let name = if number == 0 { name.as_str() } else { "" };
                writeln!(out, "{name:<width$}  {}", printable(line))?;
            }
        }
    }
    Ok(())
}

/// A command line may hold anything, and what it holds must not drive the terminal that shows it.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
