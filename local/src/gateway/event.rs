//! The proxy event, version 1.0, as a REST API hands it to its Lambda.

use std::net::SocketAddr;

use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::STAGE;

/// A Lambda's event is at most so many bytes.
pub(super) const MAX_BYTES: usize = 6_291_556;
/// The deployment's `BinaryMediaTypes`: bodies of these arrive as base64, every other as text, which breaks bytes that
/// are not UTF-8.
const BINARY_MEDIA_TYPES: [&str; 3] = ["application/zstd", "application/gzip", "application/octet-stream"];

/// What follows the stage in a path; none when the path is of another stage.
pub(super) fn below_stage(path: &str) -> Option<&str> {
    path.strip_prefix('/')?.strip_prefix(STAGE).filter(|route| route.starts_with('/'))
}

/// The event of a request: its headers twice (the last value of each, and all of them), its body as text or base64.
/// Query parameters are left out: no route takes any.
pub(super) fn build(
    parts: &Parts,
    route: &str,
    peer: SocketAddr,
    body: &[u8],
    api_key: &str,
    now_ms: i64,
) -> Value {
    let mut headers = parts.headers.clone();
    for (name, value) in [("x-forwarded-for", peer.ip().to_string()), ("x-forwarded-proto", "http".into())] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(name, value);
        }
    }
    let binary = is_binary(&headers);
    let body = match (body, binary) {
        ([], _) => Value::Null,
        (bytes, true) => STANDARD.encode(bytes).into(),
        (bytes, false) => String::from_utf8_lossy(bytes).into(),
    };
    let method = parts.method.as_str();
    let time = DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
    json!({
        "resource": route,
        "path": route,
        "httpMethod": method,
        "headers": last_values(&headers),
        "multiValueHeaders": all_values(&headers),
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "resourceId": "local",
            "resourcePath": route,
            "httpMethod": method,
            "path": parts.uri.path(),
            "accountId": "000000000000",
            "apiId": "local",
            "protocol": format!("{:?}", parts.version),
            "stage": STAGE,
            "domainName": parts.headers.get("host").map(text),
            "requestId": request_id(),
            "requestTime": time.format("%d/%b/%Y:%H:%M:%S %z").to_string(),
            "requestTimeEpoch": now_ms,
            "identity": {
                "apiKey": api_key,
                "apiKeyId": "local",
                "sourceIp": peer.ip().to_canonical().to_string(),
                "userAgent": parts.headers.get(USER_AGENT).map(text),
                "userArn": null,
            },
        },
        "body": body,
        "isBase64Encoded": binary,
    })
}

fn is_binary(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    BINARY_MEDIA_TYPES.iter().any(|binary| binary.eq_ignore_ascii_case(essence))
}

fn last_values(headers: &HeaderMap) -> Map<String, Value> {
    headers.iter().map(|(name, value)| (name.to_string(), text(value).into())).collect()
}

fn all_values(headers: &HeaderMap) -> Map<String, Value> {
    let all = |name| headers.get_all(name).iter().map(text).collect::<Vec<_>>();
    headers.keys().map(|name| (name.to_string(), all(name).into())).collect()
}

/// A header's bytes as text; what is not ASCII is taken as Latin-1, which HTTP once meant.
fn text(value: &HeaderValue) -> String {
    value.as_bytes().iter().copied().map(char::from).collect()
}

/// In the form of API Gateway's: a random UUID.
fn request_id() -> String {
    let digits = format!("{:032x}", fastrand::u128(..));
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0..8), part(8..12), part(13..16), part(17..20), part(20..32))
}
