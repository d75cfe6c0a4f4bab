//! What the owner wants left out or hidden: seen in the bytes that wait in the spool, and in `--print`.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::peer::{Next, Peer};
use crate::program::{agent, assert_refused, sending, text};

/// A process that waits for its standard input, with these arguments.
fn waiting(arguments: &[&str]) -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", "read x"]).args(arguments).stdin(Stdio::piped()).kill_on_drop(true);
    command.spawn().unwrap()
}

/// All that an agent with this setting has sealed, as text.
async fn sealed(state: &Path, off: &str) -> String {
    let peer = Peer::start().await;
    for _ in 0..3 {
        peer.plan(Next::Answer(503, "retry-after: 60\r\n", "later".into()));
    }
    let mut command = sending(&["--once"], state, &peer);
    command.env("INSTANCE_METRICS_COLLECT_OFF", off);
    let output = command.output().await.unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let files: Vec<_> =
        std::fs::read_dir(state.join("sealed")).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(std::fs::read(state.join("journal.ndjson")).unwrap(), b"");
    text(&zstd::stream::decode_all(&std::fs::read(&files[0]).unwrap()[..]).unwrap())
}

#[tokio::test]
async fn what_is_left_out_is_not_in_the_spool() {
    let mut child = waiting(&["a-word-like-no-other"]);
    let whoami = text(&std::process::Command::new("id").arg("-un").output().unwrap().stdout);
    let user = format!("\"user_name\":\"{}\"", whoami.trim());
    let folder = tempfile::tempdir().unwrap();
    let all = sealed(folder.path(), "").await;
    for there in ["a-word-like-no-other", &user, "\"cmdline\":", "\"mount_point\":", "\"interface\":"] {
        assert!(all.contains(there), "{there}");
    }
    assert!(!all.contains("collect_off"));
    let folder = tempfile::tempdir().unwrap();
    let less = sealed(folder.path(), "users, cmdline disks networks").await;
    for gone in [
        "a-word-like-no-other",
        "\"user_name\":",
        "\"loginuid\":",
        "\"terminal\":",
        "\"cmdline\":",
        "\"mount_point\":",
        "\"interface\":",
    ] {
        assert!(!less.contains(gone), "{gone}");
    }
    let snapshot: Value = serde_json::from_str(&less).unwrap();
    assert_eq!(snapshot["collect_off"], "cmdline users disks networks");
    let pid = child.id().unwrap();
    assert!(snapshot["running_processes"].as_array().unwrap().iter().any(|process| process["pid"] == pid));
    child.kill().await.unwrap();
}

#[tokio::test]
async fn an_owners_rules_are_in_force() {
    let mut child = waiting(&["tool", "--pincode", "4711", "q8Zk2LxV9mTb4NcR7yWd3HgJ"]);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("agent.conf");
    std::fs::write(&config, "INSTANCE_METRICS_REDACT = name pincode; off entropy\n").unwrap();
    let print = ["--print", "--state-dir", "/nonexistent", "--config"];
    let output = agent(&print).arg(&config).args(crate::an_id()).output().await.unwrap();
    let snapshot: Value = serde_json::from_slice(&output.stdout).unwrap();
    let processes = snapshot["running_processes"].as_array().unwrap();
    let own = processes.iter().find(|process| process["pid"] == child.id().unwrap()).unwrap();
    let cmdline = own["cmdline"].as_str().unwrap();
    assert!(cmdline.starts_with("sh -c read x tool --pincode ‹redacted:"), "{cmdline}");
    assert!(cmdline.ends_with(" q8Zk2LxV9mTb4NcR7yWd3HgJ"), "{cmdline}");
    child.kill().await.unwrap();
}

#[tokio::test]
async fn a_wrong_wish_is_refused_before_anything_is_sampled() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let peer = Peer::start().await;
    for (name, value, words) in [
        ("INSTANCE_METRICS_COLLECT_OFF", "cmdlines", ["'cmdlines'", "cmdline users processes"]),
        ("INSTANCE_METRICS_REDACT", "off all", ["'off all'", "usages, names"]),
        (
            "INSTANCE_METRICS_REDACT",
            "usage acmectl -k",
            ["'usage acmectl -k'", "'*' where the secret stands"],
        ),
    ] {
        let output = sending(&["--once"], &state, &peer).env(name, value).output().await.unwrap();
        assert_refused(&output, 1, &[name, words[0], words[1]]);
        let output = agent(&["--print"]).env(name, value).output().await.unwrap();
        assert_refused(&output, 1, &[name, words[0], words[1]]);
    }
    assert!(!state.exists());
}
