//! From the event's JSON to the request.

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};
use lake::{Clock, Store};
use serde_json::Value;

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

/// Without headers that are not plain text. Nothing here reads them, and the event's type refuses an event for one:
/// so could any proxy on the way, by adding a header, keep a good batch out.
fn plain(mut event: Value) -> Value {
    let legible = |text: &Value| {
        text.as_str().is_some_and(|text| text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')))
    };
    for (map, name) in [("headers", false), ("multiValueHeaders", true)] {
        if let Some(Value::Object(headers)) = event.get_mut(map) {
            headers.retain(|_, value| match value {
                Value::Array(values) if name => values.iter().all(legible),
                value => legible(value),
            });
        }
    }
    event
}
