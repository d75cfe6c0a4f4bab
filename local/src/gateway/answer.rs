//! What goes back: the Lambda's response as it is, or API Gateway's own refusals in its own words.

use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

/// A refusal that no Lambda has seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    status: StatusCode,
    kind: &'static str,
    message: &'static str,
}

/// No key, a wrong one, or no such stage.
pub(super) const FORBIDDEN: Refused =
    Refused { status: StatusCode::FORBIDDEN, kind: "ForbiddenException", message: "Forbidden" };
/// More than the gateway or the Lambda's event takes.
pub(super) const TOO_LONG: Refused = Refused {
    status: StatusCode::PAYLOAD_TOO_LARGE,
    kind: "RequestTooLargeException",
    message: "Request Too Long",
};
/// A `Content-Encoding` that the gateway does not undo.
pub(super) const UNSUPPORTED: Refused = Refused {
    status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
    kind: "UnsupportedMediaTypeException",
    message: "Unsupported Media Type",
};
/// A body that broke off, or is not what its `Content-Encoding` says.
pub(super) const BAD_REQUEST: Refused =
    Refused { status: StatusCode::BAD_REQUEST, kind: "BadRequestException", message: "Bad Request" };
/// The event or its answer was no JSON.
pub(super) const BAD_GATEWAY: Refused = Refused {
    status: StatusCode::BAD_GATEWAY,
    kind: "InternalServerErrorException",
    message: "Internal server error",
};
/// No answer in time.
pub(super) const TIMED_OUT: Refused = Refused {
    status: StatusCode::GATEWAY_TIMEOUT,
    kind: "InternalServerErrorException",
    message: "Endpoint request timed out",
};

impl Refused {
    pub(super) fn response(self) -> Response {
        let body = format!(r#"{{"message":"{}"}}"#, self.message);
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(self.kind));
        response
    }
}

/// The Lambda's answer.
pub(super) fn of(answer: ApiGatewayProxyResponse) -> Response {
    let body = answer.body.map(|body| body.to_vec()).unwrap_or_default();
    let Some(status) =
        u16::try_from(answer.status_code).ok().and_then(|code| StatusCode::from_u16(code).ok())
    else {
        return BAD_GATEWAY.response();
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for (name, value) in answer.headers.iter().chain(&answer.multi_value_headers) {
        response.headers_mut().append(name.clone(), value.clone());
    }
    response
}
