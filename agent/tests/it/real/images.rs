//! What a process runs: from memory, under another name, another program than a minute ago.

#![allow(unsafe_code, reason = "memfd_create has no form in std")]

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd};
use std::process::Command;

use serde_json::Value;

use super::{Subject, is_root, of, shell, shown, works};

#[test]
fn a_program_in_memory_only() {
    // SAFETY: the name is a C string that lives for the call, and the descriptor given back is owned by nobody else.
    let mut memory = unsafe {
        let descriptor = libc::memfd_create(c"payload".as_ptr(), 0);
        assert!(descriptor >= 0);
        File::from_raw_fd(descriptor)
    };
    memory.write_all(&std::fs::read("/bin/sh").unwrap()).unwrap();
    let place = format!("/proc/self/fd/{}", memory.as_raw_fd());
    let subject = Subject::start(Command::new(place).args(["-c", "echo ready; read line"]));
    let process = of(&shown(), &subject);
    assert_eq!(process["exe"], "/memfd:payload");
    assert_eq!((&process["exe_memfd"], &process["exe_deleted"]), (&Value::Bool(true), &Value::Bool(true)));
}

#[test]
fn a_process_under_another_name() {
    // The name of a kernel thread; the shell writes it itself, which is prctl(PR_SET_NAME) by another way.
    let subject = Subject::start(&mut shell("printf 'kworker/0:1' > /proc/self/comm"));
    let process = of(&shown(), &subject);
    assert_eq!(process["name"], "kworker/0:1");
    let shell = std::fs::canonicalize("/bin/sh").unwrap();
    assert_eq!(process["exe"].as_str(), shell.to_str());
    assert!(process["cmdline"].as_str().unwrap().starts_with("sh -c printf"));
}

#[test]
fn a_process_that_becomes_another_program() {
    let mut subject = Subject::start(Command::new("sh").args(["-c", "echo ready; read line; exec cat"]));
    let before = of(&shown(), &subject);
    // The first line is read by the shell; the second comes back from what it has become.
    subject.input.as_mut().unwrap().write_all(b"\nready\n").unwrap();
    assert_eq!(subject.line(), "ready\n");
    let after = of(&shown(), &subject);
    assert_eq!((&before["name"], &after["name"]), (&Value::from("sh"), &Value::from("cat")));
    assert_eq!(after["cmdline"], "cat");
    assert_ne!(before["exe"], after["exe"]);
    // Two runs of the program count the boot's moment each, so its start may differ by their clocks' hundredths.
    let start = |process: &Value| process["start_time_ms"].as_i64().unwrap();
    assert!((start(&before) - start(&after)).abs() <= 100, "{} {}", start(&before), start(&after));
    assert_eq!(before["parent_name"], after["parent_name"]);
}

#[test]
fn a_process_with_ten_thousand_open_files() {
    let opening =
        "ulimit -n 10100 || exit; for ((n = 50; n < 10050; n++)); do eval \"exec $n</dev/null\"; done";
    let script = format!("{opening}; echo ready; read line");
    if !super::works(&["bash", "-c", "ulimit -n 10100"]) {
        return;
    }
    let subject = Subject::start(Command::new("bash").args(["-c", &script]));
    let open = std::fs::read_dir(format!("/proc/{}/fd", subject.pid())).unwrap().count();
    assert!(open > 10_000);
    let shown = shown();
    assert_eq!(of(&shown, &subject)["name"], "bash");
    assert!(!shown["unreadable"].as_str().unwrap_or_default().contains("hangs"));
}

#[test]
fn a_program_whose_name_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, script: &str| {
        let program = folder.path().join(name);
        crate::copy("/bin/sh", &program);
        let script = format!("cd {} && {script}; echo ready; read line", folder.path().display());
        (Subject::start(Command::new(&program).args(["-c", &script])), program)
    };
    // It has another name, so that its link count is not 0.
    let (moved, moved_path) = run("tool", "ln tool other && rm tool");
    // It is called like one that was deleted.
    let (posing, posing_path) = run("pose (deleted)", ":");
    // Another file has the name now.
    let (replaced, replaced_path) = run("old", "rm old && echo > old");
    let shown = shown();
    for (subject, path, deleted) in
        [(&moved, moved_path, true), (&posing, posing_path, false), (&replaced, replaced_path, true)]
    {
        let process = of(&shown, subject);
        assert_eq!(
            (process["exe"].as_str(), &process["exe_deleted"]),
            (path.to_str(), &Value::Bool(deleted))
        );
        assert_eq!(process["exe_memfd"], false);
    }
}

/// A program of a container's image: the layer below still has it, and overlayfs counts that link.
#[test]
fn a_program_deleted_from_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    for layer in ["lower", "upper", "work", "merged"] {
        std::fs::create_dir(folder.path().join(layer)).unwrap();
    }
    std::fs::copy("/bin/sh", folder.path().join("lower/tool")).unwrap();
    let options = format!("lowerdir={place}/lower,upperdir={place}/upper,workdir={place}/work");
    let mount = format!("mount -t overlay overlay -o {options} {place}/merged");
    if !is_root() || !works(&["unshare", "-m", "sh", "-c", &mount]) {
        return;
    }
    let tool = folder.path().join("merged/tool");
    let script = format!("{mount} && exec {0} -c 'rm {0}; echo ready; read line'", tool.display());
    let subject = Subject::start(Command::new("unshare").args(["-m", "sh", "-c", &script]));
    let process = of(&shown(), &subject);
    assert_eq!((process["exe"].as_str(), &process["exe_deleted"]), (tool.to_str(), &Value::Bool(true)));
}
