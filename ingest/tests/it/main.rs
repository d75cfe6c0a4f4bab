//! One request in, one answer out, and what lies in the store then.
#![allow(clippy::unwrap_used, reason = "clippy.toml lets tests do so, but not the functions they share")]

mod accepted;
mod bytes;
mod fixture;
mod original;
mod readme;
mod refused;
mod store;
mod stored;
