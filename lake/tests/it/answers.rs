//! What a put makes of each answer that S3 may give.

use std::time::Duration;

use lake::{Put, Store, StoreError};

use crate::peer::Next::{self, Answer, HangUp, Stall};
use crate::peer::Peer;

const OK: Next = Answer(200, "");
const CONFLICT: Next = Answer(409, "ConditionalRequestConflict");
const EXISTS: Next = Answer(412, "PreconditionFailed");
const SLOW_DOWN: Next = Answer(503, "SlowDown");

/// What came of a put, and how often it was sent.
async fn put(script: &[Next], afterwards: Next) -> (Result<Put, StoreError>, usize) {
    let peer = Peer::start(script, afterwards).await;
    let put = peer.store().await.put_if_absent("raw/a", "sealed".into()).await;
    let requests = peer.requests();
    for request in &requests {
        assert_eq!(request.line, "PUT /bucket/raw/a", "nothing else is asked");
        assert_eq!(request.if_none_match.as_deref(), Some("*"), "never without the condition");
        assert_eq!(request.body, b"sealed", "the whole body each time");
    }
    (put, requests.len())
}

#[tokio::test]
async fn a_put_is_tried_again_where_that_helps() {
    for (script, expected, sent) in [
        (&[][..], Put::Stored, 1),
        (&[EXISTS][..], Put::Existed, 1),
        // Another writer's put of this key is under way: it may still fail, so 409 does not mean that the object exists.
        (&[CONFLICT, CONFLICT][..], Put::Stored, 3),
        (&[Answer(409, "OperationAborted"), EXISTS], Put::Existed, 2),
        (&[CONFLICT; 7], Put::Stored, 8),
        (&[SLOW_DOWN, SLOW_DOWN], Put::Stored, 3),
        (&[Answer(500, "InternalError")], Put::Stored, 2),
        (&[HangUp], Put::Stored, 2),
        // The first try was stored and its answer lost: the second finds it, and so nobody is told that it was stored.
        (&[HangUp, EXISTS], Put::Existed, 2),
        (&[SLOW_DOWN, CONFLICT, EXISTS], Put::Existed, 3),
    ] {
        let (put, times) = put(script, OK).await;
        assert_eq!((put.unwrap(), times), (expected, sent), "{script:?}");
    }
}

#[tokio::test]
async fn a_put_that_goes_on_failing_is_given_up() {
    for (answer, sent, words) in [
        (CONFLICT, 8, "409 8 times"),
        (SLOW_DOWN, 3, "SlowDown"),
        (Answer(503, ""), 3, "503"),
        (HangUp, 3, "could not put raw/a"),
        (Answer(400, "InvalidRequest"), 1, "InvalidRequest"),
        (Answer(404, "NoSuchBucket"), 1, "NoSuchBucket"),
    ] {
        let (put, times) = put(&[], answer).await;
        let error = put.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{answer:?}: {error}");
        assert!(error.to_string().contains(words), "{answer:?}: {error}");
        assert_eq!(times, sent, "{answer:?}");
    }
    let (denied, times) = put(&[], Answer(403, "AccessDenied")).await;
    assert!(matches!(denied, Err(StoreError::Denied { .. })), "{denied:?}");
    assert_eq!(times, 1);
}

#[tokio::test]
async fn a_server_that_never_answers_is_left() {
    let peer = Peer::start(&[], Stall).await;
    let store = peer.impatient_store(Duration::from_millis(100)).await;
    let put = store.put_if_absent("raw/a", "sealed".into()).await;
    assert!(matches!(put, Err(StoreError::Unavailable { .. })), "{put:?}");
    assert!((1..=3).contains(&peer.requests().len()), "{:?}", peer.requests());
}
