//! The forensic pack: questions that investigators ask, each a file of `athena-ddl/forensics/` that also says what it takes.
//!
//! A file runs as it stands in Athena, Trino and here: its parameters are literals in its SQL, because engines prune files by
//! literals and not by what a parameter table would hold. The header names each with the very text in which it stands
//! below, and a run from the command line puts other literals in the same places.

mod form;
mod header;
mod heard;
mod substitute;
#[cfg(test)]
mod tests;
mod values;

use anyhow::bail;

pub use form::Form;
pub use header::Parameter;
pub use heard::{Heard, Sampled};
pub use values::Values;

/// A question of the pack.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its name, `what-ran`.
    pub name: &'static str,
    /// The question, one line.
    pub title: &'static str,
    /// The whole file: header and SQL.
    pub text: &'static str,
    /// What it takes, in the order of its header; derived ones among them.
    pub parameters: Vec<Parameter>,
}

macro_rules! files {
    ($($file:literal),+ $(,)?) => {
        /// The files by name, in their order. A test holds the list against the folder.
        const FILES: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../../../athena-ddl/forensics/", $file, ".sql")))),+];
    };
}

files![
    "01-what-ran",
    "02-where-else",
    "03-new-programs",
    "04-hidden-binaries",
    "05-raw-sockets",
    "06-who-was-there",
    "07-ssm-sessions",
    "08-became-root",
    "09-shells-without-login",
    "10-interpreters-out",
    "11-who-listened",
    "12-who-talked-to",
    "13-new-listeners",
    "14-login-chains",
    "15-sent-much",
    "16-persistence",
    "17-package-version",
    "18-hidden-threads",
    "19-silent-hosts",
    "20-blind-minute",
];

/// Every question, in order.
pub fn all() -> anyhow::Result<Vec<Question>> {
    FILES.iter().map(|(file, text)| header::read(file, text)).collect()
}

/// The question of this name; an error names those that may have been meant.
pub fn find(name: &str) -> anyhow::Result<Question> {
    let questions = all()?;
    if let Some(question) = questions.iter().find(|question| question.name == name) {
        return Ok(question.clone());
    }
    let near = crate::query::near(name, questions.iter().map(|question| question.name));
    bail!("there is no question '{name}'{near} (query --list lists them)")
}

impl Question {
    /// Its SQL with these values in their places. `now_ms` is what "today" means where a day is left out.
    pub fn sql(&self, values: &Values, now_ms: i64) -> anyhow::Result<String> {
        let literals = substitute::literals(self, values, now_ms)?;
        Ok(substitute::put(self.statement(), &literals))
    }

    /// What follows its header.
    pub fn statement(&self) -> &'static str {
        let header = self.text.lines().take_while(|line| line.starts_with("--"));
        let bytes: usize = header.map(|line| line.len() + 1).sum();
        self.text.get(bytes..).unwrap_or_default().trim_end()
    }

    /// The parameters that somebody gives.
    pub fn given(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| !parameter.name.is_empty())
    }

    /// How it is asked, one line, with the example's values.
    pub fn usage(&self) -> String {
        let required = self.given().filter(|parameter| parameter.required());
        let options = required.map(|parameter| format!(" --{} {}", parameter.name, parameter.example()));
        let optional = self.given().filter(|parameter| !parameter.required());
        let optional = optional.map(|parameter| format!(" [--{} {}]", parameter.name, parameter.example()));
        format!("--named {}{}{}", self.name, options.collect::<String>(), optional.collect::<String>())
    }

    /// What it takes, a line a parameter.
    pub fn takes(&self) -> String {
        let mut lines = String::new();
        for parameter in self.given() {
            let otherwise = match parameter.required() {
                true => String::new(),
                false => format!("; if left out, {}", parameter.otherwise),
            };
            lines += &format!(
                "  --{:<8} {}: {}{otherwise}\n",
                parameter.name,
                parameter.meaning,
                parameter.form.expected()
            );
        }
        lines.trim_end().to_owned()
    }
}
