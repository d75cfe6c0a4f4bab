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

/// Moments whole: what is shown is what can be asked for.
const MOMENT: &str = "%Y-%m-%d %H:%M:%S%.3f";
/// The width at which a table's columns still stand beside each other where there is no terminal.
const WIDTH: u16 = 160;
/// Blanks between columns.
const GAP: usize = 2;
/// Text of several words may be cut to this: a command line still says which.
const LEAST: usize = 24;
/// A word may be cut to this: addresses, digests and most paths stay whole, for a part of one is another's too.
const LEAST_WORD: usize = 64;

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

    /// The widths below which columns would say something else. A number or a moment that is cut would be another.
    fn least(&self) -> Vec<usize> {
        let least = |(column, data_type): (usize, &DataType)| {
            let of = |row: &Vec<String>| {
                let (value, width) = (&row[column], row[column].chars().count());
                match data_type.is_string() {
                    true => width.min(if value.contains(' ') { LEAST } else { LEAST_WORD }),
                    false => width,
                }
            };
            self.rows.iter().map(of).max().unwrap_or_default().max(self.names[column].len()) + GAP
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
    let width = width();
    if shown.fits(width.unwrap_or(WIDTH)) {
        aligned(out, &shown, width)?
    } else {
        one_below_the_other(out, &shown)?
    }
    writeln!(out, "({} row{})", shown.rows.len(), if shown.rows.len() == 1 { "" } else { "s" })?;
    Ok(())
}

/// The terminal's width, or what COLUMNS says where it does not know; none where there is no terminal.
fn width() -> Option<u16> {
    let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
    console::Term::stdout()
        .size_checked()
        .map(|(_, columns)| columns)
        .filter(|width| *width > 0)
        .or_else(columns)
}

/// Rows beside their names. Without a width nothing is cut, so that `| grep` finds what there is.
fn aligned(out: &mut dyn Write, shown: &Shown, width: Option<u16>) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_truncation_indicator("…");
    // A value is one piece to be cut at its end: what it is split by is a character that no value has by now.
    table.set_delimiter('\0');
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
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
    // Marks that turn the direction of writing would show a name backwards.
    let turns = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}
