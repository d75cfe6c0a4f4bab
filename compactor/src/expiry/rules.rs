//! The rules that are ours, among all that a bucket has.

use std::collections::{BTreeMap, BTreeSet};

use lake::lifecycle::{Configuration, MAX_RULES, Rule};
use lake::{Day, prefix};

use super::{ExpireDays, Open, is_complete};

/// By what a day's rule is known as ours: its name is `endpoint-metrics.raw.DAY.proven.DAY`.
const OF_A_DAY: &str = "endpoint-metrics.raw.";
/// Between the day and the one at which it was last proven.
const PROVEN: &str = ".proven.";
/// The rule of the markers.
const OF_MARKERS: &str = "endpoint-metrics.late";
/// Markers go so many days after they were put: they are read for 15.
const MARKER_DAYS: u32 = 30;
/// We set at most so many, that room is left for somebody else's.
const AT_MOST: usize = 900;

/// What a run knows.
pub(super) struct Known<'k> {
    /// None: nothing expires.
    pub(super) days: Option<ExpireDays>,
    pub(super) today: Day,
    /// The days below which anything lies.
    pub(super) raw: &'k BTreeSet<Day>,
    /// What was looked at, and why it cannot be closed.
    pub(super) looks: &'k BTreeMap<Day, Option<Open>>,
}

/// What there should be.
pub(super) struct Merged {
    pub(super) configuration: Configuration,
    /// Whether that is what there is.
    pub(super) same: bool,
    /// Proven days for which there is no room.
    pub(super) no_room: usize,
}

/// The rule of a day that was last proven on another.
pub(super) fn of_day(day: Day, proven: Day, days: ExpireDays) -> Rule {
    Rule::expire(format!("{OF_A_DAY}{day}{PROVEN}{proven}"), prefix::raw_all(day), days.get())
}

/// The day of a rule of ours, and when it was last proven.
pub(super) fn day_of(rule: &Rule) -> Option<(Day, Day)> {
    let (day, proven) = rule.id.strip_prefix(OF_A_DAY)?.split_once(PROVEN)?;
    Some((day.parse().ok()?, proven.parse().ok()?))
}

/// The days under a rule of ours, and when each was last proven.
pub(super) fn proven(configuration: &Configuration) -> BTreeMap<Day, Day> {
    let mut days: BTreeMap<Day, Day> = BTreeMap::new();
    for (day, proven) in configuration.rules.iter().filter_map(day_of) {
        // Of two for one day the older counts: it is to be looked at.
        days.entry(day).and_modify(|known| *known = proven.min(*known)).or_insert(proven);
    }
    days
}

/// The rules of others, of which we change nothing.
pub(super) fn foreign(configuration: &Configuration) -> impl Iterator<Item = &Rule> {
    configuration.rules.iter().filter(|rule| day_of(rule).is_none() && rule.id != OF_MARKERS)
}

/// What the rules should be, going by those that there are. Whatever this run did not look at stays as it is; a rule of ours
/// that somebody edited is set right.
pub(super) fn merge(current: &Configuration, known: &Known<'_>) -> Merged {
    let mut rules: Vec<Rule> = foreign(current).cloned().collect();
    let mut no_room = 0;
    if let Some(days) = known.days {
        let mut ours = proven(current);
        ours.retain(|day, _| known.raw.contains(day) && is_complete(*day, known.today));
        for (day, open) in known.looks {
            match open {
                None => ours.insert(*day, known.today),
                Some(_) => ours.remove(day),
            };
        }
        let room = AT_MOST.min(MAX_RULES.saturating_sub(rules.len() + 1));
        no_room = ours.len().saturating_sub(room);
        rules.extend(ours.into_iter().take(room).map(|(day, proven)| of_day(day, proven, days)));
        if rules.len() < MAX_RULES {
            rules.push(Rule::expire(OF_MARKERS, prefix::LATE, MARKER_DAYS));
        }
    }
    let mut configuration = current.clone();
    configuration.rules = rules;
    Merged { same: same(current, &configuration), configuration, no_room }
}

/// Whether both have the same rules, in whatever order.
fn same(one: &Configuration, other: &Configuration) -> bool {
    let in_order = |configuration: &Configuration| {
        let mut rules = configuration.rules.clone();
        rules.sort_by(|one, other| one.id.cmp(&other.id));
        rules
    };
    let (one, other) = (in_order(one), in_order(other));
    one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| one.says_the_same(other))
}
