//! Expiry on a server that speaks S3's protocol and keeps lifecycle rules.

use std::sync::Arc;

use compactor::{Buckets, Expiry, Settings, compact};
use lake::lifecycle::{Configuration, Rule};
use lake::{Day, Key, Lifecycle, S3Store, SetClock, Store};

use crate::expiry::{LATE, after_days, at_risk_of, name, run_with};
use crate::fleet::{HOUR_MS, batch, day, raw_object, settings};

async fn put(raw: &S3Store, day: Day, host: &str) {
    let (key, bytes) = raw_object(day, &[], &batch(host, 1, 0..2));
    raw.put_if_absent(&Key::Raw(key).to_string(), bytes.into()).await.unwrap();
}

/// Runs on the two empty buckets that `.ci/lifecycle` makes.
#[tokio::test]
#[ignore = "needs a server that keeps lifecycle rules: .ci/lifecycle starts one and runs this"]
async fn rules_on_a_server_follow_the_proof() {
    let client = S3Store::client().await.unwrap();
    let bucket = |name: &str| Arc::new(S3Store::new(client.clone(), std::env::var(name).unwrap()));
    let (raw, lake) = (bucket("LIFECYCLE_BUCKET"), bucket("LIFECYCLE_LAKE_BUCKET"));
    let buckets = Buckets { raw: raw.clone(), lake };
    let theirs = Configuration::of(vec![Rule::expire("theirs", "raw/", 400)]);
    raw.replace(&theirs).await.unwrap();

    for of in [day().back(1), day()] {
        put(&raw, of, "web-1").await;
    }
    let clock = SetClock::new(after_days(15));
    compact(&buckets, &clock, &settings(500)).await.unwrap();
    put(&raw, day(), "web-2").await;
    let outcome = run_with(&buckets, raw.as_ref(), &clock, settings(500)).await.unwrap();
    assert_eq!((outcome.failed, outcome.closing.failed), (vec![], vec![]));
    assert_eq!(outcome.closing.strays, [(day(), 1)].into());
    assert_eq!(outcome.closing.closed, [day().back(1), day()].into());
    assert_eq!(outcome.closing.foreign.len(), 1);
    let mut names: Vec<String> = raw.read().await.unwrap().rules.into_iter().map(|rule| rule.id).collect();
    names.sort_unstable();
    let closed = [day().back(1), day()].map(|day| name(day, "2026-12-05"));
    assert_eq!(names, [LATE.to_owned(), closed[0].clone(), closed[1].clone(), "theirs".to_owned()]);
    assert!(at_risk_of(&buckets, raw.as_ref()).await.is_empty());

    // What was read back says the same as what was put: nothing is written.
    let clock = SetClock::new(after_days(15) + HOUR_MS);
    assert_eq!(run_with(&buckets, raw.as_ref(), &clock, settings(500)).await.unwrap().closing.writes, 0);

    let off = Settings { expiry: Some(Expiry { lifecycle: raw.as_ref(), days: None }), ..settings(500) };
    assert_eq!(compact(&buckets, &clock, &off).await.unwrap().closing.withdrawn.len(), 2);
    let left = raw.read().await.unwrap().rules;
    assert!(left.len() == 1 && left[0].says_the_same(&theirs.rules[0]), "{left:?}");
    raw.replace(&Configuration::default()).await.unwrap();
}
