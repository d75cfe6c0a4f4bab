#![doc = include_str!("../README.md")]

pub mod command_line;
pub mod gateway;
pub mod simulate;
