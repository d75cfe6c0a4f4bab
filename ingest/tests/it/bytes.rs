//! No bytes make it panic, store what nobody can read, or answer with a fault of its own: the short run of the command
//! `mutate`, and noise. Seeded, so that a failure comes again.

use fastrand::Rng;

use crate::events::Events;
use crate::fixture::{Bucket, request};
use crate::trial::Trial;

#[test]
fn damaged_requests_are_refused_or_mean_something() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut events, mut trial) = (Events::new(4), Trial::default());
    (0..10_000).for_each(|number| trial.send(number, &mut events, &runtime));
    assert!(trial.wrong.is_empty() && trial.panics == 0, "seed 4: {:?}", trial.wrong);
    for code in [200, 400, 404, 405, 409, 413, 415] {
        assert!(trial.answers.contains_key(&code), "seed 4 gave no {code}: {:?}", trial.answers);
    }
}

#[tokio::test]
async fn noise_is_refused() {
    let (bucket, mut rng) = (Bucket::new(), Rng::with_seed(5));
    let beginnings: [&[u8]; 4] = [b"", b"{", b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08"];
    for _ in 0..4000 {
        let mut body = beginnings[rng.usize(..4)].to_vec();
        body.extend((0..rng.usize(..300)).map(|_| rng.u8(..)));
        let (status, told) = bucket.send(&request(&body)).await;
        assert!([400, 413, 415].contains(&status), "{body:?}: {told}");
    }
    assert_eq!(bucket.puts(), [""; 0]);
}
