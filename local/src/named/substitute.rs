//! Other values in the places of those that stand in a file.

use anyhow::{Context, anyhow, bail};
use lake::Day;

use super::form::days_of;
use super::{Form, Question, Values};

/// A text of the SQL, and what replaces it.
pub(super) type Literal = (&'static str, String);

/// What replaces each parameter's text, given or derived.
pub(super) fn literals(question: &Question, values: &Values, now_ms: i64) -> anyhow::Result<Vec<Literal>> {
    check(question, values)?;
    let today = Day::of_ms(now_ms);
    let mut literals = Vec::with_capacity(question.parameters.len());
    for parameter in &question.parameters {
        let text = match parameter.form {
            Form::DaysOf(of) => {
                let (first, last) = days_of(&text_of(question, values, of, today)?)?;
                between(first, last)
            }
            Form::DaysBefore(days, of) => {
                let day: Day = text_of(question, values, of, today)?.parse().map_err(anyhow::Error::msg)?;
                between(day.back(days), day.back(1))
            }
            form => {
                let value = form.value(&text_of(question, values, parameter.name, today)?);
                within(parameter.stands, &value.with_context(|| format!("--{}", parameter.name))?)
            }
        };
        literals.push((parameter.stands, text));
    }
    order(question, values, today)?;
    Ok(literals)
}

/// Every value is asked for, and every value that must be there is.
fn check(question: &Question, values: &Values) -> anyhow::Result<()> {
    let teach = || format!("{} takes\n{}\nusage: {}", question.name, question.takes(), question.usage());
    for (name, _) in values.iter() {
        if !question.given().any(|parameter| parameter.name == name) {
            bail!("{} takes no --{name}\n{}", question.name, teach());
        }
    }
    let missing: Vec<String> = question
        .given()
        .filter(|parameter| parameter.required() && values.get(parameter.name).is_none())
        .map(|parameter| format!("--{}", parameter.name))
        .collect();
    match missing[..] {
        [] => Ok(()),
        _ => bail!("{} needs {}\n{}", question.name, missing.join(", "), teach()),
    }
}

/// A parameter's value as it was given, or what holds without it.
fn text_of(question: &Question, values: &Values, name: &str, today: Day) -> anyhow::Result<String> {
    if let Some(value) = values.get(name) {
        return Ok(value.to_owned());
    }
    let parameter = question.given().find(|parameter| parameter.name == name);
    let parameter = parameter.with_context(|| format!("{}: no parameter '{name}'", question.name))?;
    let day = |of: &str| -> anyhow::Result<Day> {
        text_of(question, values, of, today)?.parse().map_err(anyhow::Error::msg)
    };
    let words: Vec<&str> = parameter.otherwise.split(' ').collect();
    Ok(match words[..] {
        ["today"] => today.to_string(),
        ["the", "same", "as", of] => day(of).with_context(|| format!("--{of}"))?.to_string(),
        ["the", "day", "before", of] => day(of).with_context(|| format!("--{of}"))?.back(1).to_string(),
        [days, "days", "before", of] => {
            day(of).with_context(|| format!("--{of}"))?.back(days.parse()?).to_string()
        }
        [value] => value.to_owned(),
        _ => bail!("{}: '{}' is no default", question.name, parameter.otherwise),
    })
}

/// A range of days that ends before it begins has no rows, which would look like an answer.
fn order(question: &Question, values: &Values, today: Day) -> anyhow::Result<()> {
    let given = |name| question.given().any(|parameter| parameter.name == name);
    if given("from") && given("to") {
        let (from, to) = (text_of(question, values, "from", today)?, text_of(question, values, "to", today)?);
        let day = |text: &str| text.parse::<Day>().map_err(|error| anyhow!(error));
        if day(&from)? > day(&to)? {
            bail!("--from {from} is after --to {to}");
        }
    }
    Ok(())
}

fn between(first: Day, last: Day) -> String {
    format!("BETWEEN '{first}' AND '{last}'")
}

/// A parameter's text with this value in place of the one that it holds: what is in quotes, or the number.
fn within(stands: &str, value: &str) -> String {
    if let (Some(first), Some(last)) = (stands.find('\''), stands.rfind('\'')) {
        return format!("{}'{value}'{}", &stands[..first], &stands[last + 1..]);
    }
    let before = stands.trim_end_matches(|letter: char| letter.is_ascii_digit());
    format!("{before}{value}")
}

/// The SQL with each text replaced, all at once: where two could begin, the longer one does.
pub(super) fn put(sql: &str, literals: &[Literal]) -> String {
    let mut by_length: Vec<&Literal> = literals.iter().collect();
    by_length.sort_by_key(|(stands, _)| std::cmp::Reverse(stands.len()));
    let mut text = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(next) = rest.chars().next() {
        match by_length.iter().find(|(stands, _)| rest.starts_with(stands)) {
            Some((stands, literal)) => {
                text += literal;
                rest = &rest[stands.len()..];
            }
            None => {
                text.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    text
}
