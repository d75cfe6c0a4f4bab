//! The Lambda behind `POST /Prod/put-metrics`: wires the bucket, the clock and the runtime to [`ingest`].

use anyhow::Context;
use lake::{S3Store, SystemClock};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")] // a Lambda answers one request at a time
async fn main() -> anyhow::Result<()> {
    lambda_runtime::tracing::init_default_subscriber();
    let bucket =
        std::env::var("RAW_BUCKET").context("RAW_BUCKET is not set, expected the raw bucket's name")?;
    // Once a process: connections and credentials outlive a request.
    let store = S3Store::new(S3Store::client().await?, bucket);
    let store = &store;
    let answer = service_fn(async |event: LambdaEvent<Value>| {
        Ok::<_, lambda_runtime::Error>(ingest::answer_event(event.payload, &SystemClock, store).await)
    });
    lambda_runtime::run(answer).await.map_err(anyhow::Error::from_boxed)
}
