//! The request's body, as far as API Gateway lets it through.

use std::io::Read;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use futures::StreamExt;

use super::answer::{BAD_REQUEST, Refused, TOO_LONG, UNSUPPORTED};

/// API Gateway's limit of a payload: 10 MB, which cannot be raised.
const MAX_BYTES: usize = 10 * 1024 * 1024;

/// The body, at most [`MAX_BYTES`]. One that says `Content-Encoding: gzip` is decompressed (its header stays, as on
/// AWS); of other encodings API Gateway would undo deflate, which no client here speaks.
pub(super) async fn body(headers: &HeaderMap, body: Body) -> Result<Bytes, Refused> {
    let encoding = headers.get(CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase());
    let gzip = match encoding.as_deref() {
        None | Some(b"" | b"identity") => false,
        Some(b"gzip") => true,
        Some(_) => return Err(UNSUPPORTED),
    };
    let received = collected(headers, body).await?;
    if !gzip || received.is_empty() {
        return Ok(received);
    }
    let mut plain = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    MultiGzDecoder::new(received.as_ref()).take(limit).read_to_end(&mut plain).map_err(|_| BAD_REQUEST)?;
    if plain.len() > MAX_BYTES { Err(TOO_LONG) } else { Ok(plain.into()) }
}

async fn collected(headers: &HeaderMap, body: Body) -> Result<Bytes, Refused> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BYTES) {
        return Err(TOO_LONG);
    }
    let mut received = Vec::new();
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| BAD_REQUEST)?;
        if received.len() + piece.len() > MAX_BYTES {
            return Err(TOO_LONG);
        }
        received.extend_from_slice(&piece);
    }
    Ok(received.into())
}
