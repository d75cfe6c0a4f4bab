//! From what came of a request to the response that the gateway passes on.
//!
//! Every answer is JSON and says what time it is here: agents learn their clock's offset from it.

use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use aws_lambda_events::http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::limits;
use crate::refusal::{Kind, Refusal};

#[derive(Serialize)]
struct Stored {
    /// Snapshots in the batch.
    stored: usize,
    /// The batch was there already; it was left as it was.
    duplicate: bool,
    now_ms: i64,
}

#[derive(Serialize)]
struct Healthy {
    status: &'static str,
    version: &'static str,
    now_ms: i64,
}

#[derive(Serialize)]
struct Refused<'r> {
    error: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'r str>,
    now_ms: i64,
}

pub(crate) fn stored(count: usize, duplicate: bool, now_ms: i64) -> ApiGatewayProxyResponse {
    answer(StatusCode::OK, &Stored { stored: count, duplicate, now_ms })
}

pub(crate) fn healthy(now_ms: i64) -> ApiGatewayProxyResponse {
    answer(StatusCode::OK, &Healthy { status: "ok", version: env!("CARGO_PKG_VERSION"), now_ms })
}

pub(crate) fn refused(refusal: &Refusal, now_ms: i64) -> ApiGatewayProxyResponse {
    let Refusal { kind, told, line, field, .. } = refusal;
    let body = Refused { error: told, line: *line, field: field.as_deref(), now_ms };
    let mut response = answer(kind.status(), &body);
    match kind {
        Kind::NoMethod(allowed) => drop(response.headers.insert(ALLOW, HeaderValue::from_static(allowed))),
        Kind::NotStored => drop(response.headers.insert(RETRY_AFTER, limits::RETRY_AFTER_S.into())),
        _ => {}
    }
    response
}

fn answer(status: StatusCode, body: &impl Serialize) -> ApiGatewayProxyResponse {
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = status.as_u16().into();
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // Plain structures of text and numbers always serialise.
    response.body = Some(Body::Text(serde_json::to_string(body).unwrap_or_default()));
    response
}
