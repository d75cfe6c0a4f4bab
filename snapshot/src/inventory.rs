//! What rarely changes: users, packages, units, keys.

use serde::{Deserialize, Serialize};

use crate::{Count, Millis, Text};

/// One thing that is configured on the host. Full in the first snapshot of a UTC day, stream and boot, otherwise only
/// what changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item<'a> {
    /// `user group authorized_key cron unit timer module package suid preload file`.
    #[serde(borrow)]
    pub kind: Text<'a, 32>,
    /// What it is called: a path, a package, a unit.
    pub name: Text<'a, 4096>,
    /// Its version, command or fingerprint; commands are redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Text<'a, 512>>,
    /// SHA-256 of its contents, lower-case hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Text<'a, 64>>,
    /// Permission bits, octal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Text<'a, 8>>,
    /// Owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Count>,
    /// When its contents changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at_ms: Option<Millis>,
    /// Against the list before, whatever day, stream or boot that was of: `added`, `changed` or `removed`, in a full list as well
    /// as between them; `present` is what was so already, or all where no list before is known.
    pub change: Text<'a, 8>,
}
