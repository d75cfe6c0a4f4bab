//! From the event's JSON to the request.

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};
use lake::{Clock, Store};
use serde_json::Value;
use snapshot::{EARLIER_DAYS, FILED_DAY, SENT_AT_MS};

use crate::answer;
use crate::handler::answered;
use crate::metrics::{Measured, Outcome};
use crate::refusal::{Kind, Refusal};

/// Answers the event as the gateway sends it: what the Lambda and the local gateway call. An event that is no proxy
/// request is answered 400 and not with an error, which the gateway would turn into a 502.
pub async fn answer_event(event: Value, clock: &dyn Clock, store: &dyn Store) -> ApiGatewayProxyResponse {
    answer_measured(event, clock, store).await.0
}

/// The same, with what there is to count for [`Metrics`](crate::Metrics).
pub async fn answer_measured(
    event: Value,
    clock: &dyn Clock,
    store: &dyn Store,
) -> (ApiGatewayProxyResponse, Measured) {
    let id =
        event.pointer("/requestContext/requestId").and_then(Value::as_str).unwrap_or_default().to_owned();
    match serde_json::from_value::<ApiGatewayProxyRequest>(plain(event)) {
        Ok(request) => answered(&request, clock, store).await,
        Err(_) => {
            tracing::warn!(request_id = id, status = 400, "the event is no proxy request");
            let told = "the request cannot be read, expected a proxy event of version 1.0";
            let answer = answer::refused(&Refusal::malformed(told), clock.now_ms());
            (answer, Measured(Outcome::Refused(Kind::Malformed)))
        }
    }
}

/// With those headers alone that are read here, and of them what is plain text. The event's type refuses an event for
/// one that is not, so that any proxy on the way could keep a good batch out, and it panics over some ten thousands.
fn plain(mut event: Value) -> Value {
    /// Each is asked for in lower case; a gateway may spell it in several.
    const MAX_EACH: usize = 16;
    let read =
        |name: &str| [FILED_DAY, SENT_AT_MS, EARLIER_DAYS].iter().any(|ours| ours.eq_ignore_ascii_case(name));
    let legible = |text: &Value| {
        text.as_str().is_some_and(|text| text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')))
    };
    for (map, many) in [("headers", false), ("multiValueHeaders", true)] {
        if let Some(Value::Object(headers)) = event.get_mut(map) {
            let mut kept = 0;
            headers.retain(|name, value| {
                let plain = match value {
                    Value::Array(values) if many => values.len() <= MAX_EACH && values.iter().all(legible),
                    value => legible(value),
                };
                kept += usize::from(plain && read(name));
                plain && read(name) && kept <= MAX_EACH
            });
        }
    }
    event
}
