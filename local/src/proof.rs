//! `verify`: what the manifests say against what lies there, and, on request, every row against raw.

use std::process::ExitCode;

use compactor::{Deep, Verified, deep, verify};
use lake::{Day, prefix};

use crate::compaction::Bar;
use crate::place::Place;
use crate::screen;

/// Runs the command. Exit code 1 when something does not hold.
pub(crate) async fn run(place: &Place, day: Option<Day>, deeply: bool) -> anyhow::Result<ExitCode> {
    let buckets = place.buckets().await?;
    let days = match day {
        Some(day) => vec![day],
        None => {
            let committed = buckets.lake.list_all_prefixes(prefix::MANIFEST_DAYS).await?;
            committed.iter().filter_map(|beginning| prefix::day_of(beginning)).collect()
        }
    };
    if days.is_empty() {
        screen::line("no day is committed yet");
    }
    let mut holds = true;
    for day in days {
        let verified = verify(&buckets, day).await?;
        screen::line(summary(&verified));
        let mut findings = verified.findings;
        if deeply && !verified.commits.is_empty() {
            let bar = Bar::named("verify");
            let compared = deep(&buckets, day, &bar).await?;
            drop(bar);
            screen::line(deep_summary(day, &compared));
            compared
                .not_compared
                .iter()
                .for_each(|what| screen::line(format_args!("  not compared: {what}")));
            findings.extend(compared.findings);
        }
        for finding in &findings {
            screen::note(format_args!("endpoint-metrics: {}: {}", finding.commit, finding.what));
        }
        holds &= findings.is_empty() && !verified.commits.is_empty();
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One line about a day that was compared with raw.
fn deep_summary(day: Day, deep: &Deep) -> String {
    let verdict = match (deep.findings.len(), deep.files, deep.not_compared.len()) {
        (0, 0, 0) => "it has no rows".to_owned(),
        (0, 0, _) => "NOTHING COMPARED".to_owned(),
        (0, _, 0) => "all equal".to_owned(),
        (0, _, _) => "all equal, as far as they could be compared".to_owned(),
        (findings, _, _) => format!("NOT EQUAL, {findings} finding{}", if findings == 1 { "" } else { "s" }),
    };
    format!(
        "{day}: {} rows of {} files compared with raw, column by column: {verdict}",
        screen::count(deep.rows),
        screen::count(deep.files)
    )
}

/// One line about a day.
pub(crate) fn summary(verified: &Verified) -> String {
    let rows = verified.commits.iter().map(|commit| commit.rows).sum();
    let verdict = match (verified.commits.len(), verified.findings.len()) {
        (0, _) => "NOT COMMITTED".to_owned(),
        (commits, 0) => format!("proven, {commits} commit{}", if commits == 1 { "" } else { "s" }),
        (_, findings) => format!("NOT PROVEN, {findings} finding{}", if findings == 1 { "" } else { "s" }),
    };
    let waiting = match verified.waiting {
        0 => String::new(),
        waiting => format!(", {} raw objects wait for the next commit", screen::count(waiting)),
    };
    format!(
        "{}: {verdict}, {} files opened where they lie, {} rows{waiting}",
        verified.day,
        screen::count(verified.files),
        screen::count(rows)
    )
}
