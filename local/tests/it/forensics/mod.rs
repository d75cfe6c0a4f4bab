//! The forensic pack finds what was planted, exactly, in a noisy fleet: on the embedded engine here, and on Trino by the
//! same expectations where `.ci/trino` has started one.

mod answers;
mod bytes;
mod digests;
mod embedded;
mod facts;
mod fleet;
mod on_trino;
mod plant;
mod silence;
