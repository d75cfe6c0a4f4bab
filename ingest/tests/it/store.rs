//! Exactly once, through repetitions, crowds and stores that fail.

use std::sync::Arc;

use crate::fixture::{Bucket, HOUR_MS, NOON_MS, batch, request, zstd};

/// So late that there is a marker too.
const NEXT_DAY_MS: i64 = NOON_MS + 24 * HOUR_MS;

#[tokio::test]
async fn a_batch_sent_again_is_a_duplicate_and_changes_nothing() {
    let bucket = Bucket::new();
    let batch = request(&zstd(batch(1, 5).as_bytes()));
    assert_eq!(bucket.send(&batch).await.1["duplicate"], false);
    let key = bucket.keys().await.remove(0);
    let before = bucket.object(&key).await;
    for hours in 1..=12 {
        let (status, told) = bucket.send_at(&batch, NOON_MS + hours * HOUR_MS).await;
        assert_eq!((status, &told["duplicate"], &told["stored"]), (200, &true.into(), &5.into()));
    }
    assert_eq!(bucket.keys().await, [&*key]);
    assert_eq!(bucket.object(&key).await, before, "the first writer's, with its time of arrival");
}

#[tokio::test]
async fn a_duplicate_that_is_late_leaves_a_marker_too() {
    let bucket = Bucket::new();
    let batch = request(&zstd(batch(1, 5).as_bytes()));
    bucket.send(&batch).await;
    let (_, told) = bucket.send_at(&batch, NEXT_DAY_MS).await;
    assert_eq!(told["duplicate"], true);
    let keys = bucket.keys().await;
    assert_eq!((keys.len(), keys[0].as_str()), (2, "late/2026-11-21T12/2026-11-20"));
}

#[tokio::test]
async fn when_the_store_fails_the_answer_says_so_and_a_retry_leaves_both() {
    for fails_at in [0, 1] {
        let mut bucket = Bucket::new();
        bucket.fails_at = Some(fails_at);
        let batch = request(&zstd(batch(1, 5).as_bytes()));
        let (status, told) = bucket.send_at(&batch, NEXT_DAY_MS).await;
        assert_eq!(status, 503, "{told}");
        let error = told["error"].as_str().unwrap();
        assert!(error.starts_with("not stored") && !error.contains("secret"), "{error}");
        assert_eq!(bucket.keys().await.len(), fails_at, "the object, then the marker");

        let (status, told) = bucket.send_at(&batch, NEXT_DAY_MS).await;
        assert_eq!((status, &told["duplicate"]), (200, &(fails_at == 1).into()));
        assert_eq!(bucket.keys().await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_32_at_once_one_stores() {
    let bucket = Arc::new(Bucket::new());
    let batch = Arc::new(request(&zstd(batch(1, 5).as_bytes())));
    let posts: Vec<_> = (0..32)
        .map(|_| {
            let (bucket, batch) = (bucket.clone(), batch.clone());
            tokio::spawn(async move { bucket.send(&batch).await })
        })
        .collect();
    let mut stored = 0;
    for post in posts {
        let (status, told) = post.await.unwrap();
        assert_eq!(status, 200);
        stored += usize::from(told["duplicate"] == false);
    }
    assert_eq!((stored, bucket.keys().await.len()), (1, 1));
}
