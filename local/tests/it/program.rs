//! Runs `endpoint-metrics` as a process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The program with these arguments and an environment that says nothing about where to post.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_endpoint-metrics"));
    command.args(arguments).stdin(Stdio::null());
    for name in ["INSTANCE_METRICS_URL", "INSTANCE_METRICS_APIKEYSECRET", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    // A proxy that this machine needs for the world is none for itself.
    command.env("NO_PROXY", "127.0.0.1,localhost");
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// Runs it to its end, which must be a good one, and gives what it wrote.
pub(crate) fn good(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Asks in SQL and gives one line of JSON a row.
pub(crate) fn query(data: &Path, sql: &str) -> Vec<serde_json::Value> {
    let rows = good(&["query", "--data", data.to_str().unwrap(), "--format", "json", sql]);
    rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
}

/// `endpoint-metrics up`, on a free port, stopped when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(data: &Path, key: &str) -> Self {
        Self::logging(data, key, Stdio::inherit())
    }

    /// The same with its log there.
    pub(crate) fn logging(data: &Path, key: &str, log: impl Into<Stdio>) -> Self {
        let arguments = ["up", "--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0", "--api-key", key];
        let mut child = command(&arguments).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        // It says where it listens once it does.
        let said = BufReader::new(child.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        let url = said.split_whitespace().last().unwrap().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{said}");
        Self { child, url }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end and gives the exit code.
    pub(crate) fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The agent as a process of its own: one snapshot, sent.
pub(crate) fn agent(url: &str, key: &str, state: &Path) -> Output {
    command(&["agent", "--once", "--host-id", "this-machine", "--state-dir", state.to_str().unwrap()])
        .env("INSTANCE_METRICS_URL", url)
        .env("INSTANCE_METRICS_APIKEYSECRET", key)
        .output()
        .unwrap()
}
