//! One request → one answer, and at most one raw object.

use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};
use lake::{Body, Clock, Digest, Hour, Key, Put, RawKey, Store, StoreError};

use crate::batch::Batch;
use crate::metrics::{Measured, Outcome, Taken};
use crate::refusal::{Kind, Refusal};
use crate::route::Route;
use crate::sending::Sending;
use crate::stored::Added;
use crate::{answer, batch, body, limits, original, stored};

/// Answers one request. The store is only ever added to, below `raw/` and `late/`; when the answer is 200, the batch
/// is durable there. It never fails: what cannot be taken is an answer too.
pub async fn put_metrics(
    request: &ApiGatewayProxyRequest,
    clock: &dyn Clock,
    store: &dyn Store,
) -> ApiGatewayProxyResponse {
    answered(request, clock, store).await.0
}

/// The same, with what there is to count.
pub(crate) async fn answered(
    request: &ApiGatewayProxyRequest,
    clock: &dyn Clock,
    store: &dyn Store,
) -> (ApiGatewayProxyResponse, Measured) {
    let now_ms = clock.now_ms();
    let outcome = match Route::of(request) {
        Ok(Route::Health) => return (answer::healthy(now_ms), Measured(Outcome::Healthy)),
        Ok(Route::PutMetrics) => take(request, clock, now_ms, store).await,
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(taken) => {
            let response = answer::stored(taken.snapshots, taken.duplicate, now_ms);
            (response, Measured(Outcome::Stored(taken)))
        }
        Err(refusal) => {
            log(request, &refusal);
            (answer::refused(&refusal, now_ms), Measured(Outcome::Refused(refusal.kind)))
        }
    }
}

async fn take(
    request: &ApiGatewayProxyRequest,
    clock: &dyn Clock,
    now_ms: i64,
    store: &dyn Store,
) -> Result<Taken, Refusal> {
    // Headers first: a batch that cannot be filed is not worth unpacking.
    let agents = if original::is_bare(request) { None } else { Some(Sending::of(request, now_ms)?) };
    let mut sealed = body::of(request)?;
    let digest = Digest::of(&sealed);
    batch::unfold(&mut sealed);
    let sending = match agents {
        Some(sending) => sending,
        None => original::identify(request, &mut sealed, now_ms)?,
    };
    let Batch { host, stream, first_seq, lines } = Batch::of(batch::text(&sealed)?)?;
    let added = Added::of(request, sending.sent_at_ms, now_ms);
    let object = stored::object(&lines, &added).map_err(not_stored)?;
    let count = lines.len();
    drop(lines);
    drop(sealed);

    let day = sending.filed;
    let key = Key::Raw(RawKey { day, host, stream, first_seq, count, digest, earlier: sending.earlier });
    let late = now_ms > day.end_ms() + limits::LATE_AFTER_MS;
    let marker = late.then(|| Key::Late(Hour::of_ms(now_ms), day));
    let (bytes_stored, began_ms) = (object.len(), clock.now_ms());
    // A large batch takes a small Lambda seconds to check: they are of the same 25.
    let spent = Duration::from_millis(began_ms.saturating_sub(now_ms).try_into().unwrap_or_default());
    let putting = put(store, &key, object, marker);
    let left = limits::STORE_WITHIN.saturating_sub(spent);
    let put = tokio::time::timeout(left, putting).await.map_err(not_stored)?;
    // The store's words repeat the key, and so the host's id, which is payload to a log.
    let nameless = |error: StoreError| not_stored(error.to_string().replace(&key.to_string(), "the object"));
    Ok(Taken {
        snapshots: count,
        duplicate: put.map_err(nameless)? == Put::Existed,
        bytes_in: body::arrived(request),
        bytes_stored,
        clock_offset_ms: sending.sent_at_ms.map(|sent| now_ms.saturating_sub(sent)),
        store_ms: clock.now_ms() - began_ms,
    })
}

/// The object, then the marker: a marker without its object would be settled by a commit that found nothing, and the
/// object would then lie there unseen. An object that existed gets its marker too: whoever put it may have died before.
async fn put(store: &dyn Store, key: &Key, object: Vec<u8>, marker: Option<Key>) -> Result<Put, StoreError> {
    let put = store.put_if_absent(&key.to_string(), Body::from(object)).await?;
    if let Some(marker) = marker {
        store.put_if_absent(&marker.to_string(), Body::from(Vec::new())).await?;
    }
    Ok(put)
}

fn not_stored(reason: impl std::fmt::Display) -> Refusal {
    let told = format!("not stored, try again in {} s", limits::RETRY_AFTER_S);
    Refusal::new(Kind::NotStored, told).logged(reason)
}

/// One line for what is not 200, none for what is: at a thousand hosts the latter would cost more than the Lambda.
fn log(request: &ApiGatewayProxyRequest, refusal: &Refusal) {
    tracing::warn!(
        request_id = request.request_context.request_id.as_deref().unwrap_or_default(),
        source_ip = request.request_context.identity.source_ip.as_deref().unwrap_or_default(),
        status = refusal.kind.status().as_u16(),
        line = refusal.line,
        field = refusal.field_to_log(),
        reason = refusal.logged.as_deref(),
        "{}",
        refusal.kind.name(),
    );
}
