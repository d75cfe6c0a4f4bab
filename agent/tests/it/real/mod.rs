//! Real processes that a reader could mistake, and what the program says about each.
//!
//! Some need rights: they run where this user has them (root, in namespaces of their own) and are left out
//! elsewhere. `.ci/unprivileged` runs all of them again as nobody.

mod denied;
mod images;
mod login;
mod places;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;

/// A process that lives until the test is over: its standard input stays open so long.
struct Subject {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<std::process::ChildStdout>,
}

impl Subject {
    /// Starts it and waits for its first line, which it writes when it is what it is to be.
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut subject = Self { child, input, output };
        assert_eq!(subject.line(), "ready\n");
        subject
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `sh`, which runs `script` and then waits for the end of the test.
fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{script}\necho ready\nread line")]);
    command
}

/// The arguments with which the program shows this host once.
fn print_arguments(folder: &Path) -> Vec<String> {
    let none = folder.join("none").to_str().unwrap().to_owned();
    ["--print", "--host-id", "this-host", "--state-dir", &none].map(str::to_owned).to_vec()
}

/// What the program sees, started by `starter`.
fn shown_by(mut starter: Command) -> Value {
    let output = starter.env("AWS_EC2_METADATA_DISABLED", "true").stdin(Stdio::null()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"))
}

/// What the program sees.
fn shown() -> Value {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(crate::program());
    command.args(print_arguments(folder.path()));
    shown_by(command)
}

fn find(shown: &Value, pid: u64) -> Option<&Value> {
    shown["running_processes"].as_array().unwrap().iter().find(|process| process["pid"] == pid)
}

/// What it says about one process.
fn of(shown: &Value, subject: &Subject) -> Value {
    find(shown, subject.pid().into()).unwrap().clone()
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Whether `command` succeeds here: what is not allowed everywhere is tried first.
fn works(command: &[&str]) -> bool {
    let (program, arguments) = command.split_first().unwrap();
    Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A folder into which every user may look, with a copy of the program.
fn open_folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), everybody).unwrap();
    let copy = folder.path().join("endpoint-metrics-agent");
    crate::copy(crate::program(), &copy);
    (folder, copy)
}
