//! The program as its owner runs it, against real servers.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod hider;
mod peer;
mod program;
mod wishes;
