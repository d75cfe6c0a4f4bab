//! The program as a user has it: started, asked, stopped.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by panicking")]

mod athena;
mod delivery;
mod fleet_day;
mod forensics;
mod never_both;
mod older;
mod program;
mod starts;
mod stopping;
mod story;
mod trino;
mod wrong_use;
