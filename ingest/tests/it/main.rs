//! One request in, one answer out, and what lies in the store then.

mod accepted;
mod bytes;
mod fixture;
mod refused;
mod store;
mod stored;
