//! A raw object, read: bytes in, snapshots out, and a reason for whatever could not be read.

use std::io::Read;

use lake::RawKey;
use snapshot::Snapshot;

/// An object's text is at most this long: 15 snapshots of 2,000 processes are 20 MB. What is longer was not put by
/// ingest, which lets in less. An object of more bytes than that is not even fetched.
pub const MAX_OBJECT_BYTES: u64 = 64 * 1024 * 1024;

/// How far back zstd may refer, as a power of two: 8 MiB, as Athena reads at most. Ingest writes 2 MiB; a frame may claim
/// 128, and a decoder would allocate them.
const MAX_WINDOW_LOG: u32 = 23;

/// The text of an object, or why it has none. An object that breaks off is unreadable as a whole: it cannot be
/// what ingest was told is there.
pub fn text(object: &[u8]) -> Result<Vec<u8>, String> {
    if object.is_empty() {
        return Err("0 bytes, expected zstd".to_owned());
    }
    let mut decoder = zstd::stream::read::Decoder::new(object).map_err(|error| error.to_string())?;
    decoder.window_log_max(MAX_WINDOW_LOG).map_err(|error| error.to_string())?;
    // JSON packs to an eighth or less; whoever claims more gets no memory for the claim.
    let mut text = Vec::with_capacity(object.len().saturating_mul(8).min(MAX_OBJECT_BYTES as usize / 8));
    decoder
        .take(MAX_OBJECT_BYTES + 1)
        .read_to_end(&mut text)
        .map_err(|error| format!("not readable as zstd: {error}"))?;
    if text.len() as u64 > MAX_OBJECT_BYTES {
        return Err(format!("more than {MAX_OBJECT_BYTES} bytes of text"));
    }
    Ok(text)
}

/// The lines of an object's text, numbered from 1; a line break at the end begins no further one.
pub fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|byte| *byte == b'\n').enumerate().map(|(index, line)| (index + 1, line))
}

/// A line as the snapshot that its key promises, or why it is not.
pub fn snapshot<'l>(line: &'l [u8], key: &RawKey) -> Result<Snapshot<'l>, String> {
    let text = std::str::from_utf8(line).map_err(|error| error.to_string())?;
    let snapshot: Snapshot<'l> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let numbers = key.first_seq..key.first_seq + key.count as i64;
    if snapshot.host_id != key.host {
        return Err(format!("host '{}' in an object of host '{}'", snapshot.host_id, key.host));
    }
    if snapshot.stream != key.stream || !numbers.contains(&snapshot.seq.get()) {
        let (stream, seq) = (snapshot.stream, snapshot.seq);
        return Err(format!(
            "{stream} {seq} in an object of {} {}..{}",
            key.stream, numbers.start, numbers.end
        ));
    }
    Ok(snapshot)
}
