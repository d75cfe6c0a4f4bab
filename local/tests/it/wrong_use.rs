//! Bad input: one clear line, exit code 1 or 2, no panic.

use std::net::TcpListener;
use std::process::Output;

use crate::program::{command, good, run};

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
        ("SELECT port FROM sockets", &["no column 'port': did you mean local_port, remote_port?"]),
        ("SELECT 1 FROM hosts WHERE host_name = \"web-1\"", &["no column 'web-1'", "single quotes"]),
        (
            "SELECT 1 FROM hosts WHERE ts > '2026-11-20 03:12'",
            &["'2026-11-20 03:12' is no moment, expected TIMESTAMP '2026-11-20 03:12:00'"],
        ),
        ("SELECT 1 FROM hosts WHERE dt = 20261120", &["single quotes: dt = '2026-11-20'"]),
        ("DROP TABLE raw_hosts", &["DROP is refused, expected a statement that reads"]),
        ("insert into hosts values (1)", &["INSERT is refused"]),
        ("CREATE TABLE x AS SELECT 1", &["CREATE is refused"]),
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
        (
            &["--named", "who-listened", "--host", "a", "--at", "2026-11-20T03:12", "--port", "-1"],
            &["--port", "'-1'", "at most 65535"],
        ),
        (
            &["--named", "who-listened", "--host", "a", "--at", "2026-11-20T03:12", "--port", "99999"],
            &["--port", "'99999'", "at most 65535"],
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

/// No rows look like an answer: whether they are one is said.
#[test]
fn no_rows_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    good(&["simulate", "--data", data, "--hosts", "2", "--minutes", "5", "--start", "2026-11-20T03:00"]);
    let ids =
        good(&["query", "--data", data, "--format", "csv", "SELECT DISTINCT host_id, host_name FROM hosts"]);
    let (id, host) = ids.lines().nth(1).unwrap().split_once(',').unwrap();
    let asked = |host: &str, at: &str| {
        let question = ["--named", "who-listened", "--port", "1", "--host", host, "--at", at];
        let output = run(&[&["query", "--data", data][..], &question].concat());
        assert!(output.status.success() && output.stdout.ends_with(b"(0 rows)\n"));
        String::from_utf8(output.stderr).unwrap()
    };
    let sampled = format!("{host} was sampled at 2026-11-20 03:04:");
    for (host, at, why) in [
        (host, "2026-11-20T03:30", sampled.as_str()),
        (host, "2026-11-20T03:30", "nothing of that kind was there"),
        (&host.to_uppercase(), "2026-11-20T03:30", &format!("did you mean {host}?")),
        (id, "2026-11-20T03:30", &format!("did you mean {host}?")),
        (
            &host[1..],
            "2026-11-20T03:30",
            &format!("in the hour before 2026-11-20 03:30:00 UTC: did you mean {host}"),
        ),
        (&format!("{}x", &host[..host.len() - 1]), "2026-11-20T03:30", &format!(": did you mean {host}")),
        ("o'h", "2026-11-20T03:30", "no host 'o'h' was heard of in the hour before 2026-11-20 03:30:00 UTC"),
        (host, "2026-11-20T12:00", "was heard of in the hour before"),
        (host, "2030-01-01T00:00", "was heard of in the hour before"),
    ] {
        let said = asked(host, at);
        assert!(said.contains(why), "'{why}' in {said}");
    }
}

/// A folder that is evidence: nothing is written there, and it need not be writable. A file of the pack is a statement.
#[test]
fn a_question_changes_nothing_in_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    good(&["simulate", "--data", data, "--hosts", "1", "--minutes", "2", "--start", "2026-11-20"]);
    // As somebody copied it: with nothing but raw, or with a lake that has no rows of most tables.
    let all = || {
        let listed =
            std::process::Command::new("find").arg(data).args(["-printf", "%p %T@\n"]).output().unwrap();
        String::from_utf8(listed.stdout).unwrap()
    };
    let count = |table: &str| {
        good(&["query", "--data", data, "--format", "csv", &format!("SELECT count(*) FROM {table}")])
    };
    for state in ["raw", "committed"] {
        if state == "committed" {
            good(&["compact", "--data", data, "--now", "2026-11-21T02:00"]);
        } else {
            std::fs::remove_dir_all(folder.path().join("lake-bucket")).unwrap();
            std::fs::remove_dir_all(folder.path().join("raw-bucket/.unfinished")).unwrap();
        }
        let before = all();
        assert!(count("hosts").ends_with("\n2\n"), "{state}");
        for table in lake::TableName::ALL {
            count(table.as_str());
        }
        let pack = std::fs::File::open("../athena-ddl/forensics/16-persistence.sql").unwrap();
        let output = command(&["query", "--data", data, "-"]).stdin(pack).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(all(), before, "{state}");
    }
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
