//! What a file of the pack says of itself.
//!
//! ```text
//! -- what-ran: What ran on a host at a moment, as whom, and who started it?
//! --
//! -- …
//! --
//! -- | parameter | form       | if left out | stands below as                       | meaning |
//! -- | host      | text       | required    | 'web-017'                             | the host's name |
//! -- | at        | moment     | required    | TIMESTAMP '2026-11-20 03:12:00'       | the moment, UTC |
//! -- |           | days of at |             | BETWEEN '2026-11-20' AND '2026-11-20' | its day; within an hour of midnight, two |
//! ```
//!
//! A row without a name follows from another parameter.

use anyhow::{Context, bail};

use super::{Form, Question};

/// A row of the header's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// As it is given on the command line; empty for what follows from another one.
    pub name: &'static str,
    /// What a value looks like.
    pub form: Form,
    /// `required`, or what holds without it: a value, or words that [`Form`] knows.
    pub otherwise: &'static str,
    /// The very text in which it stands in the SQL.
    pub stands: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

impl Parameter {
    /// Whether there is no answer without it.
    pub fn required(&self) -> bool {
        self.otherwise == "required"
    }

    /// The value that stands in the file, as the command line takes it.
    pub fn example(&self) -> String {
        let value = match (self.stands.find('\''), self.stands.rfind('\'')) {
            (Some(first), Some(last)) if first < last => &self.stands[first + 1..last],
            _ => self.stands.rsplit(' ').next().unwrap_or_default(),
        };
        value.replace(' ', "T")
    }
}

/// Reads a file's header; `file` is its name, `01-what-ran`.
pub(super) fn read(file: &'static str, text: &'static str) -> anyhow::Result<Question> {
    let first = text.lines().next().and_then(|line| line.strip_prefix("-- ")).unwrap_or_default();
    let (name, title) = first.split_once(": ").with_context(|| format!("{file}: no name and question"))?;
    if file.split_once('-').map(|(_, rest)| rest) != Some(name) {
        bail!("{file}: its header names '{name}'");
    }
    let header = text.lines().take_while(|line| line.starts_with("--"));
    let rows = header.filter_map(|line| line.strip_prefix("-- |")).skip(1);
    let parameters = rows.map(|row| parameter(row).with_context(|| format!("{file}: row '{row}'")));
    Ok(Question { name, title, text, parameters: parameters.collect::<anyhow::Result<_>>()? })
}

fn parameter(row: &'static str) -> anyhow::Result<Parameter> {
    let cells: Vec<&str> = row.trim_end().trim_end_matches('|').split('|').map(str::trim).collect();
    let [name, form, otherwise, stands, meaning] = cells[..] else {
        bail!("{} cells, expected 5", cells.len());
    };
    Ok(Parameter { name, form: Form::named(form)?, otherwise, stands, meaning })
}
