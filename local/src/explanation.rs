//! `explain`: a day's story, for whoever has to know it at night.

use compactor::{Committed, Explained, Next, Outside, Reason, expiry, explain};
use lake::{Clock, Day, SystemClock};

use crate::moment::utc;
use crate::place::Place;
use crate::screen::{bytes, count, line};

/// Runs the command.
pub(crate) async fn run(place: &Place, day: Day, now_ms: Option<i64>, held_above: f64) -> anyhow::Result<()> {
    let buckets = place.buckets().await?;
    let now_ms = now_ms.unwrap_or_else(|| SystemClock.now_ms());
    let explained = explain(&buckets, day, now_ms, held_above).await?;
    text(&explained).iter().for_each(line);
    // Whoever may read objects may not always read rules.
    match expiry::of_day(place.lifecycle().await?.as_ref(), day).await {
        Ok(expiry) => line(format_args!("expiry        {expiry}")),
        Err(error) => line(format_args!("expiry        not known: {error}")),
    }
    Ok(())
}

/// The story, line by line: first the answer, then what it rests on.
fn text(explained: &Explained) -> Vec<String> {
    let mut lines = vec![verdict(explained)];
    for commit in &explained.commits {
        lines.push(String::new());
        lines.extend(committed(commit));
    }
    lines.push(String::new());
    if let Next::Held(_, reasons) = &explained.next {
        lines.push("cannot be read".to_owned());
        lines.extend(reasons.iter().flat_map(reason));
    }
    lines.extend(raw(explained));
    lines.extend(late(explained));
    lines
}

fn verdict(Explained { day, commits, next, raw, late }: &Explained) -> String {
    let done = match commits.len() {
        0 => format!("{day} is NOT compacted"),
        1 => format!("{day} is compacted, in 1 commit"),
        commits => format!("{day} is compacted, in {commits} commits"),
    };
    let why = match next {
        Next::Nothing => return done,
        Next::NotClosed(due_ms) if commits.is_empty() => {
            format!("it is too early; its first commit is due from {} on", utc(*due_ms))
        }
        Next::NotClosed(_) => return done,
        Next::NotBegun(commit) if raw.objects == 0 => {
            format!("nothing lies there, and no run has made the empty commit {commit} yet")
        }
        Next::NotBegun(_) if !commits.is_empty() && late.iter().all(|(_, settled)| *settled) => {
            format!(
                "{} raw objects lie in none of them: `compact --day {day}` takes them",
                count(raw.unlisted)
            )
        }
        Next::NotBegun(commit) => format!("{commit} is due, and no run has begun it: run compact"),
        Next::Unfinished { commit, planned_at_ms, program, reported, shards } => format!(
            "{commit} was begun at {} by {program} and is not finished: {reported} of {shards} shards are \
             built; the next compact goes on, and says what fails if it cannot",
            utc(*planned_at_ms)
        ),
        Next::Held(held, _) => format!("{} is {held}", held.commit),
    };
    match commits.is_empty() {
        true => format!("{done}: {why}"),
        false => format!("{done}; {why}"),
    }
}

fn committed(commit: &Committed) -> Vec<String> {
    let Committed { manifest, planned_at_ms, shards, quarantined, cost, cost_of_shards, accepted } = commit;
    let planned = planned_at_ms.map_or_else(|| "at an unknown moment".to_owned(), utc);
    let mut lines = vec![
        format!(
            "{}  planned {planned}, committed {} by {}",
            manifest.commit_id,
            utc(manifest.committed_at_ms),
            manifest.program
        ),
        item(
            "taken",
            format!(
                "{} snapshots of {} hosts from {} raw objects, {}",
                count(manifest.snapshots),
                count(manifest.hosts),
                count(manifest.objects),
                bytes(manifest.raw_bytes)
            ),
        ),
        item("written", format!("{} rows, {} of Parquet", count(manifest.rows), bytes(manifest.lake_bytes))),
        item(
            "dropped",
            match manifest.dropped {
                0 => "nothing".to_owned(),
                dropped => format!("{} repeats that say the same as what was taken", count(dropped)),
            },
        ),
    ];
    match manifest.quarantined {
        0 => lines.push(item("quarantined", "nothing".to_owned())),
        number => {
            let size = bytes(manifest.quarantined_bytes);
            lines.push(item("quarantined", format!("{} objects or lines, {size}", count(number))));
        }
    }
    lines.extend(quarantined.iter().flat_map(reason));
    if let Some(accepted) = accepted {
        let (without, at) = (bytes(accepted.unreadable_bytes), utc(accepted.accepted_at_ms));
        lines.push(item("accepted", format!("held for {without} that cannot be read, accepted {at}")));
    }
    lines.push(item(
        "cost",
        match cost_of_shards {
            0 => "unknown: the run that built it was killed before it could say".to_owned(),
            known => format!(
                "{}{} puts, {} gets, {} looks, {} listings; {} read, {} written ({known} of {shards} shards)",
                seconds(cost.milliseconds),
                count(cost.puts),
                count(cost.gets),
                count(cost.looks),
                count(cost.lists),
                bytes(cost.bytes_read),
                bytes(cost.bytes_written)
            ),
        },
    ));
    lines
}

/// Nothing for a run that was told what time it is: its clock stood still.
fn seconds(milliseconds: i64) -> String {
    if milliseconds == 0 { String::new() } else { format!("{:.1} s; ", milliseconds as f64 / 1000.0) }
}

fn item(name: &str, what: String) -> String {
    format!("  {name:<12}{what}")
}

/// Why things were set aside, and the first of them.
fn reason(reason: &Reason) -> [String; 2] {
    let overlap = if reason.overlap { "overlap: " } else { "" };
    let first = match &reason.example {
        (key, None) => key.clone(),
        (key, Some(line)) => format!("line {line} of {key}"),
    };
    [
        item("", format!("  {} x {overlap}{}", count(reason.count), reason.words)),
        item("", format!("    {first}")),
    ]
}

fn raw(Explained { commits, raw, .. }: &Explained) -> Vec<String> {
    let Outside { objects, listed, unlisted, .. } = raw;
    let expired = (listed + unlisted).saturating_sub(*objects);
    let mut lines = vec![format!("raw           {} objects, {}", count(*objects), bytes(raw.bytes))];
    if expired > 0 {
        lines.push(item("expired", format!("{} objects that a commit has taken", count(expired))));
    }
    if commits.is_empty() {
        return lines;
    }
    match unlisted {
        0 => lines.push(item("stray", "none: a commit has taken each of them".to_owned())),
        stray => {
            let size = bytes(raw.unlisted_bytes);
            lines.push(item(
                "stray",
                format!("{} in no commit, {size}; `compact --day` takes them", count(*stray)),
            ));
            lines.extend(raw.unlisted_keys.iter().map(|key| item("", format!("  {key}"))));
        }
    }
    lines
}

fn late(Explained { late, .. }: &Explained) -> Vec<String> {
    let hour = |(hour, settled): &(lake::Hour, bool)| {
        let what =
            if *settled { "a commit has it" } else { "the next commit takes it, 5 minutes after the hour" };
        format!("late          something arrived in the hour {hour}: {what}")
    };
    late.iter().map(hour).collect()
}
