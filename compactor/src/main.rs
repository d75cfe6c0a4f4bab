//! The compactor's Lambda: wires, and calls the library. A schedule invokes it hourly, at least once, with any event.

use std::sync::Arc;

use anyhow::Context;
use compactor::{Buckets, HELD_ABOVE_PERCENT, Settings, compact};
use lake::{S3Store, Store, SystemClock};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// A shard begun this long before Lambda's own deadline is finished by it, or else by the next run.
const RESERVE_MS: i64 = 180_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let client = S3Store::client().await?;
    let bucket = |name: &str| -> anyhow::Result<Arc<dyn Store>> {
        let bucket =
            std::env::var(name).with_context(|| format!("{name} is not set, expected a bucket's name"))?;
        Ok(Arc::new(S3Store::new(client.clone(), bucket)))
    };
    let buckets = Buckets { raw: bucket("RAW_BUCKET")?, lake: bucket("LAKE_BUCKET")? };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| run(&buckets, event.context.deadline))).await
}

async fn run(buckets: &Buckets, deadline_ms: u64) -> Result<Value, Error> {
    let until_ms = i64::try_from(deadline_ms)?.saturating_sub(RESERVE_MS);
    let settings = Settings {
        hosts_per_shard: 500,
        workers: 1,
        until_ms,
        first_day: None,
        held_above_percent: HELD_ABOVE_PERCENT,
        progress: &(),
    };
    let outcome = compact(buckets, &SystemClock, &settings).await?;
    let complaints = outcome.complaints();
    if !complaints.is_empty() {
        return Err(complaints.join("; ").into());
    }
    Ok(json!({ "committed": outcome.committed, "left": outcome.left }))
}
