//! What API Gateway is in front of the Lambda, on this machine: an HTTP server that checks the API key, builds the very
//! event that API Gateway builds, and passes on what ingest's own handler answers.
//!
//! Nothing of ingest is repeated here. What API Gateway itself refuses (no key, too large, an encoding that it does not
//! know) is refused here in its words, so that a client sees locally what it will see on AWS.

mod answer;
mod event;
mod receive;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use lake::{Clock, Store};
use tokio::net::TcpListener;

/// Where batches are posted, below the server's address.
pub const PUT_METRICS: &str = "/Prod/put-metrics";
/// Whether ingest is alive and configured.
pub const HEALTH: &str = "/Prod/health";
/// The deployment's stage, the first part of every path.
const STAGE: &str = "Prod";
/// API Gateway gives its integration 29 s; here they bound the whole request, a slow upload too.
const WITHIN: Duration = Duration::from_secs(29);
/// Requests under way at the end may finish within this; a client that says nothing must not hold the process.
const GRACE: Duration = Duration::from_secs(10);

/// What the gateway works with.
#[derive(Clone)]
pub struct Gateway {
    /// The key that every request must carry as `x-api-key`.
    pub api_key: String,
    /// The raw bucket.
    pub store: Arc<dyn Store>,
    /// What time it is: ingest's time of arrival.
    pub clock: Arc<dyn Clock>,
}

/// Answers requests until `shutdown` is done, then lets those under way finish. An error is the listener's own.
pub async fn serve(
    listener: TcpListener,
    gateway: Gateway,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let service = Router::new()
        .fallback(handle)
        .with_state(Arc::new(gateway))
        .into_make_service_with_connect_info::<SocketAddr>();
    let (begin_grace, grace_begins) = tokio::sync::oneshot::channel::<()>();
    let stopping = async move {
        shutdown.await;
        drop(begin_grace);
    };
    let server = axum::serve(listener, service).with_graceful_shutdown(stopping);
    let mut server = pin!(async move { server.await });
    tokio::select! {
        ended = &mut server => return ended,
        _ = grace_begins => {}
    }
    tokio::time::timeout(GRACE, server).await.unwrap_or(Ok(()))
}

async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let passed = tokio::time::timeout(WITHIN, pass(&gateway, peer, request)).await;
    match passed {
        Ok(Ok(answered)) => answered,
        Ok(Err(refused)) => refused.response(),
        Err(_) => answer::TIMED_OUT.response(),
    }
}

/// In API Gateway's order: the stage, the key, the size, the encoding, then the Lambda.
async fn pass(gateway: &Gateway, peer: SocketAddr, request: Request) -> Result<Response, answer::Refused> {
    let (parts, body) = request.into_parts();
    let route = event::below_stage(parts.uri.path()).ok_or(answer::FORBIDDEN)?.to_owned();
    let key = parts.headers.get(snapshot::API_KEY).ok_or(answer::FORBIDDEN)?;
    if !same(key.as_bytes(), gateway.api_key.as_bytes()) {
        return Err(answer::FORBIDDEN);
    }
    let body = receive::body(&parts.headers, body).await?;
    let now_ms = gateway.clock.now_ms();
    let event = event::build(&parts, &route, peer, &body, &gateway.api_key, now_ms);
    drop(body);
    // As text and back, as it goes to a Lambda: the handler sees what it will see there, and its limit holds here.
    let event = event.to_string();
    if event.len() > event::MAX_BYTES {
        return Err(answer::TOO_LONG);
    }
    let event = serde_json::from_str(&event).map_err(|_| answer::BAD_GATEWAY)?;
    Ok(answer::of(ingest::answer_event(event, gateway.clock.as_ref(), gateway.store.as_ref()).await))
}

/// Whether two keys are the same, in a time that depends on their length alone.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |before, (a, b)| std::hint::black_box(before | (a ^ b)));
    one.len() == other.len() && differences == 0
}
