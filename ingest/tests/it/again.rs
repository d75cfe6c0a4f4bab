//! A batch that comes again. For crowds see `processes`, for stores that fail `deaths`.

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
