//! An engine's error as one line that a person can use.

use datafusion::common::{DataFusionError, SchemaError};

/// What went wrong, without the engine's layers around it.
pub(crate) fn explain(error: &DataFusionError) -> anyhow::Error {
    match error.find_root() {
        DataFusionError::SQL(error, _) => anyhow::anyhow!("SQL: {}", first_line(&error.to_string())),
        DataFusionError::SchemaError(error, _) => explain_schema(error),
        DataFusionError::Plan(text) => match unknown_table(text) {
            Some(name) => anyhow::anyhow!("SQL: there is no table '{name}'{}", near(name, tables())),
            None => anyhow::anyhow!("SQL: {}", first_line(text)),
        },
        other => anyhow::anyhow!("{}", first_line(&other.strip_backtrace())),
    }
}

fn explain_schema(error: &SchemaError) -> anyhow::Error {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let near = near(&field.name, valid_fields.iter().map(|field| field.name.as_str()));
            anyhow::anyhow!("SQL: there is no column '{}'{near}", field.name)
        }
        other => anyhow::anyhow!("SQL: {}", first_line(&other.to_string())),
    }
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

/// The names that may have been meant.
fn near<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let name = name.to_lowercase();
    let mut close: Vec<(usize, &str)> = known.map(|known| (distance(&name, known), known)).collect();
    close.sort_unstable();
    close.dedup();
    let close: Vec<&str> = close
        .iter()
        .filter(|(distance, _)| *distance <= 1.max(name.len() / 3))
        .map(|(_, known)| *known)
        .take(3)
        .collect();
    match close[..] {
        [] => String::new(),
        _ => format!(": did you mean {}?", close.join(", ")),
    }
}

/// How many letters must change, come or go.
fn distance(one: &str, other: &str) -> usize {
    datafusion::common::utils::datafusion_strsim::levenshtein(one, other)
}
