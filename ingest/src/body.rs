//! From the event's text to the batch as it was sealed: base64 undone where the gateway says so, compression undone by
//! what the bytes themselves say. Headers are not asked: the gateway decompresses gzip and leaves its header there.

use std::io::{self, Read};

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::limits::{MAX_BATCH_BYTES, MAX_BODY_BYTES, MAX_WINDOW_LOG};
use crate::refusal::{Kind, Refusal};

/// The batch's bytes, decompressed, at most [`MAX_BATCH_BYTES`].
pub(crate) fn of(request: &ApiGatewayProxyRequest) -> Result<Vec<u8>, Refusal> {
    let text = request.body.as_deref().unwrap_or_default();
    if !request.is_base64_encoded {
        mangled(text)?;
        return decompressed(text.as_bytes());
    }
    if text.len() / 4 * 3 > MAX_BODY_BYTES + 2 {
        return Err(too_large("body", MAX_BODY_BYTES));
    }
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| malformed("the body is not base64, expected it as the event says so"))?;
    decompressed(&bytes)
}

/// The bytes of the body as it arrived, still compressed.
pub(crate) fn arrived(request: &ApiGatewayProxyRequest) -> usize {
    let text = request.body.as_deref().unwrap_or_default();
    if !request.is_base64_encoded {
        return text.len();
    }
    text.len() / 4 * 3 - text.bytes().rev().take_while(|byte| *byte == b'=').count()
}

fn decompressed(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    if bytes.len() > MAX_BODY_BYTES {
        return Err(too_large("body", MAX_BODY_BYTES));
    }
    match *bytes {
        [] => Err(malformed("the body is empty, expected a snapshot a line")),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            let unpacked = zstd::stream::read::Decoder::with_buffer(bytes).and_then(|mut decoder| {
                decoder.window_log_max(MAX_WINDOW_LOG)?;
                bounded(decoder)
            });
            whole(unpacked, "zstd")
        }
        [0x1f, 0x8b, ..] => whole(bounded(flate2::bufread::MultiGzDecoder::new(bytes)), "gzip"),
        [b'{' | b' ' | b'\t' | b'\r' | b'\n', ..] => Ok(bytes.to_vec()),
        _ => Err(unknown(bytes)),
    }
}

/// Reads to the end or one byte past the limit, so that a small body that unpacks to gigabytes costs neither.
fn bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    // Room for the largest at once: only what is written to takes memory, and growing would copy it over and over.
    let mut unpacked = Vec::with_capacity(MAX_BATCH_BYTES + 1);
    reader.take(MAX_BATCH_BYTES as u64 + 1).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

fn whole(unpacked: io::Result<Vec<u8>>, encoding: &str) -> Result<Vec<u8>, Refusal> {
    match unpacked {
        Ok(unpacked) if unpacked.len() > MAX_BATCH_BYTES => {
            Err(too_large("decompressed batch", MAX_BATCH_BYTES))
        }
        Ok(unpacked) if unpacked.is_empty() => {
            Err(malformed(&format!("the body is {encoding} of nothing, expected a snapshot a line")))
        }
        Ok(unpacked) => Ok(unpacked),
        Err(error) => Err(damaged(encoding, &error.to_string())),
    }
}

/// Not each frame that this decoder refuses is damaged: zstd's words tell which.
fn damaged(encoding: &str, error: &str) -> Refusal {
    match error {
        "Frame requires too much memory for decoding" => {
            let most = 1_u64 << MAX_WINDOW_LOG;
            let told = format!("the body's zstd window is too large, expected at most {most} bytes");
            Refusal::new(Kind::TooLarge, told).logged_as_told()
        }
        "Dictionary mismatch" => {
            let told = "the body's zstd needs a dictionary, expected zstd without one";
            Refusal::new(Kind::UnknownEncoding, told).logged_as_told()
        }
        _ => {
            let told = format!("the body begins as {encoding} and is damaged ({error}), expected it whole");
            malformed(&told)
        }
    }
}

/// What is compressed and comes as text has lost bytes on the way: the gateway takes a body for text unless its type is
/// one of those that the stack names as binary.
fn mangled(text: &str) -> Result<(), Refusal> {
    const LOST: char = char::REPLACEMENT_CHARACTER;
    let mut begin = text.chars();
    let (encoding, kind) = match (begin.next(), begin.next(), begin.next()) {
        (Some('('), Some(LOST), Some('/')) => ("zstd", "application/zstd"),
        (Some('\u{1f}'), Some(LOST), _) => ("gzip", "application/gzip"),
        _ => return Ok(()),
    };
    let told =
        format!("the body is {encoding} that was taken for text, expected it sent as Content-Type: {kind}");
    Err(Refusal::new(Kind::UnknownEncoding, told).logged_as_told())
}

fn malformed(told: &str) -> Refusal {
    Refusal::malformed(told).logged_as_told()
}

fn too_large(what: &str, limit: usize) -> Refusal {
    let told = format!("the {what} is too large, expected at most {limit} bytes");
    Refusal::new(Kind::TooLarge, told).logged_as_told()
}

/// What is neither compressed in a way spoken here nor the beginning of JSON's objects.
fn unknown(bytes: &[u8]) -> Refusal {
    const OTHERS: [(&str, &[u8]); 9] = [
        ("xz", b"\xfd7zXZ"),
        ("lzma", b"\x5d\x00\x00"),
        ("bzip2", b"BZh"),
        ("zip", b"PK\x03\x04"),
        ("7z", b"7z\xbc\xaf\x27\x1c"),
        ("rar", b"Rar!\x1a\x07"),
        ("lz4", b"\x04\x22\x4d\x18"),
        ("snappy", b"\xff\x06\x00\x00sNaPpY"),
        ("text with a byte order mark", b"\xef\xbb\xbf"),
    ];
    const EXPECTED: &str = "expected zstd, gzip or plain JSON";
    // Its first two bytes, as a number, are a multiple of 31.
    let zlib = matches!(bytes, [0x78, second, ..] if (0x7800 + u16::from(*second)).is_multiple_of(31));
    let others = OTHERS.iter().find(|(_, magic)| bytes.starts_with(magic)).map(|(name, _)| *name);
    if let Some(name) = others.or(zlib.then_some("zlib")) {
        let told = format!("the body is {name}, {EXPECTED}");
        return Refusal::new(Kind::UnknownEncoding, told).logged_as_told();
    }
    match bytes.first() {
        Some(first @ (0x20..=0x7e)) => {
            const SNAPSHOT: &str = "expected '{', the beginning of a snapshot";
            let told = format!("'{}', {SNAPSHOT}", char::from(*first));
            Refusal::malformed(told).logged(SNAPSHOT).at_line(1)
        }
        _ => {
            let told = format!("the body is neither text nor known, {EXPECTED}");
            Refusal::new(Kind::UnknownEncoding, told).logged_as_told()
        }
    }
}
