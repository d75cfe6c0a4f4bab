//! `accept`: a held commit may be made.

use std::str::FromStr;

use compactor::{accept, manifests};
use lake::{CommitId, Day, SystemClock};

use crate::place::Place;
use crate::screen;

/// A commit, or a day and thereby its next commit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    Commit(CommitId),
    Day(Day),
}

impl FromStr for Which {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let day = text.parse().map(Self::Day);
        day.or_else(|_| text.parse().map(Self::Commit))
            .map_err(|_| format!("'{text}', expected a commit, 2026-11-20.0, or a day, 2026-11-20"))
    }
}

/// Runs the command.
pub(crate) async fn run(place: &Place, which: Which, held_above_percent: f64) -> anyhow::Result<()> {
    let buckets = place.buckets().await?;
    let commit = match which {
        Which::Commit(commit) => commit,
        Which::Day(day) => {
            let number = manifests(buckets.lake.as_ref(), day).await?.len() as u32;
            CommitId { day, number }
        }
    };
    let accepted = accept(&buckets, commit, &SystemClock, held_above_percent).await?;
    screen::line(format_args!(
        "{commit} is accepted without {} of its {}: the next compact makes it",
        screen::bytes(accepted.unreadable_bytes),
        screen::bytes(accepted.raw_bytes)
    ));
    Ok(())
}
