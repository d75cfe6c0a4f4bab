//! What a run knows becomes the bucket's rules.

use std::collections::BTreeSet;

use lake::lifecycle::Configuration;
use lake::{Day, StoreError, prefix};

use super::Run;
use super::rules::{self, Known, Merged};

/// So often the rules are written again when another run overwrote them.
const TRIES: usize = 4;

impl Run<'_> {
    /// Sets the rules to what this run knows, where they differ. When they cannot be read nothing is written.
    pub(super) async fn publish(&mut self) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let current = match self.expiry.lifecycle.read().await {
                // Whoever may not read rules has none to take away.
                Err(StoreError::Denied { .. }) if self.expiry.days.is_none() => return Ok(()),
                read => read?,
            };
            self.note_foreign(&current);
            let known = Known {
                days: self.expiry.days,
                today: Day::of_ms(self.clock.now_ms()),
                raw: &self.raw,
                looks: &self.looks,
            };
            let Merged { configuration, same, no_room } = rules::merge(&current, &known);
            self.closing.no_room = no_room;
            if same {
                return Ok(());
            }
            self.expiry.lifecycle.replace(&configuration).await?;
            self.closing.writes += 1;
            self.note(&current, &configuration);
        }
        let words =
            format!("replaced {TRIES} times and each time overwritten by another: left to the next run");
        self.closing.failed.push(words);
        Ok(())
    }

    /// Notes the rules of others that can take what is ours.
    fn note_foreign(&mut self, current: &Configuration) {
        let acts = rules::foreign(current).filter(|rule| rule.expires.is_some() || rule.moves);
        let ours =
            acts.filter(|rule| [prefix::RAW, prefix::LATE].iter().any(|prefix| rule.may_take_below(prefix)));
        self.closing.foreign = ours.map(ToString::to_string).collect();
    }

    /// Notes what became of which day.
    fn note(&mut self, before: &Configuration, after: &Configuration) {
        let days = |of: &Configuration| rules::proven(of).into_keys().collect::<BTreeSet<Day>>();
        let (before, after) = (days(before), days(after));
        for day in after.difference(&before) {
            // Back again: it was taken away in this very run, or by another meanwhile.
            if !self.closing.withdrawn.remove(day) {
                self.closing.closed.insert(*day);
            }
        }
        for day in before.difference(&after) {
            self.closing.closed.remove(day);
            let emptied = self.expiry.days.is_some() && !self.raw.contains(day);
            match emptied {
                true => self.closing.emptied.insert(*day),
                false => self.closing.withdrawn.insert(*day),
            };
        }
    }
}
