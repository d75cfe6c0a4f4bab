//! The rules that should be, going by those that there are.

use std::collections::{BTreeMap, BTreeSet};

use lake::Day;
use lake::lifecycle::{Configuration, Expires, Rule};

use super::rules::{self, Known, Merged};
use super::{ExpireDays, Open};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn today() -> Day {
    day("2026-12-20")
}

fn thirty() -> ExpireDays {
    "30".parse().unwrap()
}

/// Merges; each day in `raw` holds something, those in `looks` were found so.
fn merge(rules: &[Rule], raw: &[&str], looks: &[(&str, Option<Open>)], days: Option<ExpireDays>) -> Merged {
    let raw: BTreeSet<Day> = raw.iter().map(|text| day(text)).collect();
    let looks: BTreeMap<Day, Option<Open>> =
        looks.iter().map(|(text, open)| (day(text), open.clone())).collect();
    let current = Configuration::of(rules.to_vec());
    rules::merge(&current, &Known { days, today: today(), raw: &raw, looks: &looks })
}

fn names(merged: &Merged) -> Vec<&str> {
    merged.configuration.rules.iter().map(|rule| rule.id.as_str()).collect()
}

const LATE: &str = "endpoint-metrics.late";

fn ours(of: &str, proven: &str) -> Rule {
    rules::of_day(day(of), day(proven), thirty())
}

#[test]
fn a_proven_day_gets_a_rule_and_an_open_one_none() {
    let looks = [("2026-12-01", None), ("2026-12-02", Some(Open::NotCommitted)), ("2026-12-03", None)];
    let merged = merge(&[], &["2026-12-01", "2026-12-02", "2026-12-03"], &looks, Some(thirty()));
    let expected = [
        "endpoint-metrics.raw.2026-12-01.proven.2026-12-20",
        "endpoint-metrics.raw.2026-12-03.proven.2026-12-20",
        LATE,
    ];
    assert_eq!(names(&merged), expected);
    let first = &merged.configuration.rules[0];
    assert_eq!((first.prefix.as_str(), first.expires), ("raw/dt=2026-12-01/", Some(Expires::AfterDays(30))));
    assert!(!merged.same);
    // The same again changes nothing, in whatever order a server gives them.
    let mut again = merged.configuration.rules.clone();
    again.reverse();
    assert!(merge(&again, &["2026-12-01", "2026-12-02", "2026-12-03"], &looks, Some(thirty())).same);
    assert!(merge(&again, &["2026-12-01", "2026-12-03"], &[], Some(thirty())).same, "nothing was looked at");
}

#[test]
fn what_was_not_looked_at_keeps_its_date() {
    let rules = [ours("2026-12-01", "2026-12-18"), ours("2026-12-02", "2026-12-19")];
    let merged = merge(&rules, &["2026-12-01", "2026-12-02"], &[("2026-12-02", None)], Some(thirty()));
    let expected = [
        "endpoint-metrics.raw.2026-12-01.proven.2026-12-18",
        "endpoint-metrics.raw.2026-12-02.proven.2026-12-20",
        LATE,
    ];
    assert_eq!(names(&merged), expected);
}

#[test]
fn rules_of_days_that_are_emptied_or_too_young_go() {
    let rules = [ours("2026-12-01", "2026-12-19"), ours("2026-12-06", "2026-12-19")];
    // The 6th is 14 days old: something can be filed under it until it ends.
    assert_eq!(
        names(&merge(&rules, &["2026-12-01", "2026-12-06"], &[], Some(thirty()))),
        [rules[0].id.as_str(), LATE]
    );
    assert_eq!(names(&merge(&rules, &[], &[], Some(thirty()))), [LATE]);
}

#[test]
fn without_days_there_is_no_rule_of_ours() {
    let theirs = Rule::expire("theirs", "logs/", 3);
    let rules = [ours("2026-12-01", "2026-12-19"), theirs.clone(), Rule::expire(LATE, "late/", 30)];
    let merged = merge(&rules, &["2026-12-01"], &[("2026-12-01", None)], None);
    assert_eq!((merged.configuration.rules, merged.same), (vec![theirs.clone()], false));
    assert!(merge(&[theirs], &["2026-12-01"], &[], None).same);
}

#[test]
fn rules_of_others_stay_and_ours_are_set_right() {
    let theirs = [
        Rule::expire("endpoint-metrics.raw.everything", "raw/", 1),
        Rule { enabled: false, ..Rule::expire("", "x/", 3) },
    ];
    let edited = [
        Rule { prefix: "raw/".to_owned(), ..ours("2026-12-01", "2026-12-20") },
        Rule { enabled: false, ..ours("2026-12-02", "2026-12-20") },
        Rule { expires: Some(Expires::AfterDays(1)), ..ours("2026-12-03", "2026-12-20") },
        Rule::expire(LATE, "", 1),
    ];
    let days = ["2026-12-01", "2026-12-02", "2026-12-03"];
    let merged = merge(&[&theirs[..], &edited[..]].concat(), &days, &[], Some(thirty()));
    assert!(!merged.same);
    assert_eq!(merged.configuration.rules[..2], theirs);
    let right = days.map(|day| ours(day, "2026-12-20"));
    assert_eq!(merged.configuration.rules[2..5], right);
    assert_eq!(merged.configuration.rules[5], Rule::expire(LATE, "late/", 30));

    // Another number of days is for all of them.
    let longer = merge(&right, &days, &[], Some("60".parse().unwrap()));
    let days: Vec<_> = longer.configuration.rules.iter().map(|rule| rule.expires).collect();
    assert_eq!(days[..3], [Some(Expires::AfterDays(60)); 3]);
}

#[test]
fn there_are_never_more_rules_than_a_bucket_may_have() {
    let mut past = day("2026-12-01");
    let mut looks = BTreeMap::new();
    while looks.len() < 1200 {
        looks.insert(past, None);
        past = past.back(1);
    }
    let raw: BTreeSet<Day> = looks.keys().copied().collect();
    let oldest = *raw.first().unwrap();
    for theirs in [0, 50, 990, 1000] {
        let current =
            Configuration::of((0..theirs).map(|n| Rule::expire(format!("theirs {n}"), "logs/", 3)).collect());
        let known = Known { days: Some(thirty()), today: today(), raw: &raw, looks: &looks };
        let merged = rules::merge(&current, &known);
        let set = 900.min(1000_usize.saturating_sub(theirs + 1));
        assert_eq!(merged.no_room, 1200 - set);
        assert_eq!(merged.configuration.rules.len(), (theirs + set + 1).min(1000));
        if set > 0 {
            assert_eq!(merged.configuration.rules[theirs], rules::of_day(oldest, today(), thirty()));
        }
    }
}

#[test]
fn of_two_rules_for_a_day_the_one_that_was_proven_earlier_counts() {
    let rules = [ours("2026-12-01", "2026-12-20"), ours("2026-12-01", "2026-12-18")];
    let merged = merge(&rules, &["2026-12-01"], &[], Some(thirty()));
    assert_eq!(names(&merged), [rules[1].id.as_str(), LATE]);
}

#[test]
fn fewer_than_14_days_are_refused_with_words() {
    for text in ["13", "0", "-1", "36501", "14.5", "", "two weeks"] {
        let error = text.parse::<ExpireDays>().unwrap_err();
        let expected = format!("'{text}' days, expected 14 to 36500: until a day is 14 days old");
        assert!(error.starts_with(&expected), "{error}");
    }
    assert_eq!("14".parse::<ExpireDays>().map(ExpireDays::get), Ok(14));
}
