//! One request in, one answer out, and what lies in the store then.
#![allow(clippy::unwrap_used, reason = "clippy.toml lets tests do so, but not the functions they share")]

mod accepted;
mod adding;
mod afterwards;
mod again;
#[path = "../../examples/mutate/athena.rs"]
mod athena;
mod bootstrap;
mod bytes;
mod calls;
mod cases;
mod deaths;
#[path = "../../examples/mutate/events.rs"]
mod events;
mod fixture;
mod generated;
mod golden;
mod log;
mod metrics;
mod original;
#[path = "../../../lake/tests/it/peer.rs"]
mod peer;
mod processes;
mod properties;
mod readme;
mod refused;
mod stored;
#[path = "../../examples/mutate/trial.rs"]
mod trial;
