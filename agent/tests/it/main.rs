//! The program as its owner runs it, against real servers and among real processes.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod fields;
mod hider;
mod peer;
mod program;
mod real;
mod wishes;

use std::path::PathBuf;

/// The program under test: the one that cargo built, or the copy that a user may reach who may not read this folder.
fn program() -> PathBuf {
    std::env::var_os("AGENT_UNDER_TEST")
        .map_or_else(|| env!("CARGO_BIN_EXE_endpoint-metrics-agent").into(), PathBuf::from)
}
