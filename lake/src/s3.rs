//! A bucket on S3, through the AWS SDK.

use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;

use crate::{Body, Found, PAGE, Page, Put, Store, StoreError};

/// How often a put is tried when S3 answers 409: another conditional put of the same key is under way. The SDK does not
/// try that again by itself.
const CONFLICTS: u32 = 8;
/// The wait before the second of these tries; each later one is twice as long, 1.3 s in all. A small put takes S3 some
/// 50 ms, and ingest has to answer within 25 s.
const CONFLICT_WAIT: Duration = Duration::from_millis(10);

/// A bucket on S3 or on a server that speaks its protocol.
///
/// Of a put whose answer was lost, the SDK's next try finds the object and says [`Put::Existed`]: of writers that race, at
/// most one is told [`Put::Stored`], and in that case none. Nothing may hang on being the one.
#[derive(Clone, Debug)]
pub struct S3Store {
    pub(crate) client: Client,
    pub(crate) bucket: String,
}

impl S3Store {
    /// A store on `bucket` with this client.
    pub fn new(client: Client, bucket: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into() }
    }

    /// Whether a file need not be sent. A server may answer 412 and hang up while the body is still on its way; then
    /// the client sees a reset and no answer. Small bodies fit the socket and never meet that, so a role that may only
    /// put (ingest's) is not asked to read.
    async fn holds_already(&self, key: &str, body: &Body) -> bool {
        matches!(body, Body::File(_)) && self.size(key).await.is_ok()
    }
}

/// A file takes longer to send than any answer may: 256 MB in a small Lambda at 10 MB/s is half a minute.
fn for_files() -> aws_sdk_s3::config::Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(120))
        .operation_timeout(Duration::from_secs(240))
        .build();
    aws_sdk_s3::config::Builder::new().timeout_config(timeouts)
}

#[async_trait]
impl Store for S3Store {
    async fn put_if_absent(&self, key: &str, body: Body) -> Result<Put, StoreError> {
        if self.holds_already(key, &body).await {
            return Ok(Put::Existed);
        }
        for tried in 0..CONFLICTS {
            if tried > 0 {
                tokio::time::sleep(CONFLICT_WAIT * 2_u32.pow(tried - 1)).await;
            }
            let stream = match &body {
                Body::Bytes(bytes) => ByteStream::from(bytes.clone()),
                Body::File(path) => ByteStream::from_path(path)
                    .await
                    .map_err(|error| unavailable("read", &path.display().to_string(), error))?,
            };
            let put = self.client.put_object().bucket(&self.bucket).key(key).if_none_match("*").body(stream);
            let sent = match &body {
                Body::Bytes(_) => put.send().await,
                Body::File(_) => put.customize().config_override(for_files()).send().await,
            };
            match sent {
                Ok(_) => return Ok(Put::Stored),
                Err(error) => match status(&error) {
                    Some(412) => return Ok(Put::Existed),
                    Some(409) => {}
                    // As above: the 412 was lost to a reset.
                    None if self.holds_already(key, &body).await => return Ok(Put::Existed),
                    _ => return Err(failed("put", key, error)),
                },
            }
        }
        Err(unavailable("put", key, format_args!("S3 answered 409 {CONFLICTS} times")))
    }

    async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        let got = self.client.get_object().bucket(&self.bucket).key(key).send().await;
        let got = got.map_err(|error| failed("get", key, error))?;
        Ok(got.body.collect().await.map_err(|error| unavailable("get", key, error))?.into_bytes())
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
        let bytes = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        let got = self.client.get_object().bucket(&self.bucket).key(key).range(bytes).send().await;
        let got = got.map_err(|error| failed("get", key, error))?;
        Ok(got.body.collect().await.map_err(|error| unavailable("get", key, error))?.into_bytes())
    }

    async fn size(&self, key: &str) -> Result<u64, StoreError> {
        let head = self.client.head_object().bucket(&self.bucket).key(key).send().await;
        let head = head.map_err(|error| failed("look at", key, error))?;
        head.content_length()
            .and_then(|length| length.try_into().ok())
            .ok_or_else(|| unavailable("look at", key, "the answer has no length"))
    }

    async fn list(&self, prefix: &str, after: &str) -> Result<Page<Found>, StoreError> {
        let listed = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_start_after((!after.is_empty()).then(|| after.to_owned()))
            .max_keys(PAGE as i32)
            .send()
            .await
            .map_err(|error| failed("list", prefix, error))?;
        let mut entries = Vec::with_capacity(listed.contents().len());
        for object in listed.contents() {
            let key = object.key().unwrap_or_default().to_owned();
            let bytes = object.size().unwrap_or_default().try_into().unwrap_or_default();
            let put_at_ms = object.last_modified().and_then(|at| at.to_millis().ok()).unwrap_or_default();
            entries.push(Found { key, bytes, put_at_ms });
        }
        Ok(Page { entries, more: listed.is_truncated().unwrap_or_default() })
    }

    async fn list_prefixes(&self, prefix: &str, after: &str) -> Result<Page<String>, StoreError> {
        // A beginning ends in '/', and '0' is the byte after '/': past it lies what no longer begins so.
        let after = after.strip_suffix('/').map(|name| format!("{name}0"));
        // A page of objects alone, without a beginning among them, would leave the caller nothing to go on from.
        let mut continuation = None;
        loop {
            let listed = self
                .client
                .list_objects_v2()
                .bucket(&self.bucket)
                .prefix(prefix)
                .delimiter("/")
                .set_start_after(after.clone())
                .set_continuation_token(continuation)
                .max_keys(PAGE as i32)
                .send()
                .await
                .map_err(|error| failed("list", prefix, error))?;
            let found = listed.common_prefixes().iter();
            let entries: Vec<_> = found.filter_map(|found| found.prefix().map(str::to_owned)).collect();
            continuation = listed.next_continuation_token;
            if !entries.is_empty() || continuation.is_none() {
                return Ok(Page { entries, more: continuation.is_some() });
            }
        }
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let deleted = self.client.delete_object().bucket(&self.bucket).key(key).send().await;
        deleted.map(drop).map_err(|error| failed("delete", key, error))
    }
}

type Response = aws_sdk_s3::config::http::HttpResponse;

fn status<E>(error: &SdkError<E, Response>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

pub(crate) fn failed<E: std::error::Error + ProvideErrorMetadata + 'static>(
    operation: &'static str,
    key: &str,
    error: SdkError<E, Response>,
) -> StoreError {
    let status = status(&error);
    // Only this says that the object is missing (a HEAD has no body and says the second). A bucket that does not exist
    // is a 404 too, but a wrong setting.
    let missing = matches!(error.code(), Some("NoSuchKey" | "NotFound"));
    // A log line, and not the SDK's whole view of the answer, with each of its headers.
    let reason = match (status, error.code()) {
        (Some(status), Some(code)) => format!("{status} {code}: {}", error.message().unwrap_or_default()),
        _ => DisplayErrorContext(&error).to_string(),
    };
    let key = key.to_owned();
    match status {
        Some(404) if missing => StoreError::NotFound(key),
        Some(403) => StoreError::Denied { operation, key, reason },
        _ => StoreError::Unavailable { operation, key, reason },
    }
}

pub(crate) fn unavailable(operation: &'static str, key: &str, reason: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable { operation, key: key.to_owned(), reason: reason.to_string() }
}
