//! `verify`: what the manifests say against what lies there.

use std::path::Path;
use std::process::ExitCode;

use compactor::{Verified, verify};
use lake::{Day, prefix};

use crate::{Folder, screen};

/// Runs the command. Exit code 1 when something does not hold.
pub(crate) async fn run(data: &Path, day: Option<Day>) -> anyhow::Result<ExitCode> {
    let folder = Folder::existing(data)?;
    let days = match day {
        Some(day) => vec![day],
        None => {
            let committed = folder.buckets.lake.list_all_prefixes(prefix::MANIFEST_DAYS).await?;
            committed.iter().filter_map(|beginning| prefix::day_of(beginning)).collect()
        }
    };
    if days.is_empty() {
        screen::line("no day is committed yet");
    }
    let mut holds = true;
    for day in days {
        let verified = verify(&folder.buckets, day).await?;
        screen::line(summary(&verified));
        for finding in &verified.findings {
            screen::note(format_args!("endpoint-metrics: {}: {}", finding.commit, finding.what));
        }
        holds &= verified.findings.is_empty() && !verified.commits.is_empty();
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
