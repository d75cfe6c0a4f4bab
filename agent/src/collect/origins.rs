//! Where the first sight of each process's parent outlives the agent: a parent that has died cannot be asked again after an
//! upgrade, and its children would be process 1's.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::family::{Key, Origin};

/// Where they are kept, below the state folder.
const FILE: &str = "origins.json";

/// Every living process's origin, and the file that holds them too.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    pub(super) known: HashMap<Key, Origin>,
    file: Option<PathBuf>,
    boot_id: String,
}

#[derive(Serialize, Deserialize)]
struct Kept<'k> {
    boot_id: std::borrow::Cow<'k, str>,
    origins: Vec<(Key, Origin)>,
}

impl Origins {
    /// What the folder knows of this boot: pids and starts begin anew with the next one. `keep` says whether what is learnt
    /// is written there.
    pub(crate) fn open(folder: &Path, boot_id: &str, keep: bool) -> Self {
        let path = folder.join(FILE);
        let kept = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Kept<'_>>(&bytes).ok());
        let kept = kept.filter(|kept| kept.boot_id == boot_id);
        Self {
            known: kept.map(|kept| kept.origins.into_iter().collect()).unwrap_or_default(),
            file: keep.then_some(path),
            boot_id: boot_id.to_owned(),
        }
    }

    /// Writes them down. Neither synced nor an error: without the file a restart forgets who has died, and nothing else.
    pub(super) fn keep(&self) {
        let Some(path) = &self.file else { return };
        let origins = self.known.iter().map(|(key, origin)| (*key, origin.clone())).collect();
        let kept = Kept { boot_id: self.boot_id.as_str().into(), origins };
        let temporary = path.with_extension("tmp");
        // For the owner alone: paths and names are about people.
        let write = || {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
            file.write_all(&serde_json::to_vec(&kept)?)?;
            fs::rename(&temporary, path)
        };
        let _: std::io::Result<()> = write();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn origins_hold_for_a_boot() {
        let folder = tempfile::tempdir().unwrap();
        let open = |boot_id, keep| Origins::open(folder.path(), boot_id, keep);
        let mut origins = open("b1", true);
        let origin = Origin { parent_name: Some("php-fpm".into()), ..Origin::default() };
        origins.known.insert((60, 200), origin.clone());
        origins.keep();
        assert_eq!(open("b1", false).known.get(&(60, 200)), Some(&origin));
        assert!(open("b2", false).known.is_empty(), "another boot's pids");
        let path = folder.path().join(FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, b"{half").unwrap();
        assert!(open("b1", false).known.is_empty());
        open("b1", false).keep();
        assert_eq!(fs::read(&path).unwrap(), b"{half", "who only looks writes nothing");
    }
}
