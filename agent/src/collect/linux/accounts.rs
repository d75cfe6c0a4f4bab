//! Names of users by number, from `/etc/passwd`.
//!
//! Only the local file: a directory service may take seconds to answer, and a name that it knows can be looked up
//! later by the number, which is always sent beside it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use super::tree::Tree;

/// The names by number.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<u64, String>);

impl Names {
    /// The user's name, `#1000` when none is known.
    pub(crate) fn name(&self, uid: u64) -> String {
        self.0.get(&uid).cloned().unwrap_or_else(|| number(uid))
    }

    /// The lowest number that has this name.
    pub(crate) fn uid(&self, name: &str) -> Option<u64> {
        self.0.iter().filter(|(_, known)| *known == name).map(|(uid, _)| *uid).min()
    }
}

/// The file's names, read anew when it changes.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    names: Arc<Names>,
    modified: Option<SystemTime>,
}

impl Accounts {
    /// The names as the file has them now.
    pub(crate) fn names(&mut self, tree: &Tree) -> Arc<Names> {
        let modified = std::fs::metadata(tree.at("etc/passwd")).and_then(|meta| meta.modified()).ok();
        if modified.is_none() || modified != self.modified {
            self.modified = modified;
            self.names = Arc::new(read(&tree.text("etc/passwd", "passwd").unwrap_or_default()));
        }
        Arc::clone(&self.names)
    }
}

fn read(text: &str) -> Names {
    let mut names = HashMap::new();
    for line in text.lines() {
        let mut fields = line.split(':');
        let name = fields.next().unwrap_or_default();
        // The first line of a number wins, as with getpwuid: `toor` does not rename root.
        if let Some(uid) = fields.nth(1).and_then(|uid| uid.parse().ok()) {
            names.entry(uid).or_insert_with(|| name.to_owned());
        }
    }
    Names(names)
}

/// A user of whom nothing but the number may be said.
pub(crate) fn number(uid: u64) -> String {
    format!("#{uid}")
}
