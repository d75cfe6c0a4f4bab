//! The stores against one suite, and the keys against their spelling.
#![allow(clippy::unwrap_used, clippy::expect_used)] // clippy.toml lets tests do so, but not the functions they share

mod answers;
mod environment;
mod keys;
mod lifecycle;
mod peer;
mod stores;
