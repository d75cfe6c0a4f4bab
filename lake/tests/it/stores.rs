//! Both backends pass the same suite.

use std::sync::Arc;

use aws_sdk_s3::config::Credentials;
use lake::{DirectoryStore, S3Store, Store, StoreError};

#[tokio::test]
async fn a_folder_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(folder.path().join("bucket")).unwrap();
    lake::conformance::run(Arc::new(store), "suite/").await;
}

/// Runs where `CONFORMANCE_BUCKET` names an empty bucket on the server at `AWS_ENDPOINT_URL`; `.ci/s3` starts one.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an S3 server: .ci/s3 starts one and runs this"]
async fn a_bucket_conforms() {
    let store = S3Store::new(S3Store::client().await.unwrap(), bucket());
    lake::conformance::run(Arc::new(store), "suite/").await;
}

/// What must not be read is not missing: a compactor that took a 403 for "nothing there" would commit an empty day.
#[tokio::test]
#[ignore = "needs an S3 server: .ci/s3 starts one and runs this"]
async fn a_bucket_denies_a_stranger() {
    let client = S3Store::client().await.unwrap();
    let key = "denied/a.json";
    S3Store::new(client.clone(), bucket()).put_if_absent(key, "x".into()).await.unwrap();

    let known = std::env::var("AWS_ACCESS_KEY_ID").unwrap();
    for (who, id) in [("a wrong secret", known.as_str()), ("an unknown key", "nobody")] {
        let stranger = Credentials::new(id, "not-the-secret", None, None, "test");
        let config = client.config().to_builder().credentials_provider(stranger).build();
        let store = S3Store::new(aws_sdk_s3::Client::from_conf(config), bucket());
        for (operation, outcome) in [
            ("get", store.get(key).await.err()),
            ("get what is not there", store.get("denied/nowhere").await.err()),
            ("get_range", store.get_range(key, 0..1).await.err()),
            ("size", store.size(key).await.err()),
            ("put_if_absent", store.put_if_absent("denied/b.json", "x".into()).await.err()),
            ("list", store.list("denied/", "").await.err()),
            ("list_prefixes", store.list_prefixes("denied/", "").await.err()),
            ("delete", store.delete(key).await.err()),
        ] {
            assert!(matches!(outcome, Some(StoreError::Denied { .. })), "{operation} by {who}: {outcome:?}");
        }
    }
    let store = S3Store::new(client, bucket());
    let keys: Vec<_> =
        store.list("denied/", "").await.unwrap().entries.into_iter().map(|found| found.key).collect();
    assert_eq!(keys, [key], "a stranger changed nothing");
}

#[tokio::test]
#[ignore = "needs an S3 server: .ci/s3 starts one and runs this"]
async fn a_bucket_that_does_not_exist_is_no_missing_object() {
    let store = S3Store::new(S3Store::client().await.unwrap(), "no-such-bucket");
    for (operation, outcome) in [
        ("get", store.get("a.json").await.err()),
        ("put_if_absent", store.put_if_absent("a.json", "x".into()).await.err()),
        ("list", store.list("", "").await.err()),
    ] {
        assert!(matches!(outcome, Some(StoreError::Unavailable { .. })), "{operation}: {outcome:?}");
    }
}

fn bucket() -> String {
    std::env::var("CONFORMANCE_BUCKET").expect("CONFORMANCE_BUCKET names an empty bucket")
}

#[tokio::test]
async fn no_key_leaves_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(folder.path().join("bucket")).unwrap();
    for key in ["../escaped", "/etc/hosts", "a//b", "a/../../escaped", "", ".unfinished/x"] {
        let outcome = store.put_if_absent(key, "x".into()).await;
        assert!(matches!(outcome, Err(StoreError::Denied { .. })), "{key}: {outcome:?}");
    }
    assert!(!folder.path().join("escaped").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = DirectoryStore::open(file.join("bucket")).unwrap_err().to_string();
    assert!(error.contains(file.to_str().unwrap()), "{error}");
}
