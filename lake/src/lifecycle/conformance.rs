//! What any [`Lifecycle`] must keep, as a suite that runs against a real one: the folder in `cargo test`, an AWS emulator
//! in continuous integration.

use std::collections::BTreeMap;

use super::{Configuration, Expires, Lifecycle, Rule};
use crate::Day;

/// Runs every check against a bucket that has no rules before. Panics at the first that does not hold: it is a test.
pub async fn run(lifecycle: &dyn Lifecycle) {
    assert_eq!(read(lifecycle).await, Configuration::default(), "nobody put any rules");

    let rules = every_kind();
    replace(lifecycle, &rules).await;
    let stored = read(lifecycle).await;
    say_the_same(&stored, &rules, "each kind of rule is read back as it was put");

    // What was read is handed back with one rule taken out and one put in.
    let mut changed = stored.clone();
    let removed = changed.rules.remove(0);
    changed.rules.push(Rule::expire("new", "raw/dt=2026-11-02/", 30));
    replace(lifecycle, &changed).await;
    let read_back = read(lifecycle).await;
    say_the_same(&read_back, &changed, &format!("'{}' is gone and 'new' is there", removed.id));
    for rule in &stored.rules[1..] {
        let kept = read_back.rules.iter().find(|kept| kept.id == rule.id);
        assert_eq!(kept, Some(rule), "a rule that nobody touched is the same to the last member");
    }

    replace(lifecycle, &Configuration::default()).await;
    assert_eq!(read(lifecycle).await.rules, [], "without rules it is as if there had never been any");
    replace(lifecycle, &Configuration::default()).await;
}

/// A rule for each member that a rule can have.
fn every_kind() -> Configuration {
    let day: Day = "2027-01-01".parse().unwrap_or_else(|e| panic!("{e}"));
    let tags: BTreeMap<_, _> = [("kind", "a <b> & 'c'"), ("team", "é")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    Configuration::of(vec![
        Rule::expire("of a day", "raw/dt=2026-11-01/", 30),
        Rule { enabled: false, ..Rule::expire("switched off", "raw/dt=2026-11-03/", 14) },
        Rule { expires: Some(Expires::On(day)), ..Rule::expire("on a day", "tmp/", 1) },
        Rule { tags, ..Rule::expire("by tags", "a <b> & c/", 7) },
        Rule {
            larger_than_bytes: Some(500),
            smaller_than_bytes: Some(70_000),
            ..Rule::expire("by size", "x/", 3)
        },
        Rule::expire("of everything", "", 3650),
    ])
}

async fn read(lifecycle: &dyn Lifecycle) -> Configuration {
    lifecycle.read().await.unwrap_or_else(|e| panic!("read: {e}"))
}

async fn replace(lifecycle: &dyn Lifecycle, configuration: &Configuration) {
    lifecycle.replace(configuration).await.unwrap_or_else(|e| panic!("replace: {e}"));
}

/// That both have the same rules: servers may give them in another order and with members of their own.
fn say_the_same(found: &Configuration, expected: &Configuration, why: &str) {
    let by_name = |configuration: &Configuration| {
        let mut rules = configuration.rules.clone();
        rules.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        rules
    };
    let (found, expected) = (by_name(found), by_name(expected));
    assert_eq!(found.len(), expected.len(), "{why}: {found:?}");
    for (found, expected) in found.iter().zip(&expected) {
        assert!(found.says_the_same(expected), "{why}: {found:?}, expected {expected:?}");
    }
}
