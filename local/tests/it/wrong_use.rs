//! Bad input: one clear line, exit code 1 or 2, no panic.

use std::net::TcpListener;
use std::process::Output;

use crate::program::{good, run};

/// It must have failed with this code and one line that holds all of `words`.
fn refused(output: &Output, code: i32, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "'{word}' in: {said}");
    }
    assert!(!said.contains("panicked") && !said.contains("backtrace"), "{said}");
    if code == 1 {
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_folder_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    for arguments in [
        &["query", "--data", nowhere, "SELECT 1"][..],
        &["compact", "--data", nowhere],
        &["verify", "--data", nowhere],
        &["explain", "--data", nowhere, "2026-11-20"],
        &["accept", "--data", nowhere, "2026-11-20"],
    ] {
        refused(&run(arguments), 1, &[nowhere, "is no data folder"]);
    }
    assert!(!folder.path().join("nowhere").exists(), "asking makes no folder");
}

#[test]
fn a_folder_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("data");
    let below = below.to_str().unwrap();
    refused(&run(&["up", "--data", below, "--listen", "127.0.0.1:0"]), 1, &[below]);
    refused(&run(&["demo", "--data", below]), 1, &[below]);
    refused(&run(&["simulate", "--data", below, "--hosts", "1", "--minutes", "1"]), 1, &[below]);
}

#[test]
fn a_port_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let data = folder.path().to_str().unwrap();
    refused(&run(&["up", "--data", data, "--listen", &address]), 1, &[&address, "in use"]);
    refused(&run(&["up", "--data", data, "--listen", "nonsense"]), 1, &["nonsense", "ADDRESS:PORT"]);
}

#[test]
fn bad_sql_names_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    good(&["simulate", "--data", data, "--hosts", "1", "--minutes", "2", "--start", "2026-11-20"]);
    for (sql, words) in [
        ("SELEC 1", &["SQL, line 1, column 1: "][..]),
        ("SELECT 1\nFROM hosts WHRE 1 = 1", &["SQL, line 2, column 17: Expected"]),
        ("SELECT 'abc", &["SQL, line 1, column 8: ", "Unterminated"]),
        (
            "SELECT host_nam FROM hosts",
            &["SQL, line 1, column 8: there is no column 'host_nam': did you mean host_name?"],
        ),
        ("SELECT ts\nFROM hosts\nWHERE xyzzy = 1", &["SQL, line 3, column 7: there is no column 'xyzzy'"]),
        ("SELECT p.ts FROM hosts", &["column 8: there is no column 'p.ts'", "hosts.ts"]),
        (
            "SELECT ts FROM hosts a\nJOIN hosts b ON a.seq = b.seq",
            &["line 1, column 8: column 'ts' is in more than one"],
        ),
        (
            "SELECT 'proceses'\nFROM proceses",
            &["SQL, line 2, column 6: there is no table 'proceses': did you mean processes?"],
        ),
        (
            "SELECT ts,\n concatt(seq) FROM hosts",
            &["SQL, line 2, column 2: there is no function 'concatt': did you mean concat?"],
        ),
        ("DROP TABLE raw_hosts", &[]),
        ("CREATE TABLE x AS SELECT 1", &[]),
        ("", &[]),
    ] {
        refused(&run(&["query", "--data", data, sql]), 1, words);
    }
}

#[test]
fn questions_that_are_none_or_lack_something() {
    for (arguments, words) in [
        (&["--named", "what-run"][..], &["no question 'what-run'", "did you mean what-ran?", "--list"][..]),
        (&["--named", "who-listened", "--host", "a"], &["needs --port, --at", "the host's name", "usage: "]),
        (&["--named", "persistence", "--port", "1"], &["takes no --port", "--from"]),
        (
            &["--named", "what-ran", "--host", "a", "--at", "03:12"],
            &["--at", "'03:12'", "expected 2026-11-20T03:12"],
        ),
        (&["--named", "what-ran", "SELECT 1"], &["cannot be used with"]),
        (&["--host", "a", "SELECT 1"], &["--named"]),
        (&["--named", "what-ran", "--hots", "a"], &["--host"]),
        (&[], &["expected SQL, --named QUESTION or --list"]),
    ] {
        refused(&run(&[&["query", "--data", "x"], arguments].concat()), 2, words);
    }
    refused(&run(&["query", "--named", "persistence", "--to", "2026-11-20"]), 2, &["--data DIR"]);
}

#[test]
fn questions_teach() {
    let list = good(&["query", "--list"]);
    assert_eq!(list.lines().count(), 2 * 20, "a question and how it is asked");
    assert!(
        list.contains("  --named who-listened --host web-017 --port 4444 --at 2026-11-20T03:12:00\n"),
        "{list}"
    );
    let alone = good(&["query", "--named", "sent-much"]);
    for word in ["?", "--bytes", "1000000000", "the day before to"] {
        assert!(alone.contains(word), "{word} in {alone}");
    }
    assert!(good(&["query", "--named", "sent-much", "--show"]).starts_with("-- sent-much: "));
    let shown = good(&["query", "--named", "sent-much", "--show", "--to", "2026-03-01", "--bytes", "7"]);
    assert!(
        shown.starts_with("SELECT") && shown.contains("AND '2026-03-01'") && shown.contains("> 7"),
        "{shown}"
    );
}

#[test]
fn arguments_that_are_none() {
    refused(&run(&["compact", "--data", "x", "--day", "2026-13-01"]), 2, &["YYYY-MM-DD"]);
    refused(&run(&["compact", "--data", "x", "--now", "yesterday"]), 2, &["yesterday", "expected"]);
    refused(&run(&["query", "SELECT 1"]), 2, &["--data"]);
    for command in [&["compact"][..], &["verify"], &["explain", "2026-11-20"], &["accept", "2026-11-20"]] {
        let with = |more: &[&'static str]| run(&[command, more].concat());
        refused(&with(&[]), 2, &["--data <DIR>", "--raw <s3://BUCKET>", "--lake <s3://BUCKET>"]);
        refused(&with(&["--data", "x", "--raw", "s3://r", "--lake", "s3://l"]), 2, &["cannot be used with"]);
        refused(&with(&["--raw", "s3://r"]), 2, &["--lake <s3://BUCKET>"]);
        for bucket in ["r", "s3://", "s3://r/prefix"] {
            refused(
                &with(&["--raw", bucket, "--lake", "s3://l"]),
                2,
                &["expected s3://BUCKET, a whole bucket"],
            );
        }
    }
    refused(&run(&["accept", "--data", "x", "yesterday"]), 2, &["2026-11-20.0, or a day"]);
    refused(&run(&["explain", "--data", "x"]), 2, &["DAY"]);
    refused(&run(&["simulate", "--data", "x", "--hosts", "0"]), 2, &["--hosts"]);
    refused(&run(&["nonsense"]), 2, &["nonsense"]);
    refused(&run(&["ddl", "--lake", "/tmp"]), 1, &["s3://BUCKET"]);
}

#[test]
fn help_teaches() {
    let help = good(&["--help"]);
    for word in [
        "demo",
        "up",
        "simulate",
        "compact",
        "verify",
        "explain",
        "accept",
        "query",
        "ddl",
        "Examples",
        "Exit codes",
    ] {
        assert!(help.contains(word), "{word}");
    }
    let ddl = good(&["ddl"]);
    assert!(ddl.contains("CREATE EXTERNAL TABLE IF NOT EXISTS lake_processes ("));
}
