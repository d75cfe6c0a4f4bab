//! A process that a preloaded library hides from every listing of the C library is seen all the same.

use std::process::{Command, Stdio};

#[test]
fn a_preloaded_library_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("hider.so");
    let source = folder.path().join("hider.c");
    std::fs::write(&source, include_str!("hider.c")).unwrap();
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").status();
    // Rust links with it, so it is nearly always there.
    let Ok(compiled) = compiled else { return };
    assert!(compiled.success());
    // Lives for as long as its standard input is open.
    let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let pid = child.id().to_string();
    let hiding = |program: std::path::PathBuf| {
        let mut command = Command::new(program);
        command.env("LD_PRELOAD", &library).env("HIDDEN_NAME", &pid);
        command
    };
    let listed = hiding("ls".into()).arg("/proc").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.lines().any(|name| name == "self") && !listed.lines().any(|name| name == pid), "it hides");
    let shown = hiding(crate::program())
        .args(["--print", "--host-id", "this-host", "--state-dir"])
        .arg(folder.path().join("none"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let seen =
        shown["running_processes"].as_array().unwrap().iter().any(|process| process["pid"] == child.id());
    drop(child.stdin.take());
    child.wait().unwrap();
    assert!(seen);
}
