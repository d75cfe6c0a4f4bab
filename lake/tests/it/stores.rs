//! Both backends pass the same suite.

use std::sync::Arc;

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
    let bucket = std::env::var("CONFORMANCE_BUCKET").expect("CONFORMANCE_BUCKET names an empty bucket");
    let store = S3Store::new(S3Store::client().await, &bucket);
    lake::conformance::run(Arc::new(store), "suite/").await;
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
