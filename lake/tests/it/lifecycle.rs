//! Lifecycle rules: both backends pass one suite, and a rule takes what it says.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use lake::lifecycle::{Configuration, Expires, Rule, act, conformance};
use lake::{Day, DirectoryStore, Lifecycle, Store, StoreError};
use tempfile::TempDir;

use crate::peer::Next::Answer;
use crate::peer::Peer;

fn folder() -> (TempDir, DirectoryStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(folder.path().join("bucket")).unwrap();
    (folder, store)
}

async fn keys(store: &DirectoryStore, prefix: &str) -> Vec<String> {
    let store: &dyn Store = store;
    store.list_all(prefix).await.unwrap().into_iter().map(|found| found.key).collect()
}

fn configuration(rules: Vec<Rule>) -> Configuration {
    Configuration::of(rules)
}

#[tokio::test]
async fn a_folder_keeps_rules() {
    let (_folder, store) = folder();
    conformance::run(&store).await;
    // What lies beside the objects is none of them.
    store.replace(&configuration(vec![Rule::expire("all", "", 1)])).await.unwrap();
    assert_eq!(keys(&store, "").await, Vec::<String>::new());
    assert_eq!(act(&store, &store, i64::MAX / 2).await.unwrap(), 0);
}

#[tokio::test]
async fn a_folder_refuses_what_it_cannot_do_or_read() {
    let (_folder, store) = folder();
    let moving = Rule { moves: true, ..Rule::expire("cold", "raw/", 30) };
    let refused = store.replace(&configuration(vec![moving])).await.unwrap_err().to_string();
    assert!(refused.contains("a folder has no storage classes: rule 'cold'"), "{refused}");

    std::fs::write(store.path(".lifecycle.json"), r#"{"rules": [], "kept": 1}"#).unwrap();
    for outcome in [store.read().await.map(drop), act(&store, &store, 0).await.map(drop)] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
        assert!(
            error.to_string().contains("could not read .lifecycle.json: unknown field `kept`"),
            "{error}"
        );
    }
}

#[test]
fn a_rule_takes_what_it_says() {
    let below = Rule::expire("x", "raw/dt=2026-11-01/", 30);
    assert!(below.may_take("raw/dt=2026-11-01/host=a/1", 0));
    assert!(!below.may_take("raw/dt=2026-11-010/host=a/1", 0));
    assert!(!below.may_take("raw/dt=2026-11-01", 0));
    assert!(!Rule { enabled: false, ..below.clone() }.may_take("raw/dt=2026-11-01/host=a/1", 0));
    assert!(Rule::expire("x", "", 1).may_take("late/1", 0), "no prefix is every object's");

    let sized = Rule { larger_than_bytes: Some(10), smaller_than_bytes: Some(20), ..below.clone() };
    let taken: Vec<u64> = (0..30).filter(|bytes| sized.may_take("raw/dt=2026-11-01/a", *bytes)).collect();
    assert_eq!(taken, (11..20).collect::<Vec<_>>());

    // Tags are not known here.
    let tags: BTreeMap<_, _> = [("a".to_owned(), "b".to_owned())].into();
    assert!(Rule { tags, ..below.clone() }.may_take("raw/dt=2026-11-01/a", 1));

    for (prefix, expected) in [
        ("raw/", true),
        ("", true),
        ("raw/dt=2026-11-01/host=a/", true),
        ("raw/dt=2026-11-02/", false),
        ("late/", false),
    ] {
        assert_eq!(below.may_take_below(prefix), expected, "{prefix}");
    }
    assert!(!Rule { enabled: false, ..below }.may_take_below("raw/"));
}

#[test]
fn an_object_expires_at_the_midnight_after_its_days() {
    let day: Day = "2026-11-20".parse().unwrap();
    let rule = Rule::expire("x", "", 3);
    // S3's own example: put on the 15th at 10:30, three days, expires on the 19th at 00:00.
    let expected = Some("2026-11-24".parse::<Day>().unwrap().start_ms());
    assert_eq!(rule.expires_at_ms(day.start_ms() + 10 * 3_600_000), expected);
    assert_eq!(rule.expires_at_ms(day.start_ms() + 1), expected);
    assert_eq!(rule.expires_at_ms(day.start_ms()), Some(day.start_ms() + 3 * 86_400_000));

    let on = Rule { expires: Some(Expires::On(day)), ..rule.clone() };
    assert_eq!(on.expires_at_ms(day.end_ms()), Some(day.start_ms()), "however young it is");
    assert_eq!(Rule { expires: None, ..rule }.expires_at_ms(0), None);
}

#[test]
fn a_rule_says_what_it_does() {
    let tags: BTreeMap<_, _> = [("a".to_owned(), "b".to_owned())].into();
    let rule = Rule { tags, moves: true, larger_than_bytes: Some(1), ..Rule::expire("x", "raw/", 3) };
    let said = "rule 'x', below raw/, by tags, by size, expires objects after 3 days, moves objects to other storage classes";
    assert_eq!(rule.to_string(), said);
    let off = Rule { enabled: false, ..Rule::expire("y", "", 3) };
    assert_eq!(off.to_string(), "rule 'y', of the whole bucket, expires objects after 3 days, switched off");
}

/// Puts objects of these ages, in days.
async fn put(store: &DirectoryStore, objects: &[(&str, u64)], now_ms: i64) {
    for (key, age) in objects {
        store.put_if_absent(key, "12345".into()).await.unwrap();
        let at = Duration::from_millis(now_ms as u64) - Duration::from_secs(age * 86_400);
        let file = std::fs::File::options().write(true).open(store.path(key)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + at).unwrap();
    }
}

