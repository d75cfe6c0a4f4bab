//! The program as its owner runs it, against real servers and among real processes.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod fields;
mod hider;
mod peer;
mod program;
mod real;
mod wishes;

use std::path::PathBuf;

/// Copies a program that is run then. Not by this process: a child that another test starts at that moment would hold the
/// copy open for writing until it is a program of its own, and the kernel runs none that is written to.
fn copy(from: impl AsRef<std::ffi::OsStr>, to: impl AsRef<std::ffi::OsStr>) {
    let copied = std::process::Command::new("cp").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}

/// What names this machine where it has no id of its own, as in some containers.
fn an_id() -> &'static [&'static str] {
    match std::fs::read_to_string("/etc/machine-id") {
        Ok(id) if !id.trim().is_empty() => &[],
        _ => &["--host-id", "this-machine"],
    }
}

/// The program under test: the one that cargo built, or the copy that a user may reach who may not read this folder.
fn program() -> PathBuf {
    std::env::var_os("AGENT_UNDER_TEST")
        .map_or_else(|| env!("CARGO_BIN_EXE_endpoint-metrics-agent").into(), PathBuf::from)
}
