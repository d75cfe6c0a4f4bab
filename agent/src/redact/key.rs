//! The key of the hashes: the fleet's, or 32 random bytes of this host.
//!
//! With the fleet's key (it travels beside the API key) one secret has one hash on every host. A host without one makes
//! its own and keeps it in the state folder for its owner alone: one secret has one hash there for as long as the
//! folder lives. The fleet's key is never written to a disk.

use std::path::Path;

use anyhow::{Context, anyhow, bail};

use crate::durable;

/// Where it is kept, below the state folder.
const FILE: &str = "redaction.key";
/// Bytes of a host's own key, as long as the digest: more would add nothing.
const LENGTH: usize = 32;

/// A fleet's key has so many characters at least: with fewer, whoever sees hashes could find the key by trying.
/// Secrets Manager's own random passwords have 32.
const SHORTEST: usize = 16;

/// A redaction key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    /// The key with these bytes.
    #[cfg(test)]
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }

    /// A fleet's key: the text's own bytes, so that `openssl dgst -sha256 -hmac KEY` finds the hash of a known secret.
    /// The error never shows the text.
    pub(crate) fn of_fleet(text: &str) -> anyhow::Result<Self> {
        anyhow::ensure!(
            text.chars().count() >= SHORTEST,
            "\"redaction_key\" is too short, expected {SHORTEST} characters or more"
        );
        Ok(Self(text.as_bytes().to_vec()))
    }

    /// A fresh key from the kernel's randomness.
    pub(crate) fn random() -> anyhow::Result<Self> {
        let mut bytes = vec![0; LENGTH];
        getrandom::fill(&mut bytes).map_err(|error| anyhow!("random bytes from the kernel: {error}"))?;
        Ok(Self(bytes))
    }

    /// The folder's key, if it has one.
    pub(crate) fn load(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = folder.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) if bytes.len() == LENGTH => Ok(Some(Self(bytes))),
            Ok(bytes) => bail!(
                "{}: {} bytes, expected {LENGTH}; remove it to get a new key",
                path.display(),
                bytes.len()
            ),
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
    #[test]
    fn a_short_fleet_key_is_refused_without_showing_it() {
        let error = Key::of_fleet("fifteen-letters").unwrap_err().to_string();
        assert!(error.contains("expected 16 characters") && !error.contains("fifteen"), "{error}");
        assert_eq!(format!("{:?}", Key::of_fleet("sixteen-letters!").unwrap()), "Key(…)");
    }
}
