//! The program as its owner runs it, against real servers.

mod peer;
mod program;
