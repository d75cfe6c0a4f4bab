//! Somebody logs in: on a terminal, by `login` itself, and through Systems Manager.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Subject, is_root, print_arguments, shell, shown, works};

/// `login` asks no password of root's own word, records the login in utmp and opens a shell, all on a terminal that
/// `script` makes. In mounts of its own, where `/run` is empty but for a utmp, so that the host's is left alone. The
/// program is run from that very shell.
#[test]
fn a_login_on_a_terminal() {
    let tools = ["command -v login", "command -v script", "test -L /var/run"].join(" && ");
    if !is_root()
        || !works(&["unshare", "-m", "mount", "-t", "tmpfs", "none", "/run"])
        || !works(&["sh", "-c", &tools])
    {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let result = folder.path().join("shown.json");
    let script = "mount -t tmpfs none /run && : > /run/utmp && \
                  exec script -qfc 'login -h 198.51.100.7 -f root' /dev/null";
    // `timeout` ends what would wait for ever, and with it this test.
    let mut child = Command::new("timeout")
        .args(["60", "unshare", "-m", "sh", "-c", script])
        .env("TERM", "dumb")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut terminal = child.stdin.take().unwrap();
    let mut screen = child.stdout.take().unwrap();
    let mut wait_for = |text: &str| {
        let mut seen = Vec::new();
        let mut byte = [0];
        while !String::from_utf8_lossy(&seen).contains(text) {
            let got = screen.read(&mut byte).unwrap();
            assert_eq!(got, 1, "'{text}' never came: {}", String::from_utf8_lossy(&seen));
            seen.push(byte[0]);
        }
    };
    wait_for("# ");
    let arguments = print_arguments(folder.path()).join(" ");
    let program = crate::program();
    let typed = format!(
        "AWS_EC2_METADATA_DISABLED=true {} {arguments} > {}; echo do''ne\n",
        program.display(),
        result.display()
    );
    terminal.write_all(typed.as_bytes()).unwrap();
    wait_for("done");
    terminal.write_all(b"exit\n").unwrap();
    drop(terminal);
    child.wait().unwrap();
    let shown: Value = serde_json::from_slice(&std::fs::read(result).unwrap()).unwrap();
    // Beside it another test's shell of Systems Manager may be there.
    let users = shown["users"].as_array().unwrap();
    let users: Vec<&Value> = users.iter().filter(|user| user["source"] == "utmp").collect();
    let [root] = users[..] else { panic!("one login: {users:?}") };
    assert_eq!((&root["user"], &root["uid"]), (&Value::from("root"), &Value::from(0)));
    assert_eq!(root["host"], "198.51.100.7");
    let terminal = root["terminal"].as_str().unwrap();
    assert!(terminal.starts_with("pts/"), "{terminal}");
    // Its leader is there, and what was started on the terminal says so.
    assert!(super::find(&shown, root["pid"].as_u64().unwrap()).is_some());
    let name = program.file_name().unwrap().to_str().unwrap();
    let own = shown["running_processes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|process| process["tty"] == terminal && name.starts_with(process["name"].as_str().unwrap()))
        .unwrap();
    assert!(own["ancestry"].as_str().unwrap().contains("login"), "{own}");
}

#[test]
fn a_shell_of_systems_manager() {
    let folder = tempfile::tempdir().unwrap();
    let worker = folder.path().join("ssm-session-worker");
    crate::copy("/bin/sh", &worker);
    // The worker's first argument is the session: here it is the script that a shell of that name reads.
    let id = "alice-0123456789abcdef0";
    std::fs::write(folder.path().join(id), "sh -c 'echo ready; read line'; :").unwrap();
    let subject = Subject::start(Command::new(&worker).arg(id).current_dir(folder.path()));
    let bystander = Subject::start(&mut shell(":"));
    let shown = shown();
    let of_session: Vec<u64> = shown["running_processes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|process| process["session_id"] == id)
        .map(|process| process["pid"].as_u64().unwrap())
        .collect();
    let login = shown["users"].as_array().unwrap().iter().find(|user| user["session_id"] == id);
    if !is_root() {
        assert_eq!((of_session.len(), login), (0, None), "anybody can have a program of that name");
        return;
    }
    assert_eq!(of_session.len(), 2);
    assert!(of_session.contains(&subject.pid().into()) && !of_session.contains(&bystander.pid().into()));
    let login = login.unwrap();
    assert_eq!((&login["source"], &login["user"]), (&Value::from("ssm"), &Value::from("root")));
    let leader = super::find(&shown, login["pid"].as_u64().unwrap()).unwrap();
    assert_eq!(leader["ppid"], subject.pid());
}
