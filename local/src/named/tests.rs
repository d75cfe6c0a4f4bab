//! The files say what they take, and only they decide what is put where.

use std::collections::BTreeSet;

use clap::{Args, FromArgMatches};

use super::*;

/// 2026-11-25 12:00 UTC.
const NOW_MS: i64 = 1_795_608_000_000;

/// Values as the command line reads them.
fn values(pairs: &[(&str, &str)]) -> Values {
    let command = Values::augment_args(clap::Command::new("query"));
    let pairs = pairs.iter().flat_map(|(name, value)| [format!("--{name}"), (*value).to_owned()]);
    let words = [String::from("query")].into_iter().chain(pairs);
    Values::from_arg_matches(&command.try_get_matches_from(words).unwrap()).unwrap()
}

fn sql(name: &str, pairs: &[(&str, &str)]) -> Result<String, String> {
    find(name).unwrap().sql(&values(pairs), NOW_MS).map_err(|error| format!("{error:#}"))
}

#[test]
fn every_file_of_the_folder_is_listed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../athena-ddl/forensics");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    let listed: BTreeSet<String> = FILES.iter().map(|(file, _)| format!("{file}.sql")).collect();
    assert_eq!(there, listed);
    assert!(FILES.is_sorted());
}

#[test]
fn every_parameter_stands_in_its_file_and_can_be_given() {
    for question in all().unwrap() {
        let name = question.name;
        assert!(question.title.ends_with('?'), "{name}");
        for words in ["\n-- Scans: ", "\n-- Example:\n"] {
            assert!(question.text.contains(words), "{name} says nothing of{words}");
        }
        let mut stands = BTreeSet::new();
        for parameter in &question.parameters {
            assert!(question.statement().contains(parameter.stands), "{name}: {parameter:?}");
            assert!(stands.insert(parameter.stands), "{name}: two parameters stand as {}", parameter.stands);
        }
        // The file's own values put into their places are the file: so its literals are in the form that is written,
        // and what follows from another parameter is in the file what it would be.
        let own: Vec<(&str, String)> = question.given().map(|given| (given.name, given.example())).collect();
        let own: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(sql(name, &own).unwrap(), question.statement(), "{name}");
        // Every literal that looks like a day or a moment belongs to some parameter.
        let without = substitute::put(
            question.statement(),
            &question.parameters.iter().map(|p| (p.stands, String::new())).collect::<Vec<_>>(),
        );
        assert!(!without.contains("'2026-"), "{name}: a day that no parameter moves in {without}");
    }
}

#[test]
fn a_moment_is_put_with_its_days() {
    let asked = |at: &str| sql("who-listened", &[("host", "db-1"), ("port", "22"), ("at", at)]).unwrap();
    let noon = asked("2026-11-20T13:12+01:00");
    assert!(noon.contains("ts <= TIMESTAMP '2026-11-20 12:12:00'"), "{noon}");
    assert!(noon.contains("dt BETWEEN '2026-11-20' AND '2026-11-20' AND host_name = 'db-1'"), "{noon}");
    assert!(noon.contains("s.local_port = 22\n"), "{noon}");
    // The last sample before may be an hour old, and then of the day before.
    assert!(asked("2026-11-20T00:30Z").contains("dt BETWEEN '2026-11-19' AND '2026-11-20'"));
    assert!(asked("2026-11-20T01:00").contains("dt BETWEEN '2026-11-20' AND '2026-11-20'"));
    assert!(asked("2026-11-20T00:30+01:00").contains("dt BETWEEN '2026-11-19' AND '2026-11-19'"));
}

