//! The Lambda behind `POST /Prod/put-metrics`: wires the bucket, the clock and the runtime to [`ingest`].

use std::cell::RefCell;
use std::io::Write;

use anyhow::Context;
use ingest::Metrics;
use lake::{Clock, S3Store, SystemClock};
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
    let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|_| "ingest".to_owned());
    let metrics = &RefCell::new(Metrics::of(function));
    let answer = service_fn(async |event: LambdaEvent<Value>| {
        let (answer, measured) = ingest::answer_measured(event.payload, &SystemClock, store).await;
        if let Some(line) = metrics.borrow_mut().count(measured, SystemClock.now_ms()) {
            // Whole and alone on its line: CloudWatch takes no metric from a line with anything before the JSON. A log
            // that cannot be written to must not turn what was stored into an error.
            drop(writeln!(std::io::stdout(), "{line}"));
        }
        Ok::<_, lambda_runtime::Error>(answer)
    });
    lambda_runtime::run(answer).await.map_err(anyhow::Error::from_boxed)
}
