//! `up` and the agent, two processes: what the one posts the other can be asked for.

use std::process::Command;

use crate::program::{Server, agent, query};

const COUNT: &str = "SELECT count(*) AS n, max(seq) AS last, count(DISTINCT host_id) AS hosts FROM hosts";

#[test]
fn what_the_agent_posts_can_be_asked_for_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (data, state) = (folder.path().join("data"), folder.path().join("state"));
    let server = Server::start(&data, "right");

    let sent = agent(&server.url, "right", &state);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    assert_eq!(query(&data, COUNT)[0], serde_json::json!({"n": 1, "last": 0, "hosts": 1}));

    // The server itself is among what the agent saw, with its user and arguments.
    let sql = format!(
        "SELECT user_name, cmdline FROM processes WHERE host_id = 'this-machine' AND pid = {}",
        server.id()
    );
    let seen = query(&data, &sql);
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0]["cmdline"].as_str().unwrap().contains("up --data"), "{seen:?}");
    let user = Command::new("id").arg("-un").output().unwrap();
    assert_eq!(seen[0]["user_name"], String::from_utf8_lossy(&user.stdout).trim());

    // A second run takes the next number.
    assert!(agent(&server.url, "right", &state).status.success());
    assert_eq!(query(&data, COUNT)[0], serde_json::json!({"n": 2, "last": 1, "hosts": 1}));
}

#[test]
fn a_wrong_key_stores_nothing_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, state) = (folder.path().join("data"), folder.path().join("state"));
    let server = Server::start(&data, "right");

    let refused = agent(&server.url, "wrong", &state);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("403") && !said.contains("wrong"), "says why and not the key: {said}");
    assert_eq!(query(&data, COUNT)[0]["n"], 0);

    // What was not accepted waits, and goes with the next.
    assert!(agent(&server.url, "right", &state).status.success());
    assert_eq!(query(&data, COUNT)[0], serde_json::json!({"n": 2, "last": 1, "hosts": 1}));
}

#[test]
fn without_a_server_the_agent_fails_and_keeps_what_it_saw() {
    let folder = tempfile::tempdir().unwrap();
    let (data, state) = (folder.path().join("data"), folder.path().join("state"));
    let server = Server::start(&data, "right");
    let url = server.url.clone();
    drop(server);

    let refused = agent(&url, "right", &state);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!String::from_utf8_lossy(&refused.stderr).contains("panicked"));

    let server = Server::start(&data, "right");
    assert!(agent(&server.url, "right", &state).status.success());
    assert_eq!(query(&data, COUNT)[0], serde_json::json!({"n": 2, "last": 1, "hosts": 1}));
}

#[tokio::test]
async fn what_is_refused_is_in_the_servers_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let server = Server::logging(&folder.path().join("data"), "right", std::fs::File::create(&log).unwrap());
    // The client asks for a provider of TLS even where only plain HTTP is spoken.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap().post(&server.url);
    let request =
        request.header(snapshot::API_KEY, "right").body(r#"{"running_processes":[{"pid":"canary"}]}"#);
    assert_eq!(request.send().await.unwrap().status(), 400);
    let said = std::fs::read_to_string(&log).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    for words in ["WARN", "malformed", "status=400", "/running_processes/0/pid", "a whole number"] {
        assert!(said.contains(words), "{words} in {said}");
    }
    assert!(!said.contains("canary"), "{said}");
}

#[test]
fn a_server_told_to_stop_ends_well() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), "right");
    let told = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(server.wait(), Some(0));
}
