//! The compactor's Lambda: wires, and calls the library.

use std::io::Write;
use std::sync::Arc;

use compactor::{Buckets, Catalogue, Environment, Expiry, Job, Settings, move_starts};
use lake::{S3Store, SystemClock};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

/// A shard begun this long before Lambda's own deadline is finished by it, or else by the next run.
const RESERVE_MS: i64 = 180_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let environment = &Environment::read(|name| std::env::var(name).ok())?;
    let client = S3Store::client().await?;
    let bucket = |name: &String| Arc::new(S3Store::new(client.clone(), name));
    let raw = bucket(&environment.raw_bucket);
    let lifecycle = raw.as_ref();
    let buckets = &Buckets { raw: raw.clone(), lake: bucket(&environment.lake_bucket) };
    let catalogue = match &environment.glue_database {
        Some(database) => Some(Catalogue::open(database).await?),
        None => None,
    };
    let answer = service_fn(async |event: LambdaEvent<Value>| {
        let until_ms = i64::try_from(event.context.deadline)?.saturating_sub(RESERVE_MS);
        let settings = Settings {
            hosts_per_shard: environment.hosts_per_shard,
            workers: 1,
            until_ms,
            first_day: Some(environment.first_day),
            held_above_percent: environment.held_above_percent,
            expiry: Some(Expiry { lifecycle, days: environment.raw_expire_days }),
            progress: &(),
        };
        let job = Job::of(&event.payload)?;
        // A log that cannot be written to must not turn what was done into an error.
        let mut log = |line: String| drop(writeln!(std::io::stdout(), "{line}"));
        let catalogue = catalogue.as_ref().filter(|_| job == Job::Scheduled);
        let outcome = job.run(buckets, &SystemClock, &settings, &environment.function, &mut log).await;
        // Also after a day that failed: it holds the starts only where it lies itself.
        let moved = match catalogue {
            Some(catalogue) => move_starts(catalogue, buckets, &SystemClock).await,
            None => Ok(Vec::new()),
        };
        let outcome = outcome?;
        moved?;
        Ok::<Value, Error>(outcome)
    });
    lambda_runtime::run(answer).await
}
