//! Names of users by number, from `/etc/passwd`.
//!
//! Only the local file: a directory service may take seconds to answer, and a name that it knows can be looked up
//! later by the number, which is always sent beside it.

use std::collections::HashMap;
use std::time::SystemTime;

use super::tree::Tree;

/// The names, read anew when the file changes.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    names: HashMap<u64, String>,
    modified: Option<SystemTime>,
}

impl Accounts {
    /// Reads the file if it is another than last time.
    pub(crate) fn refresh(&mut self, tree: &Tree) {
        let modified = std::fs::metadata(tree.at("etc/passwd")).and_then(|meta| meta.modified()).ok();
        if modified.is_some() && modified == self.modified {
            return;
        }
        self.modified = modified;
        self.names.clear();
        for line in tree.text("etc/passwd", "passwd").unwrap_or_default().lines() {
            let mut fields = line.split(':');
            let name = fields.next().unwrap_or_default();
            // The first line of a number wins, as with getpwuid: `toor` does not rename root.
            if let Some(uid) = fields.nth(1).and_then(|uid| uid.parse().ok()) {
                self.names.entry(uid).or_insert_with(|| name.to_owned());
            }
        }
    }

    /// The user's name, `#1000` when none is known.
    pub(crate) fn name(&self, uid: u64) -> String {
        self.names.get(&uid).cloned().unwrap_or_else(|| number(uid))
    }
}

/// A user of whom nothing but the number may be said.
pub(crate) fn number(uid: u64) -> String {
    format!("#{uid}")
}