#[test]
fn what_is_left_out_follows_from_today_or_from_another() {
    let asked = |pairs: &[(&str, &str)]| sql("sent-much", pairs).unwrap();
    let today = asked(&[]);
    assert!(today.contains("BETWEEN '2026-11-24' AND '2026-11-25'"), "{today}");
    assert!(today.contains("BETWEEN '2026-11-17' AND '2026-11-23'"), "{today}");
    assert!(asked(&[("to", "2026-03-01")]).contains("BETWEEN '2026-02-28' AND '2026-03-01'"));
    assert!(asked(&[("bytes", "5")]).contains("program_sent_bytes > 5\n"));
    assert!(sql("new-programs", &[]).unwrap().contains("BETWEEN '2026-08-27' AND '2026-11-24'"));
}

#[test]
fn no_value_ends_its_literal() {
    let host = "x' OR '1'='1";
    let asked = sql("what-ran", &[("host", host), ("at", "2026-11-20T03:12")]).unwrap();
    assert_eq!(asked.matches("host_name = 'x'' OR ''1''=''1'").count(), 3, "{asked}");
    // What is put in is not looked through for other parameters.
    let asked = sql("package-version", &[("package", "5.6.1"), ("version", "xz-utils")]).unwrap();
    assert!(asked.contains("name = '5.6.1'") && asked.contains("'xz-utils' IN (value, "), "{asked}");
    // A mapped address is the address.
    let asked = sql("who-talked-to", &[("address", "::FFFF:192.0.2.1")]).unwrap();
    assert!(asked.contains("IN ('192.0.2.1', concat('::ffff:', '192.0.2.1'))"), "{asked}");
    let digest = "A".repeat(64);
    assert!(sql("where-else", &[("digest", &digest)]).unwrap().contains(&"a".repeat(64)));
}

#[test]
fn what_is_no_value_is_refused_with_the_form() {
    for (name, pairs, words) in [
        ("what-ran", &[("host", "a"), ("at", "yesterday")][..], ["--at", "2026-11-20T03:12"]),
        ("what-ran", &[("host", ""), ("at", "2026-11-20T03:12")], ["--host", "expected text"]),
        ("who-listened", &[("host", "a"), ("port", "ssh"), ("at", "2026-11-20")], ["--port", "4444"]),
        ("who-listened", &[("host", "a"), ("port", "1.5"), ("at", "2026-11-20")], ["--port", "4444"]),
        (
            "blind-minute",
            &[("host", "a"), ("at", "2026-11-20"), ("name", "amazon-ssm-agent")],
            ["--name", "like amazon-ssm-agen"],
        ),
        ("where-else", &[("digest", "abc")], ["--digest", "64 hexadecimal"]),
        ("who-talked-to", &[("address", "example.com")], ["--address", "2001:db8::9"]),
        ("new-programs", &[("day", "20.11.2026")], ["--day", "2026-11-20"]),
        ("persistence", &[("from", "2026-11-20"), ("to", "2026-11-19")], ["--from 2026-11-20", "is after"]),
        ("silent-hosts", &[("minutes", "five")], ["--minutes", "like 5"]),
    ] {
        let refused = sql(name, pairs).unwrap_err();
        for word in words {
            assert!(refused.contains(word), "{name}: '{word}' in {refused}");
        }
    }
}

#[test]
fn missing_and_unknown_parameters_are_taught() {
    let missing = sql("who-listened", &[("host", "a")]).unwrap_err();
    assert!(missing.starts_with("who-listened needs --port, --at\n"), "{missing}");
    for words in [
        "--host",
        "a whole number",
        "usage: --named who-listened --host web-017 --port 4444 --at 2026-11-20T03:12:00",
    ] {
        assert!(missing.contains(words), "{missing}");
    }
    let unknown = sql("persistence", &[("host", "a")]).unwrap_err();
    assert!(unknown.starts_with("persistence takes no --host\n"), "{unknown}");
    assert!(unknown.contains("--from") && unknown.contains("if left out, 6 days before to"), "{unknown}");
    let near = find("what-run").unwrap_err().to_string();
    assert!(near.contains("there is no question 'what-run': did you mean what-ran?"), "{near}");
}
