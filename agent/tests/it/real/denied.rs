//! What an unprivileged agent is denied, and that it says so.

use std::process::Command;

use serde_json::Value;

use crate::fields;

use super::{find, is_root, open_folder, print_arguments, shown_by, works};

/// Becomes nobody, without a right left.
const NOBODY: [&str; 6] =
    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"];

/// What the count of a cause is; 0 when it is not there.
fn denied(shown: &Value, cause: &str) -> u64 {
    let causes = shown["unreadable"].as_str().unwrap_or_default();
    let count = causes.split(' ').find_map(|part| part.strip_prefix(cause)?.strip_prefix('='));
    count.map_or(0, |count| count.parse().unwrap())
}

#[test]
fn without_privileges_it_runs_and_says_what_it_missed() {
    let (folder, program) = open_folder();
    let arguments = print_arguments(folder.path());
    let command = if is_root() {
        if !works(&[&NOBODY[..], &["true"]].concat()) {
            return;
        }
        let mut command = Command::new(NOBODY[0]);
        command.args(&NOBODY[1..]).arg(&program).args(&arguments).current_dir(folder.path());
        command
    } else {
        let mut command = Command::new(&program);
        command.args(&arguments);
        command
    };
    let shown = shown_by(command);
    let first = find(&shown, 1).unwrap();
    // Anybody may know who runs, since when, under which name and with what rights; only who might as well be root, from
    // what file and folder and how it moves its bytes. `FIELDS.md` says which is which.
    for field in fields::table() {
        let Some(member) = field.member.strip_prefix("running_processes.") else { continue };
        match field.needs {
            "any" if field.filled == "always" => assert!(!first[member].is_null(), "{member}: {first}"),
            "any" => {}
            _ => assert_eq!(first[member], Value::Null, "{member}: {first}"),
        }
    }
    assert_eq!(first["user_name"], "root");
    for cause in ["exe", "cwd", "io", "namespaces"] {
        assert!(denied(&shown, cause) >= 1, "{cause}: {}", shown["unreadable"]);
    }
    // One line a cause, however many processes there are.
    assert!(shown["unreadable"].as_str().unwrap().split(' ').count() <= 10);
    assert_eq!(denied(&shown, "stat") + denied(&shown, "status"), 0);
    // Its own process hides nothing from it.
    let own = shown["running_processes"].as_array().unwrap();
    let own = own.iter().find(|process| process["exe"].as_str() == program.to_str()).unwrap();
    for member in ["exe_deleted", "cwd", "read_bytes", "cmdline"] {
        assert!(!own[member].is_null(), "{member}: {own}");
    }
    assert_eq!(own["capabilities"], "");
}

#[test]
fn processes_may_be_hidden() {
    let mount = "mount -t proc -o hidepid=2 hidden /proc";
    if !is_root() || !works(&["unshare", "-m", "sh", "-c", mount]) {
        return;
    }
    let (folder, program) = open_folder();
    let script = format!("{mount} && cd / && exec \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &script, "sh"]).args(NOBODY).arg(&program);
    command.args(print_arguments(folder.path()));
    let shown = shown_by(command);
    assert_eq!(denied(&shown, "hidepid"), 1, "{}", shown["unreadable"]);
    assert!(find(&shown, 1).is_none());
    let users = shown["running_processes"].as_array().unwrap().iter().map(|process| &process["euid"]);
    assert!(users.into_iter().all(|euid| *euid == 65_534));
    assert_eq!(shown["threads_unlisted"], Value::Null, "what is hidden on purpose is no rootkit's");
}

/// `hidepid=1` lists everybody and shows nothing of others. Whom logind names as a session's leader cannot be looked at
/// then, and is logged in all the same.
#[test]
fn processes_may_be_listed_and_closed() {
    let mount = "mount -t proc -o hidepid=1 closed /proc && mount -t tmpfs none /run";
    if !is_root() || !works(&["unshare", "-m", "sh", "-c", mount]) {
        return;
    }
    let (folder, program) = open_folder();
    let session =
        "UID=1000\\nUSER=alice\\nSTATE=active\\nTTY=pts/0\\nSERVICE=sshd\\nCLASS=user\\nLEADER=1\\n";
    // What else lies in that folder: a FIFO, which has a name like a session and would keep a reader waiting.
    let script = format!(
        "{mount} && mkdir -p /run/systemd/sessions && printf '{session}' > /run/systemd/sessions/3 && \
         mkfifo /run/systemd/sessions/3.ref /run/systemd/sessions/4 && cd / && exec \"$@\""
    );
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &script, "sh"]).args(NOBODY).arg(&program);
    command.args(print_arguments(folder.path()));
    let shown = shown_by(command);
    assert!(denied(&shown, "stat") >= 1, "{}", shown["unreadable"]);
    assert!(find(&shown, 1).is_none());
    assert_eq!(shown["threads_unlisted"], Value::Null);
    let users = shown["users"].as_array().unwrap();
    let [alice] = &users[..] else { panic!("one login: {users:?}") };
    assert_eq!((&alice["user"], &alice["session_id"]), (&Value::from("alice"), &Value::from("3")));
}
