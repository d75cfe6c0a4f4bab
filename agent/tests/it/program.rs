//! The binary: its exit codes, its messages, and what it sends.

use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use crate::peer::{Next, Peer};

/// The binary with nothing of the test's own environment that it would react to.
pub(crate) fn agent(arguments: &[&str]) -> Command {
    let mut command = Command::new(crate::program());
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for name in [
        "INSTANCE_METRICS_URL",
        "INSTANCE_METRICS_APIKEYSECRET",
        "INSTANCE_METRICS_COLLECT_OFF",
        "INSTANCE_METRICS_REDACT",
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "JOURNAL_STREAM",
        "AWS_PROFILE",
    ] {
        command.env_remove(name);
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

pub(crate) fn sending(arguments: &[&str], state: &Path, peer: &Peer) -> Command {
    let mut command = unnamed(arguments, state, peer);
    command.args(crate::an_id());
    command
}

/// The same without an id, where the machine has none.
fn unnamed(arguments: &[&str], state: &Path, peer: &Peer) -> Command {
    let mut command = agent(arguments);
    command
        .arg("--state-dir")
        .arg(state)
        .env("INSTANCE_METRICS_URL", format!("{}/Prod/put-metrics", peer.address))
        .env("INSTANCE_METRICS_APIKEYSECRET", "the-key");
    command
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// One line on stderr, no backtrace, the code expected.
pub(crate) fn assert_refused(output: &Output, code: i32, words: &[&str]) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    for word in words {
        assert!(stderr.contains(word), "'{word}' is not in: {stderr}");
    }
    if code == 1 {
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[tokio::test]
async fn print_shows_this_very_process() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("none");
    let output =
        agent(&["--print", "--host-id", "this-host", "--state-dir"]).arg(&state).output().await.unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    let snapshot: snapshot::Snapshot<'_> = serde_json::from_str(&shown).unwrap();
    assert_eq!(snapshot.host_id.as_str(), "this-host");
    let me = i64::from(std::process::id());
    let own = snapshot.running_processes.iter().find(|process| process.pid.get() == me).unwrap();
    let exe = std::env::current_exe().unwrap();
    assert_eq!(own.exe.as_deref(), exe.to_str());
    assert_eq!(own.exe_deleted, Some(false));
    let first = std::env::args().next().unwrap();
    assert!(own.cmdline.as_deref().unwrap().starts_with(&first));
    assert_eq!(own.cwd.as_deref(), std::env::current_dir().unwrap().to_str());
    let whoami = std::process::Command::new("id").args(["-un"]).output().unwrap().stdout;
    assert_eq!(own.user_name.as_deref(), Some(text(&whoami).trim()));
    // The agent is this process's child, and says who started it.
    let agent = snapshot
        .running_processes
        .iter()
        .find(|process| process.ppid.is_some_and(|ppid| ppid.get() == me))
        .unwrap();
    assert_eq!(agent.parent_name.as_deref(), Some(own.name.as_str()));
    assert!(agent.start_time_ms >= own.start_time_ms);
    // It touched no spool.
    assert!(!state.exists());
}

#[tokio::test]
async fn a_deleted_program_and_a_secret_are_seen_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("vanishing (deleted)");
    crate::copy("/bin/sleep", &program);
    let mut child = Command::new(&program).arg("600").kill_on_drop(true).spawn().unwrap();
    let kept = folder.path().join("kept (deleted)");
    crate::copy("/bin/sleep", &kept);
    let mut decoy = Command::new(&kept).arg("600").kill_on_drop(true).spawn().unwrap();
    let mut secretive = Command::new("sh")
        .args(["-c", "read x", "tool", "--password", "hunter2"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    std::fs::remove_file(&program).unwrap();
    let output =
        agent(&["--print", "--state-dir"]).arg(folder.path()).args(crate::an_id()).output().await.unwrap();
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |child: &Child| {
        let pid = child.id().unwrap();
        shown["running_processes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|process| process["pid"] == pid)
            .unwrap()
            .clone()
    };
    let gone = of(&child);
    assert_eq!(gone["exe"].as_str(), program.to_str());
    assert_eq!(gone["exe_deleted"], true);
    let there = of(&decoy);
    assert_eq!(there["exe"].as_str(), kept.to_str());
    assert_eq!(there["exe_deleted"], false);
    let cmdline = of(&secretive)["cmdline"].as_str().unwrap().to_owned();
    assert!(cmdline.starts_with("sh -c read x tool --password ‹redacted:"), "{cmdline}");
    assert!(!text(&output.stdout).contains("hunter2"));
    for child in [&mut child, &mut decoy, &mut secretive] {
        child.kill().await.unwrap();
    }
}

#[tokio::test]
async fn once_sends_what_it_saw_and_what_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let mut peer = Peer::start().await;
    for _ in 0..3 {
        peer.plan(Next::Answer(503, "retry-after: 60\r\n", "later".into()));
    }
    let output = sending(&["--once"], folder.path(), &peer).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("1 snapshots stay in the spool"), "{}", text(&output.stderr));
    let first = peer.request().await;
    while peer.arrived().is_some() {}
    // The script may hold unused refusals; the next server has none.
    let mut peer = Peer::start().await;
    let output = sending(&["--once"], folder.path(), &peer).output().await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let (again, second) = (peer.request().await, peer.request().await);
    assert_eq!(again.body, first.body);
    assert_eq!((again.numbers(), second.numbers()), (vec![0], vec![1]));
    assert_eq!(again.header("x-api-key"), "the-key");
    for line in again.snapshots().iter().chain(&second.snapshots()) {
        let line = line.to_string();
        let snapshot: snapshot::Snapshot<'_> = serde_json::from_str(&line).unwrap();
        assert!(snapshot.running_processes.len() > 1);
    }
}

#[tokio::test]
async fn a_daemon_samples_and_says_farewell_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let mut peer = Peer::start().await;
    let child = sending(&["--interval-s", "1", "--batch", "1"], folder.path(), &peer).spawn().unwrap();
    let mut numbers = peer.request().await.numbers();
    numbers.extend(peer.request().await.numbers());
    // A second agent on the same folder is refused while this one lives.
    let second = sending(&["--once"], folder.path(), &peer).output().await.unwrap();
    assert_refused(&second, 1, &["another agent holds this state folder", "--state-dir"]);
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut last = Value::Null;
    while let Some(request) = peer.arrived() {
        numbers.extend(request.numbers());
        last = request.snapshots().pop().unwrap();
    }
    assert!(numbers.iter().copied().eq(0..i64::try_from(numbers.len()).unwrap()), "{numbers:?}");
    assert_eq!(last["agent_stopping"], true);
    assert!(last["cpu_user_ms"].is_u64() && last["interval_ms"].is_u64());
}

#[tokio::test]
async fn a_parent_that_died_is_known_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut peer = Peer::start().await;
    // A shell of a name of its own, which starts another and ends when its input does.
    let parent = folder.path().join("web-server");
    crate::copy("/bin/sh", &parent);
    // What runs in the background would have no input but for a descriptor of its own.
    let mut parent = Command::new(&parent)
        .args(["-c", "exec 3<&0; sh -c 'echo $$; exec cat <&3 >&2' & read x"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Held until the end: the child lives as long as its input is open.
    let input = parent.stdin.take();
    let mut line = [0; 32];
    let length = parent.stdout.as_mut().unwrap().read(&mut line).await.unwrap();
    let child: u64 = text(&line[..length]).trim().parse().unwrap();
    let mut seen = async |arguments: &[&str]| {
        let mut command = sending(arguments, &folder.path().join("state"), &peer);
        let output = command.output().await.unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let sent = match arguments {
            ["--print"] => serde_json::from_slice(&output.stdout).unwrap(),
            _ => peer.request().await.snapshots().remove(0),
        };
        let processes = sent["running_processes"].as_array().unwrap();
        processes.iter().find(|process| process["pid"] == child).unwrap().clone()
    };
    let before = seen(&["--once"]).await;
    assert_eq!(before["parent_name"], "web-server");
    parent.kill().await.unwrap();
    // Another agent, which has never seen the parent.
    for arguments in [&["--once"][..], &["--print"]] {
        let after = seen(arguments).await;
        assert_ne!(after["ppid"], before["ppid"]);
        for member in ["parent_name", "parent_exe", "parent_start_time_ms", "ancestry", "start_time_ms"] {
            assert_eq!(after[member], before[member], "{member}");
        }
    }
    drop(input);
}

#[tokio::test]
async fn address_and_key_come_from_secrets_manager() {
    let folder = tempfile::tempdir().unwrap();
    let mut peer = Peer::start().await;
    let mut secrets = Peer::start().await;
    let url = format!("{}/Prod/put-metrics", peer.address);
    let secret = |text: &str| Next::Answer(200, "", serde_json::json!({ "SecretString": text }).to_string());
    secrets.plan(secret(&url));
    secrets.plan(secret("{\"api_key\":\"from-aws\",\"redaction_key\":\"fleet-key-0123456789\"}"));
    let mut secretive = Command::new("sh")
        .args(["-c", "read x", "tool", "--password", "hunter2"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let output = agent(&["--once", "--state-dir"])
        .arg(folder.path())
        .args(crate::an_id())
        .env("AWS_ENDPOINT_URL", &secrets.address)
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let asked: Vec<Value> = [secrets.request().await, secrets.request().await]
        .iter()
        .map(|request| {
            assert_eq!(request.header("x-amz-target"), "secretsmanager.GetSecretValue");
            serde_json::from_slice(&request.body).unwrap()
        })
        .collect();
    assert_eq!(asked[0]["SecretId"], "INSTANCE_METRICS_URL");
    assert_eq!(asked[1]["SecretId"], "INSTANCE_METRICS_APIKEYSECRET");
    let request = peer.request().await;
    assert_eq!(request.header("x-api-key"), "from-aws");
    // printf %s hunter2 | openssl dgst -sha256 -hmac fleet-key-0123456789
    let snapshot = request.snapshots().remove(0);
    let processes = snapshot["running_processes"].as_array().unwrap();
    let tool = processes.iter().find(|process| process["pid"] == secretive.id().unwrap()).unwrap();
    assert_eq!(tool["cmdline"], "sh -c read x tool --password ‹redacted:fc5497›");
    secretive.kill().await.unwrap();
}

#[tokio::test]
async fn the_instance_metadata_names_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let mut peer = Peer::start().await;
    let mut metadata = Peer::start().await;
    let document = serde_json::json!({
        "instanceId": "i-0123456789abcdef0", "accountId": "123456789012", "region": "eu-central-1",
        "availabilityZone": "eu-central-1a", "instanceType": "m7g.large", "imageId": "ami-1",
    });
    metadata.plan(Next::Answer(200, "", "token".into()));
    metadata.plan(Next::Answer(200, "", document.to_string()));
    metadata.plan(Next::Answer(404, "", String::new()));
    metadata.plan(Next::Answer(404, "", String::new()));
    // Asked once a boot: the second run finds the answer in the folder, although nobody answers any more.
    for address in [metadata.address.as_str(), "http://127.0.0.1:1"] {
        let output = unnamed(&["--once"], folder.path(), &peer)
            .env_remove("AWS_EC2_METADATA_DISABLED")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", address)
            .output()
            .await
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let sent = peer.request().await.snapshots().remove(0);
        assert_eq!(sent["host_id"], "i-0123456789abcdef0");
        assert_eq!(sent["instance_type"], "m7g.large");
        assert_eq!(sent["public_ip"], Value::Null);
    }
    // Version 2: a token first, which every question carries.
    assert_eq!(metadata.request().await.line, "PUT /latest/api/token");
    while let Some(request) = metadata.arrived() {
        assert!(request.line.starts_with("GET /latest/"), "{}", request.line);
        assert_eq!(request.header("x-aws-ec2-metadata-token"), "token");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let state = state.to_str().unwrap();
    let once = ["--once", "--state-dir", state];
    let url = |address: &'static str| {
        let mut command = agent(&once);
        command.env("INSTANCE_METRICS_URL", address).env("INSTANCE_METRICS_APIKEYSECRET", "k");
        command
    };
    let output = url("http://192.0.2.1/p").output().await.unwrap();
    assert_refused(&output, 1, &["http://192.0.2.1/p", "--allow-http"]);
    assert_refused(&url("nonsense").output().await.unwrap(), 1, &["'nonsense', expected https://HOST/PATH"]);

    let config = folder.path().join("agent.conf");
    let with_config = |text: &str| {
        std::fs::write(&config, text).unwrap();
        let mut command = agent(&once);
        command.arg("--config").arg(&config);
        command
    };
    assert_refused(&with_config("URL: x\n").output().await.unwrap(), 1, &["line 1 has no '='", "NAME=value"]);
    for secret in ["{\"api_key\": hunter2}", "{\"api_key\":\"k\",\"redaction_key\":\"hunter2\"}"] {
        let text = format!("INSTANCE_METRICS_URL=https://x.test/p\nINSTANCE_METRICS_APIKEYSECRET={secret}\n");
        let output = with_config(&text).output().await.unwrap();
        assert_refused(&output, 1, &["INSTANCE_METRICS_APIKEYSECRET"]);
        assert!(!self::text(&output.stderr).contains("hunter2"));
    }
    let missing = with_config("INSTANCE_METRICS_URL=https://x.test/p\n")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .output()
        .await
        .unwrap();
    let words = ["INSTANCE_METRICS_APIKEYSECRET is missing", "environment", "agent.conf", "Secrets Manager"];
    assert_refused(&missing, 1, &words);

    std::fs::write(folder.path().join("file"), "").unwrap();
    let inside_a_file = format!("{}/file/state", folder.path().display());
    let mut command = agent(&["--once", "--state-dir", &inside_a_file]);
    command.env("INSTANCE_METRICS_URL", "http://127.0.0.1:1/p").env("INSTANCE_METRICS_APIKEYSECRET", "k");
    assert_refused(&command.output().await.unwrap(), 1, &["state folder", "file/state"]);

    for usage in
        [vec!["--batch", "16"], vec!["--print", "--once"], vec!["--host-id", "a/b"], vec!["--nonsense"]]
    {
        assert_refused(&agent(&usage).output().await.unwrap(), 2, &["--help"]);
    }
}

#[tokio::test]
async fn help_teaches() {
    let output = agent(&["--help"]).output().await.unwrap();
    assert!(output.status.success());
    let help = text(&output.stdout);
    for word in [
        "Examples:",
        "--print",
        "INSTANCE_METRICS_URL",
        "Secrets Manager",
        "redaction_key",
        "INSTANCE_METRICS_COLLECT_OFF",
        "cmdline users processes logins disks networks sockets inventory",
        "INSTANCE_METRICS_REDACT",
        "off usages|names|addresses|headers|tokens|pem|entropy",
        "Exit codes:",
    ] {
        assert!(help.contains(word), "{word}");
    }
}
