//! The compactor on real folders: what it makes of a day, and what it makes of it after every death.

#![recursion_limit = "256"] // a whole snapshot in one `json!`
#![allow(clippy::unwrap_used, reason = "clippy.toml lets tests do so, but not the functions they share")]

mod beside;
mod between;
mod clocks;
mod clones;
mod commits;
mod cost;
mod day;
mod deep;
mod definitions;
mod denied;
mod expiry;
mod expiry_faults;
mod expiry_server;
mod explain;
mod faulty;
mod fleet;
mod hold;
mod jobs;
mod large;
mod late;
mod memory;
mod metrics;
mod months;
mod older;
mod outputs;
mod overlaps;
mod readme;
mod refused;
mod rows;
mod schemas;
mod space;
mod streams;
mod unreadable;
mod versions;
mod whole_run;
mod world;
