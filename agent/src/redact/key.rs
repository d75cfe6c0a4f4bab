//! The key of the hashes: 32 random bytes, kept in the state folder for its owner alone, so that one secret has one
//! hash for as long as the folder lives.

use std::path::Path;

use anyhow::{Context, anyhow, bail};

use crate::durable;

/// Where it is kept, below the state folder.
const FILE: &str = "redaction.key";

/// A redaction key.
#[derive(Clone)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// The key with these bytes.
    #[cfg(test)]
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A fresh key from the kernel's randomness.
    pub(crate) fn random() -> anyhow::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| anyhow!("random bytes from the kernel: {error}"))?;
        Ok(Self(bytes))
    }

    /// The folder's key, if it has one.
    pub(crate) fn load(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = folder.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => match <[u8; 32]>::try_from(bytes) {
                Ok(bytes) => Ok(Some(Self(bytes))),
                Err(bytes) => bail!(
                    "{}: {} bytes, expected 32; remove it to get a new key",
                    path.display(),
                    bytes.len()
                ),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
        }
    }

    /// The folder's key; makes one (mode 0600) when there is none.
    pub(crate) fn load_or_make(folder: &Path) -> anyhow::Result<Self> {
        if let Some(key) = Self::load(folder)? {
            return Ok(key);
        }
        let key = Self::random()?;
        durable::replace(&folder.join(FILE), &key.0)?;
        Ok(key)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_folder_keeps_one_key_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Key::load(folder.path()).unwrap().is_none());
        let key = Key::load_or_make(folder.path()).unwrap();
        assert_eq!(Key::load_or_make(folder.path()).unwrap().0, key.0);
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(folder.path().join(FILE), b"short").unwrap();
        let error = Key::load_or_make(folder.path()).unwrap_err().to_string();
        assert!(error.contains("5 bytes, expected 32"), "{error}");
    }
}
