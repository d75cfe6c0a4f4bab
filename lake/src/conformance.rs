//! What any [`Store`] must keep, as a suite that runs against a real one. The folder passes it in `cargo test`, a
//! strict S3 server in continuous integration.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Body, Clock, Found, PAGE, Put, Store, StoreError, SystemClock};

/// Runs every check below the prefix `below` (ending in `/`), which must be empty before. Panics at the first
/// that does not hold: it is a test.
pub async fn run(store: Arc<dyn Store>, below: &str) {
    first_writer_wins(store.as_ref(), below).await;
    one_of_many_writers_wins(store.clone(), below).await;
    what_is_not_there(store.as_ref(), below).await;
    ranges(store.as_ref(), below).await;
    files(store.as_ref(), below).await;
    listings_are_in_the_order_of_bytes(store.as_ref(), below).await;
    pages(store.clone(), below).await;
    objects_before_a_beginning(store, below).await;
}

async fn put(store: &dyn Store, key: &str, body: &str) -> Put {
    store
        .put_if_absent(key, Body::from(body.as_bytes().to_vec()))
        .await
        .unwrap_or_else(|e| panic!("put {key}: {e}"))
}

async fn get(store: &dyn Store, key: &str) -> Bytes {
    store.get(key).await.unwrap_or_else(|e| panic!("get {key}: {e}"))
}

async fn first_writer_wins(store: &dyn Store, below: &str) {
    let key = format!("{below}first/a.json");
    assert_eq!(put(store, &key, "one").await, Put::Stored);
    assert_eq!(put(store, &key, "two").await, Put::Existed);
    assert_eq!(get(store, &key).await, "one");
    assert_eq!(store.size(&key).await.ok(), Some(3));
}

async fn one_of_many_writers_wins(store: Arc<dyn Store>, below: &str) {
    let key = format!("{below}race/a.json");
    let writers: Vec<_> = (0..32)
        .map(|writer| {
            let (store, key) = (store.clone(), key.clone());
            tokio::spawn(async move { store.put_if_absent(&key, Body::from(format!("{writer:02}"))).await })
        })
        .collect();
    let mut winners = Vec::new();
    for (writer, task) in writers.into_iter().enumerate() {
        match task.await {
            Ok(Ok(Put::Stored)) => winners.push(writer),
            Ok(Ok(Put::Existed)) => {}
            other => panic!("writer {writer} of {key}: {other:?}"),
        }
    }
    assert_eq!(winners.len(), 1, "of 32 writers one wins, and these did: {winners:?}");
    assert_eq!(get(store.as_ref(), &key).await, format!("{:02}", winners[0]));
}

async fn what_is_not_there(store: &dyn Store, below: &str) {
    let key = format!("{below}nowhere/a.json");
    assert!(matches!(store.get(&key).await, Err(StoreError::NotFound(_))), "get of {key}");
    assert!(matches!(store.size(&key).await, Err(StoreError::NotFound(_))), "size of {key}");
    assert!(matches!(store.get_range(&key, 0..1).await, Err(StoreError::NotFound(_))), "range of {key}");
    assert!(store.delete(&key).await.is_ok(), "removing what is not there is no error");
    assert_eq!(list(store, &format!("{below}nowhere/")).await, Vec::<String>::new());

    let removed = format!("{below}removed/a.json");
    put(store, &removed, "x").await;
    assert!(store.delete(&removed).await.is_ok());
    assert!(matches!(store.get(&removed).await, Err(StoreError::NotFound(_))), "get of {removed}");
    assert_eq!(list(store, &format!("{below}removed/")).await, Vec::<String>::new());
    assert_eq!(beginnings(store, &format!("{below}rem")).await, Vec::<String>::new());
}

async fn ranges(store: &dyn Store, below: &str) {
    let key = format!("{below}range/a.bin");
    put(store, &key, "0123456789").await;
    for (range, expected) in [(0..4, "0123"), (4..10, "456789"), (8..99, "89")] {
        let got = store.get_range(&key, range.clone()).await.unwrap_or_else(|e| panic!("{range:?}: {e}"));
        assert_eq!(got, expected, "{range:?}");
    }
    assert!(store.get_range(&key, 10..12).await.is_err(), "a range after the end");
}

