//! The stores against one suite, and the keys against their spelling.

mod keys;
mod stores;