#[tokio::test]
async fn a_folder_expires_what_its_rules_take() {
    let (_folder, store) = folder();
    let now_ms = "2027-01-01".parse::<Day>().unwrap().start_ms() + 3_600_000;
    let objects =
        [("a/old", 11), ("a/due", 10), ("a/young", 9), ("b/old", 99), ("c/tagged", 99), ("d/off", 99)];
    put(&store, &objects, now_ms).await;
    let tags: BTreeMap<_, _> = [("a".to_owned(), "b".to_owned())].into();
    let rules = vec![
        Rule::expire("a", "a/", 10),
        Rule { larger_than_bytes: Some(5), ..Rule::expire("larger", "b/", 1) },
        Rule { tags, ..Rule::expire("tagged", "c/", 1) },
        Rule { enabled: false, ..Rule::expire("off", "d/", 1) },
        Rule { expires: None, ..Rule::expire("nothing", "", 1) },
    ];
    store.replace(&configuration(rules)).await.unwrap();
    // Ten days after it was put at 01:00 it is 01:00 again, and the next midnight is to come.
    assert_eq!(act(&store, &store, now_ms).await.unwrap(), 1);
    assert_eq!(keys(&store, "").await, ["a/due", "a/young", "b/old", "c/tagged", "d/off"]);
    assert_eq!(act(&store, &store, now_ms + 86_400_000).await.unwrap(), 1);
    assert_eq!(keys(&store, "a/").await, ["a/young"]);
}

/// More than a page below one prefix.
#[tokio::test]
async fn a_folder_expires_page_by_page() {
    let (_folder, store) = folder();
    let many: Vec<String> = (0..lake::PAGE + 5).map(|n| format!("a/{n:05}")).collect();
    let now_ms = "2027-01-01".parse::<Day>().unwrap().start_ms();
    let objects: Vec<_> = many.iter().map(|key| (key.as_str(), 3)).collect();
    put(&store, &objects, now_ms).await;
    store.replace(&configuration(vec![Rule::expire("a", "a/", 1)])).await.unwrap();
    assert_eq!(act(&store, &store, now_ms).await.unwrap(), many.len() as u64);
    assert_eq!(keys(&store, "").await, Vec::<String>::new());
}

/// No rules and no bucket are both a 404, and only one of them is an empty configuration.
#[tokio::test]
async fn what_could_not_be_read_is_not_empty() {
    for (answer, empty) in [
        (Answer(404, "NoSuchLifecycleConfiguration"), true),
        (Answer(404, "NoSuchBucket"), false),
        (Answer(403, "AccessDenied"), false),
        (Answer(503, "SlowDown"), false),
    ] {
        let peer = Peer::start(&[], answer).await;
        let read = peer.store().await.read().await;
        match read {
            Ok(configuration) => assert!(empty && configuration == Configuration::default(), "{answer:?}"),
            Err(error) => assert!(
                !empty && error.to_string().contains("read the lifecycle rules of bucket"),
                "{answer:?}: {error}"
            ),
        }
    }
}

/// Runs where `LIFECYCLE_BUCKET` names a bucket without rules on the server at `AWS_ENDPOINT_URL`; `.ci/lifecycle` starts
/// one.
#[tokio::test]
#[ignore = "needs a server that keeps lifecycle rules: .ci/lifecycle starts one and runs this"]
async fn rules_on_a_server() {
    use aws_sdk_s3::types::*;

    let client = lake::S3Store::client().await.unwrap();
    let bucket = std::env::var("LIFECYCLE_BUCKET").unwrap();
    let store = lake::S3Store::new(client.clone(), &bucket);
    conformance::run(&store).await;

    // Somebody else's rules, with all that ours never have. They are handed back to the last member.
    let filter = LifecycleRuleFilter::builder().prefix("raw/").build();
    let cold = LifecycleRule::builder()
        .id("cold")
        .status(ExpirationStatus::Enabled)
        .filter(filter)
        .transitions(Transition::builder().days(90).storage_class(TransitionStorageClass::Glacier).build())
        .noncurrent_version_expiration(NoncurrentVersionExpiration::builder().noncurrent_days(7).build())
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder().days_after_initiation(2).build(),
        )
        .build()
        .unwrap();
    let theirs = BucketLifecycleConfiguration::builder().rules(cold.clone()).build().unwrap();
    let put = client.put_bucket_lifecycle_configuration().bucket(&bucket).lifecycle_configuration(theirs);
    put.send().await.unwrap();

    let mut read = store.read().await.unwrap();
    assert!(read.rules[0].moves && read.rules[0].may_take_below("raw/"), "{:?}", read.rules);
    read.rules.push(Rule::expire("ours", "raw/dt=2026-11-01/", 30));
    store.replace(&read).await.unwrap();
    let got = client.get_bucket_lifecycle_configuration().bucket(&bucket).send().await.unwrap();
    let kept = got.rules().iter().find(|rule| rule.id() == Some("cold"));
    assert_eq!(kept, Some(&cold));
    assert_eq!(got.rules().len(), 2);
    store.replace(&Configuration::default()).await.unwrap();

    let nowhere = lake::S3Store::new(client, "no-such-bucket");
    assert!(nowhere.read().await.is_err(), "a bucket that does not exist has no empty configuration");
}
