//! The contract, from outside.

mod contract;
