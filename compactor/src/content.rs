//! A file's digest of all its own bytes, in its own footer: that each of them is the one that was written.
//!
//! Key, identities and rows, which the footer names too, say whose a file is; a flipped bit in a page changes none of them.
//! The digest cannot be in the report, since another version may pack the same rows into other bytes. So it is in the
//! file: taken over it with 32 zeros in the digest's place, and then written there.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::Context;
use lake::{Digest, Store};
use sha2::{Digest as _, Sha256};

use crate::commit;
use crate::pieces::pieces;

/// The footer's entry that holds the digest.
pub const CONTENT_ENTRY: &str = "endpoint-metrics.content";

/// What stands in the digest's place while it is taken.
pub(crate) const BLANK: &str = "00000000000000000000000000000000";

/// A new file that is hashed as it is written.
#[derive(Debug)]
pub(crate) struct Hashed {
    file: File,
    hash: Sha256,
}

impl Hashed {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = File::options().read(true).write(true).create_new(true).open(path)?;
        Ok(Self { file, hash: Sha256::new() })
    }

    /// Puts the digest into its place in the footer. The file is whole.
    pub(crate) fn seal(self) -> anyhow::Result<()> {
        let Self { mut file, hash } = self;
        let mut end = [0; 8];
        file.seek(SeekFrom::End(-8))?;
        file.read_exact(&mut end)?;
        let length = commit::footer_length(&end)?;
        let begin = file.seek(SeekFrom::End(-i64::try_from(length)?))?;
        let mut footer = Vec::new();
        file.read_to_end(&mut footer)?;
        let place = place(&footer).context("its footer has no place for a digest")?;
        file.seek(SeekFrom::Start(begin + place as u64))?;
        file.write_all(Digest::finish(hash).to_string().as_bytes())?;
        Ok(())
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Whether every byte of a file of `bytes` bytes is as it was written. It is read once, piece by piece.
pub(crate) async fn intact(store: &dyn Store, key: &str, bytes: u64) -> anyhow::Result<bool> {
    let footer = commit::footer_bytes(store, key, bytes).await?;
    let Some(place) = place(&footer) else { return Ok(false) };
    let said = footer.slice(place..place + BLANK.len());
    // The footer is followed by its length and the magic number.
    let mut from = bytes - 8 - footer.len() as u64 + place as u64;
    let mut blank = BLANK.len() as u64;
    let mut hash = Sha256::new();
    let mut at = 0;
    pieces(store, key, bytes, |piece| {
        let mut piece = piece.to_vec();
        let end = at + piece.len() as u64;
        while blank > 0 && (at..end).contains(&from) {
            piece[(from - at) as usize] = b'0';
            from += 1;
            blank -= 1;
        }
        hash.update(&piece);
        at = end;
        Ok(())
    })
    .await?;
    Ok(*Digest::finish(hash).to_string().as_bytes() == *said)
}

/// Where in a footer the digest is: after its name and, in Thrift's compact protocol, the header of the text that follows
/// and its length. The last such place, since bounds of columns, which hold anything, come before.
fn place(footer: &[u8]) -> Option<usize> {
    let before = [CONTENT_ENTRY.as_bytes(), &[0x18, BLANK.len() as u8]].concat();
    let place = footer.windows(before.len()).rposition(|window| window == before)? + before.len();
    (place + BLANK.len() <= footer.len()).then_some(place)
}
