//! What became of the days whose raw may expire; in a folder also S3's own part of it.

use compactor::{Buckets, Closing, ExpireDays};
use lake::{Clock, Day, Lifecycle, lifecycle};

use crate::screen;

/// Says what a run closed and found. What a person has to mend is said with the run's other complaints.
pub(crate) fn say(closing: &Closing, days: ExpireDays) {
    let listed = |days: &mut dyn Iterator<Item = &Day>| {
        let days: Vec<String> = days.map(Day::to_string).collect();
        days.join(", ")
    };
    for (day, count) in &closing.strays {
        let objects = screen::count(*count);
        screen::line(format_args!(
            "{day}: {objects} raw objects were in no commit: its next commit takes them"
        ));
    }
    if !closing.closed.is_empty() {
        let closed = listed(&mut closing.closed.iter());
        screen::line(format_args!("proven, raw expires {days} days after it arrived: {closed}"));
    }
    if !closing.withdrawn.is_empty() {
        let withdrawn = listed(&mut closing.withdrawn.iter());
        screen::line(format_args!("raw no longer expires, until this is proven again: {withdrawn}"));
    }
    if closing.left > 0 {
        screen::line(format_args!("{} days were left to the next run to prove", closing.left));
    }
    if closing.no_room > 0 {
        let words = "proven days have no rule: the bucket has as many as it may";
        screen::note(format_args!("endpoint-metrics: {} {words}", closing.no_room));
    }
    for rule in &closing.foreign {
        screen::note(format_args!(
            "endpoint-metrics: not ours, and it can take raw objects unproven: {rule}"
        ));
    }
}

/// Removes what the rules of a folder expire now.
pub(crate) async fn act(buckets: &Buckets, rules: &dyn Lifecycle, clock: &dyn Clock) -> anyhow::Result<()> {
    let expired = lifecycle::act(buckets.raw.as_ref(), rules, clock.now_ms()).await?;
    if expired > 0 {
        screen::line(format_args!("{} raw objects and markers expired", screen::count(expired)));
    }
    Ok(())
}
