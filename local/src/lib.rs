#![doc = include_str!("../README.md")]

mod acceptance;
mod athena;
pub mod command_line;
mod compaction;
mod ddl;
mod demo;
mod expiry;
mod explanation;
mod fleet;
mod folder;
pub mod gateway;
pub mod moment;
pub mod named;
mod place;
mod proof;
pub mod query;
mod screen;
pub mod simulate;
mod statement;
mod up;

pub use folder::Folder;
