//! An object read piece by piece: memory does not grow with it.

use anyhow::bail;
use bytes::Bytes;
use lake::Store;

/// One read: large enough that S3's latency does not count, small beside a Lambda of 256 MB.
const PIECE_BYTES: u64 = 4 * 1024 * 1024;

/// Gives every piece of an object of `bytes` bytes to `take`, in order.
pub(crate) async fn pieces(
    store: &dyn Store,
    key: &str,
    bytes: u64,
    mut take: impl FnMut(Bytes) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut at = 0;
    while at < bytes {
        let end = bytes.min(at + PIECE_BYTES);
        let piece = store.get_range(key, at..end).await?;
        if piece.len() as u64 != end - at {
            bail!("{key} gave {} bytes from {at} on, expected {}", piece.len(), end - at);
        }
        take(piece)?;
        at = end;
    }
    Ok(())
}
