#![doc = include_str!("../README.md")]

mod agent;
mod arguments;
mod aws;
mod clock;
mod collect;
mod durable;
mod identity;
mod imds;
mod news;
mod notice;
mod pace;
#[cfg(test)]
#[path = "../tests/it/peer.rs"]
mod peer;
mod privacy;
mod program;
mod random;
mod redact;
mod send;
mod settings;
mod spool;
mod tls;

pub use arguments::{Arguments, EXAMPLES};
pub use aws::https_proxy;
pub use program::main;
