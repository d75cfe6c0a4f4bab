#![doc = include_str!("../README.md")]

mod client;
mod clock;
pub mod conformance;
mod day;
mod directory;
pub mod emf;
mod key;
pub mod lifecycle;
mod manifest;
mod name;
mod s3;
mod store;
mod unfinished;

pub use client::NoRegion;
pub use clock::{Clock, SetClock, SystemClock};
pub use day::{Day, Hour, Month};
pub use directory::DirectoryStore;
pub use key::{CommitId, Digest, Key, QuarantinePart, RawKey, prefix};
pub use lifecycle::Lifecycle;
pub use manifest::{MANIFEST_VERSION, Manifest};
pub use name::TableName;
pub use s3::S3Store;
pub use store::{Body, Found, PAGE, Page, Put, Store, StoreError};
