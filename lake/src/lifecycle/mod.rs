//! What a bucket lets expire by itself: its lifecycle rules, on S3 and in a folder that plays a bucket.
//!
//! S3 knows one operation to read all rules and one that replaces all of them, and the second cannot be conditional: of
//! two writers the later one wins, with whatever it read before. So a rule may vanish or come back by another's hand,
//! and whoever sets rules must be right whichever happens.

mod act;
pub mod conformance;
mod folder;
mod rule;
mod s3;

use std::fmt::Debug;

use async_trait::async_trait;
use aws_sdk_s3::types::TransitionDefaultMinimumObjectSize;
use serde::{Deserialize, Serialize};

pub use act::act;
pub use rule::{Expires, Rule, Stored};

use crate::StoreError;

/// S3 takes so many rules and not one more.
pub const MAX_RULES: usize = 1000;

/// All the rules of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// In the order in which they were put. Their order means nothing to S3.
    pub rules: Vec<Rule>,
    /// How small an object S3 still moves to another storage class by itself: said beside the rules, replaced with
    /// them, and none of our business, so it is handed back as it was read.
    #[serde(skip)]
    smallest_moved: Option<TransitionDefaultMinimumObjectSize>,
}

impl Configuration {
    /// Of these rules.
    pub fn of(rules: Vec<Rule>) -> Self {
        Self { rules, smallest_moved: None }
    }
}

/// A bucket's lifecycle configuration.
#[async_trait]
pub trait Lifecycle: Debug + Send + Sync {
    /// Reads it whole; it is empty where nobody ever put one.
    async fn read(&self) -> Result<Configuration, StoreError>;

    /// Replaces it whole and without a condition. What was read and is handed back is put as it was, also what we know
    /// nothing of.
    async fn replace(&self, configuration: &Configuration) -> Result<(), StoreError>;
}