async fn files(store: &dyn Store, below: &str) {
    let key = format!("{below}file/a.bin");
    let folder = std::env::temp_dir().join(format!("conformance-{}", std::process::id()));
    let contents = vec![7_u8; 9 * 1024 * 1024 + 1];
    std::fs::write(&folder, &contents).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let outcome = store.put_if_absent(&key, Body::File(folder.clone())).await;
    let again = store.put_if_absent(&key, Body::File(folder.clone())).await;
    let gone = std::fs::remove_file(&folder);
    assert!(matches!(outcome, Ok(Put::Stored)), "{outcome:?}");
    assert!(matches!(again, Ok(Put::Existed)), "{again:?}");
    assert!(gone.is_ok());
    assert_eq!(get(store, &key).await, contents);
}

async fn listings_are_in_the_order_of_bytes(store: &dyn Store, below: &str) {
    let at = |name: &str| format!("{below}order/{name}");
    for name in ["host=b/1", "host=a/2", "host=a-b/1", "host=a/10", "host=a.c/1", "host=a0/1", "z"] {
        put(store, &at(name), name).await;
    }
    let expected =
        ["host=a-b/1", "host=a.c/1", "host=a/10", "host=a/2", "host=a0/1", "host=b/1", "z"].map(at);
    assert_eq!(list(store, &at("")).await, expected);
    assert_eq!(list(store, &at("host=a/")).await, expected[2..4]);

    let after = store.list(&at(""), &at("host=a/10")).await.unwrap_or_else(|e| panic!("{e}"));
    let keys: Vec<_> = after.entries.iter().map(|found| found.key.clone()).collect();
    assert_eq!(keys, expected[3..], "after a key");
    let put_at_ms = after.entries[0].put_at_ms;
    assert_eq!(after.entries[0], Found { key: at("host=a/2"), bytes: 8, put_at_ms });
    // To the second on S3, and the server's clock need not be this machine's.
    let away_ms = (SystemClock.now_ms() - put_at_ms).abs();
    assert!(away_ms < 900_000, "put {away_ms} ms away from now");

    let hosts = ["host=a-b/", "host=a.c/", "host=a/", "host=a0/", "host=b/"].map(at);
    assert_eq!(beginnings(store, &at("host=")).await, hosts);
    let after = store.list_prefixes(&at("host="), &at("host=a/")).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(after.entries, hosts[3..], "after a beginning");
}

async fn pages(store: Arc<dyn Store>, below: &str) {
    let keys: Vec<String> = (0..PAGE + 7).map(|n| format!("{below}page/host={n:05}/a")).collect();
    put_all(&store, &keys).await;
    let first = store.list(&format!("{below}page/"), "").await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((first.entries.len(), first.more), (PAGE, true));
    assert_eq!(list(store.as_ref(), &format!("{below}page/")).await, keys);
    assert_eq!(beginnings(store.as_ref(), &format!("{below}page/host=")).await.len(), keys.len());
}

/// More objects than a page holds, and behind them the one beginning that was asked for.
async fn objects_before_a_beginning(store: Arc<dyn Store>, below: &str) {
    let mut keys: Vec<String> = (0..PAGE + 7).map(|n| format!("{below}stray/{n:05}")).collect();
    keys.push(format!("{below}stray/host=a/1"));
    put_all(&store, &keys).await;
    let expected = [format!("{below}stray/host=a/")];
    assert_eq!(beginnings(store.as_ref(), &format!("{below}stray/")).await, expected);
}

async fn put_all(store: &Arc<dyn Store>, keys: &[String]) {
    for chunk in keys.chunks(64) {
        let puts: Vec<_> = chunk
            .iter()
            .map(|key| {
                let (store, key) = (store.clone(), key.clone());
                tokio::spawn(async move { store.put_if_absent(&key, Body::from("x")).await })
            })
            .collect();
        for task in puts {
            let outcome = task.await;
            assert!(matches!(outcome, Ok(Ok(Put::Stored))), "{outcome:?}");
        }
    }
}

async fn list(store: &dyn Store, prefix: &str) -> Vec<String> {
    let all = store.list_all(prefix).await.unwrap_or_else(|e| panic!("list {prefix}: {e}"));
    all.into_iter().map(|found| found.key).collect()
}

async fn beginnings(store: &dyn Store, prefix: &str) -> Vec<String> {
    store.list_all_prefixes(prefix).await.unwrap_or_else(|e| panic!("list {prefix}: {e}"))
}
