//! On the embedded engine: with the last day still raw, and committed.

use std::collections::BTreeSet;

use clap::{Args, FromArgMatches};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use local::Folder;
use local::named::{self, Values};
use local::query::Engine;

use super::answers::{Expected, expected};
use super::fleet::{LAST_DAY, commit_before, fill, planted};
use super::plant::minute;

/// The SQL of a question with these values, as the command line would run it.
pub(super) fn sql(expected: &Expected) -> String {
    asked(expected.name, &expected.values)
}

/// The same by its parts.
pub(super) fn asked(name: &str, values: &[(&str, &str)]) -> String {
    // What "today" is must not matter: every question here says its days.
    named::find(name).unwrap().sql(&given(values), 0).unwrap()
}

/// The SQL that tells why a question has no rows.
pub(super) fn why(name: &str, values: &[(&str, &str)]) -> String {
    named::Heard::of(&named::find(name).unwrap(), &given(values)).unwrap().unwrap().sql
}

fn given(values: &[(&str, &str)]) -> Values {
    let command = Values::augment_args(clap::Command::new("query"));
    let mut words = vec!["query".to_owned()];
    for (name, value) in values {
        words.extend([format!("--{name}"), (*value).to_owned()]);
    }
    Values::from_arg_matches(&command.try_get_matches_from(words).unwrap()).unwrap()
}

/// Rows as the expectations have them.
fn rows(batches: &[RecordBatch]) -> Vec<String> {
    let options =
        FormatOptions::default().with_null("-").with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.3f"));
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Vec<_> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap()).collect();
        rows.extend((0..batch.num_rows()).map(|row| {
            columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join(" | ")
        }));
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_finds_what_was_planted_and_nothing_else() {
    // FORENSICS_DATA=DIR keeps the fleet's folder, to ask it by hand.
    let temporary = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("FORENSICS_DATA").map(std::path::PathBuf::from);
    let folder = Folder::open(kept.as_deref().unwrap_or(temporary.path())).unwrap();
    let fleet = planted();
    fill(&fleet, &folder.buckets).await;
    let expected = expected(&fleet);
    let asked: BTreeSet<&str> = expected.iter().map(|expected| expected.name).collect();
    let all: BTreeSet<&str> = named::all().unwrap().iter().map(|question| question.name).collect();
    assert_eq!(asked, all, "every question of the pack is asked");

    for state in ["raw", "committed"] {
        let engine = Engine::open(&folder).await.unwrap();
        let mut wrong = Vec::new();
        for expected in &expected {
            let sql = sql(expected);
            let found = match engine.ask(&sql).await {
                Ok(answer) => rows(&answer.rows),
                Err(error) => vec![format!("{error:#}")],
            };
            if found != expected.rows {
                wrong.push(format!(
                    "{} {:?} with its last day {state}:\nexpected\n  {}\nfound\n  {}",
                    expected.name,
                    expected.values,
                    expected.rows.join("\n  "),
                    found.join("\n  ")
                ));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
        if state == "raw" {
            commit_before(&folder.buckets, minute(LAST_DAY + 1, 1, 0)).await;
        }
    }
}
