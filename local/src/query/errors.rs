//! An engine's error as one line that a person can use.

use datafusion::common::{DataFusionError, SchemaError};

/// What went wrong in `sql` and where, without the engine's layers around it.
pub(crate) fn explain(error: &DataFusionError, sql: &str) -> anyhow::Error {
    let found = match error.find_root() {
        // The parser's own message ends with the place.
        DataFusionError::SQL(error, _) => {
            let text = error.to_string();
            let text = first_line(&text).trim_start_matches("sql parser error: ");
            return match text.rsplit_once(" at Line: ") {
                Some((what, place)) => {
                    anyhow::anyhow!(
                        "SQL, line {}: {what}",
                        place.replace(" Column: ", " column ").replace(",", ", ").replace("  ", " ")
                    )
                }
                None => anyhow::anyhow!("SQL: {text}"),
            };
        }
        DataFusionError::SchemaError(error, _) => explain_schema(error, sql),
        DataFusionError::Plan(text) => explain_plan(text),
        other => {
            let text = other.strip_backtrace();
            return explain_value(first_line(&text));
        }
    };
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span).map(|span| span.start);
    let span = span.map(|start| (start.line, start.column)).filter(|(line, _)| *line > 0);
    let place = span.or_else(|| place(sql, &found.name));
    match place {
        Some((line, column)) => anyhow::anyhow!("SQL, line {line}, column {column}: {}", found.text),
        None => anyhow::anyhow!("SQL: {}", found.text),
    }
}

/// A mistake, and the name in the statement that is the mistake; empty when it is none.
struct Found {
    name: String,
    text: String,
}

fn explain_plan(text: &str) -> Found {
    if let Some(name) = unknown_table(text) {
        let text = format!("there is no table '{name}'{}", near(name, tables()));
        return Found { name: name.to_owned(), text };
    }
    if let Some((name, rest)) = text.strip_prefix("Invalid function '").and_then(|text| text.split_once('\''))
    {
        let meant = rest.split_once("Did you mean '").and_then(|(_, rest)| rest.split_once('\''));
        let meant = meant.map(|(meant, _)| format!(": did you mean {meant}?")).unwrap_or_default();
        return Found { name: name.to_owned(), text: format!("there is no function '{name}'{meant}") };
    }
    Found { name: String::new(), text: first_line(text).to_owned() }
}

/// A value that is not what it is compared with.
fn explain_value(text: &str) -> anyhow::Error {
    let quoted = |after: &str| text.split_once(after)?.1.split_once('\'').map(|(value, _)| value.to_owned());
    if let Some(value) = quoted("Error parsing timestamp from '") {
        return anyhow::anyhow!("SQL: '{value}' is no moment, expected TIMESTAMP '2026-11-20 03:12:00'");
    }
    if let Some(value) = quoted("Cannot cast string '") {
        return anyhow::anyhow!(
            "SQL: text ('{value}') is compared with what is none, expected text in single quotes: dt = '2026-11-20'"
        );
    }
    anyhow::anyhow!("{text}")
}

/// Refuses what would write before it is looked into: its mistakes are not of interest.
pub(crate) fn refuse_writing(sql: &str) -> anyhow::Result<()> {
    const WRITES: [&str; 12] = [
        "ALTER", "COPY", "CREATE", "DELETE", "DROP", "GRANT", "INSERT", "MERGE", "SET", "TRUNCATE", "UNLOAD",
        "UPDATE",
    ];
    let first = sql.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with("--"));
    let word = first.and_then(|line| line.split(|letter: char| !letter.is_alphabetic()).next());
    match word.filter(|word| WRITES.iter().any(|writes| writes.eq_ignore_ascii_case(word))) {
        Some(word) => {
            anyhow::bail!("SQL: {} is refused, expected a statement that reads", word.to_uppercase())
        }
        None => Ok(()),
    }
}

fn explain_schema(error: &SchemaError, sql: &str) -> Found {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let asked = field.flat_name();
            // The column may be right, and the table that was named with it wrong.
            let elsewhere = valid_fields.iter().filter(|known| known.name == field.name);
            let elsewhere: Vec<String> = elsewhere.map(|known| known.flat_name()).take(3).collect();
            let near = match elsewhere[..] {
                [] => near(&field.name, valid_fields.iter().map(|known| known.name.as_str())),
                _ => format!(": did you mean {}?", elsewhere.join(", ")),
            };
            let text = match sql.contains(&format!("\"{}\"", field.name)) && near.is_empty() {
                true => format!("there is no column '{asked}' (text is written in single quotes)"),
                false => format!("there is no column '{asked}'{near}"),
            };
            Found { name: asked, text }
        }
        SchemaError::AmbiguousReference { field } => Found {
            name: field.name.clone(),
            text: format!("column '{}' is in more than one of the tables: say which", field.name),
        },
        other => Found { name: String::new(), text: first_line(&other.to_string()).to_owned() },
    }
}

/// Where a name stands in a statement, line and column from 1: the engine does not say it of every mistake. What is in
/// quotes or part of a longer word is another name.
fn place(sql: &str, name: &str) -> Option<(u64, u64)> {
    if name.is_empty() {
        return None;
    }
    let word = |letter: char| letter.is_alphanumeric() || letter == '_';
    for (number, line) in sql.lines().enumerate() {
        let lower = line.to_ascii_lowercase();
        let found = lower.match_indices(&name.to_ascii_lowercase()).map(|(at, _)| at).find(|at| {
            let (before, after) = (&lower[..*at], &lower[at + name.len()..]);
            !before.ends_with(word) && !after.starts_with(word) && before.matches('\'').count() % 2 == 0
        });
        if let Some(at) = found {
            return Some((number as u64 + 1, lower[..at].chars().count() as u64 + 1));
        }
    }
    None
}

/// The name in the engine's `table 'datafusion.public.NAME' not found`.
fn unknown_table(text: &str) -> Option<&str> {
    let name = text.strip_prefix("table '")?.strip_suffix("' not found")?;
    name.rsplit('.').next()
}

fn tables() -> impl Iterator<Item = &'static str> {
    lake::TableName::ALL.into_iter().map(lake::TableName::as_str)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The names that may have been meant: those that differ in a few letters, or else those of which it is a part.
pub(crate) fn near<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let name = name.to_lowercase();
    let mut known: Vec<(usize, &str)> = known.map(|known| (distance(&name, known), known)).collect();
    known.sort_unstable();
    known.dedup();
    let names = |meant: &dyn Fn(&(usize, &str)) -> bool| {
        known.iter().filter(|known| meant(known)).map(|(_, known)| *known).take(3).collect::<Vec<_>>()
    };
    let mut meant = names(&|(distance, _)| *distance <= 1.max(name.len() / 3));
    if meant.is_empty() {
        meant = names(&|(_, known)| known.split('_').any(|part| part == name));
    }
    match meant[..] {
        [] => String::new(),
        _ => format!(": did you mean {}?", meant.join(", ")),
    }
}

/// How many letters must change, come or go.
fn distance(one: &str, other: &str) -> usize {
    datafusion::common::utils::datafusion_strsim::levenshtein(one, other)
}
