//! The loop against a real server, in a time that the test sets.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use snapshot::Snapshot;
use tokio::sync::{mpsc, oneshot, watch};

use super::{Agent, Parts};
use crate::clock::{Clock, DAY_MS};
use crate::collect::{Frame, Sampler};
use crate::news::News;
use crate::pace::Pace;
use crate::peer::{Next, Peer, Request};
use crate::random::Random;
use crate::redact::{Key, Redactor};
use crate::send::Courier;
use crate::settings::{KEY, Settings, URL};
use crate::spool::{Opening, Spool};

/// 2026-11-23T09:59:59.999Z: the end of a minute, so that a minute later the next one's sample is due whatever instant
/// of it was drawn.
const START: i64 = 1_795_427_999_999;
/// No wait of a test is longer, unless the agent hangs.
const WATCHDOG: std::time::Duration = std::time::Duration::from_secs(60);

/// A clock that stands until the test moves it.
struct ManualClock(watch::Sender<i64>);

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        *self.0.borrow()
    }

    fn sleep_until<'c>(&'c self, at_ms: i64) -> Pin<Box<dyn Future<Output = ()> + Send + 'c>> {
        let mut now = self.0.subscribe();
        Box::pin(async move {
            now.wait_for(|now_ms| *now_ms >= at_ms).await.unwrap();
        })
    }
}

/// Members of a snapshot beside its frame, as JSON.
type Scene = Arc<Mutex<String>>;

/// Samples what the test has set, and tells it.
struct Script {
    scene: Scene,
    frames: mpsc::UnboundedSender<Frame>,
    redactor: Redactor,
}

impl Sampler for Script {
    fn use_fleet_key(&mut self, key: Option<&Key>) {
        self.redactor.use_fleet_key(key);
    }

    fn sample(&mut self, frame: Frame) -> Snapshot<'static> {
        // Its processor's name is a secret, so that a test sees which key hashed it.
        let processor = self.redactor.command_line(&["--password".to_owned(), "hunter2".to_owned()]);
        let line = format!(
            r#"{{"version":1,"host_id":"{}","stream":"{}","seq":{},"boot_id":"b","observed_at_ms":{},"processor":"{processor}"{}{}}}"#,
            frame.host_id,
            frame.stream,
            frame.seq,
            frame.observed_at_ms,
            if frame.stopping { r#","agent_stopping":true"# } else { "" },
            self.scene.lock().unwrap(),
        );
        self.frames.send(frame).unwrap();
        serde_json::from_str(Box::leak(line.into_boxed_str())).unwrap()
    }
}

fn running(exe: &str) -> String {
    format!(r#","running_processes":[{{"pid":1,"name":"x","exe":"{exe}"}}]"#)
}

struct Stage {
    folder: tempfile::TempDir,
    peer: Peer,
    clock: Arc<ManualClock>,
    scene: Scene,
    sender: mpsc::UnboundedSender<Frame>,
    frames: mpsc::UnboundedReceiver<Frame>,
    stop: Option<oneshot::Sender<()>>,
    work: Option<tokio::task::JoinHandle<anyhow::Result<()>>>,
}

impl Stage {
    /// Everything but a running agent.
    async fn set(start_ms: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let peer = Peer::start().await;
        let (sender, frames) = mpsc::unbounded_channel();
        let clock = Arc::new(ManualClock(watch::Sender::new(start_ms)));
        let scene = Arc::new(Mutex::new(running("/usr/bin/known")));
        let stage = Self { folder, peer, clock, scene, sender, frames, stop: None, work: None };
        stage.configure("first-key");
        stage
    }

    async fn agent(&self) -> Agent<Script> {
        let settings = Settings {
            environment: BTreeMap::new(),
            file: Some(self.folder.path().join("agent.conf")),
            url_secret: String::new(),
            key_secret: String::new(),
        };
        let folder = self.folder.path().join("state");
        let mut random = Random::seeded(9);
        let host_id: snapshot::HostId = "i-0123456789abcdef0".parse().unwrap();
        let now_ms = self.clock.now_ms();
        let opening = Opening {
            folder: &folder,
            host_id: &host_id,
            boot_id: "b",
            batch: 15,
            limit_bytes: 1 << 30,
            now_ms,
        };
        let spool = Spool::open(&opening, &mut random).unwrap();
        Agent::new(Parts {
            sampler: Script {
                scene: Arc::clone(&self.scene),
                frames: self.sender.clone(),
                redactor: Redactor::new(Key::from_bytes([7; 32])),
            },
            spool,
            news: News::open(&folder, now_ms).unwrap(),
            pace: Pace::new(60_000, 15, &host_id),
            random,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            courier: Courier::new(settings, false, now_ms).await.unwrap(),
            host_id,
        })
    }

    /// Replaces the settings file.
    fn configure(&self, key: &str) {
        let config = format!("{URL}={}/Prod/put-metrics\n{KEY}={key}\n", self.peer.address);
        std::fs::write(self.folder.path().join("agent.conf"), config).unwrap();
    }

    /// An agent at work; its first sample and first request are still to be fetched.
    async fn run(start_ms: i64, plans: Vec<Next>) -> Self {
        let mut stage = Self::set(start_ms).await;
        plans.into_iter().for_each(|next| stage.peer.plan(next));
        stage.begin().await;
        stage
    }

    /// Puts an agent to work.
    async fn begin(&mut self) {
        let agent = self.agent().await;
        let (stop, stopped) = oneshot::channel::<()>();
        self.stop = Some(stop);
        self.work = Some(tokio::spawn(agent.run(async {
            let _ = stopped.await;
        })));
    }

    /// An agent whose first snapshot was accepted.
    async fn settled(start_ms: i64) -> Self {
        let mut stage = Self::run(start_ms, Vec::new()).await;
        stage.frame().await;
        assert_eq!(stage.peer.request().await.numbers(), [0]);
        stage
    }

    /// The sample that is being taken.
    async fn frame(&mut self) -> Frame {
        tokio::time::timeout(WATCHDOG, self.frames.recv()).await.expect("no sample was taken").unwrap()
    }

    /// The next minute's sample.
    async fn minute(&mut self) -> Frame {
        self.clock.0.send_modify(|now_ms| *now_ms += 60_000);
        self.frame().await
    }

    /// Minutes until the server gets something.
    async fn request(&mut self) -> Request {
        for _ in 0..200 {
            if let Some(request) = self.peer.arrived() {
                return request;
            }
            self.minute().await;
            // Sockets get their turn; how many of them does not matter to what is asserted.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
        panic!("no request within 200 minutes");
    }

    /// Tells the agent to stop and waits for its end; what it sent last.
    async fn stop(&mut self) -> Vec<Request> {
        self.stop.take().unwrap().send(()).unwrap();
        self.work.take().unwrap().await.unwrap().unwrap();
        std::iter::from_fn(|| self.peer.arrived()).collect()
    }

    fn files(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path().join("state").join(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn a_day_of_batches_arrives_whole_and_in_order() {
    let mut stage = Stage::settled(START).await;
    let mut seen = vec![0];
    let mut last_ms = START;
    for _ in 0..6 {
        let request = stage.request().await;
        assert_eq!(request.line, "POST /Prod/put-metrics");
        assert_eq!(request.header("x-api-key"), "first-key");
        assert_eq!(request.header("content-type"), "application/zstd");
        assert_eq!(request.header("content-encoding"), "");
        assert_eq!(request.header(snapshot::FILED_DAY), "2026-11-23");
        assert_eq!(request.header(snapshot::EARLIER_DAYS), "");
        let sent_ms: i64 = request.header(snapshot::SENT_AT_MS).parse().unwrap();
        assert!(sent_ms > last_ms && sent_ms <= stage.clock.now_ms());
        last_ms = sent_ms;
        assert!(request.numbers().len() <= 15);
        seen.extend(request.numbers());
    }
    let farewell = stage.stop().await;
    seen.extend(farewell.iter().flat_map(Request::numbers));
    assert!(seen.iter().copied().eq(0..i64::try_from(seen.len()).unwrap()), "{seen:?}");
    let last = farewell.last().unwrap().snapshots().pop().unwrap();
    assert_eq!(last["agent_stopping"], true);
    assert_eq!(stage.files("sealed"), [""; 0]);
}

#[tokio::test]
async fn what_fails_is_sent_again_byte_for_byte_and_not_too_soon() {
    let plans = vec![
        Next::Answer(500, "", "oh".into()),
        Next::Reset,
        Next::Answer(429, "retry-after: 600\r\n", String::new()),
        Next::Answer(302, "location: http://127.0.0.1:1/\r\n", String::new()),
    ];
    let mut stage = Stage::run(START, plans).await;
    stage.frame().await;
    let first = stage.peer.request().await;
    let mut sent_ms = START;
    for attempt in 0..4 {
        let again = stage.request().await;
        assert_eq!(again.body, first.body);
        assert_eq!(again.header(snapshot::FILED_DAY), first.header(snapshot::FILED_DAY));
        let at_ms: i64 = again.header(snapshot::SENT_AT_MS).parse().unwrap();
        assert!(at_ms > sent_ms);
        if attempt == 2 {
            assert!(at_ms - sent_ms >= 600_000, "{}", at_ms - sent_ms);
        }
        sent_ms = at_ms;
    }
    stage.stop().await;
    assert_eq!(stage.files("sealed"), [""; 0]);
}

#[tokio::test]
async fn a_rotated_key_is_read_anew_at_the_first_refusal() {
    let mut stage = Stage::set(START).await;
    stage.peer.plan(Next::Answer(403, "", "{\"message\":\"Forbidden\"}".into()));
    let agent = stage.agent().await;
    stage.configure("second-key");
    agent.once().await.unwrap();
    let (first, second) = (stage.peer.request().await, stage.peer.request().await);
    assert_eq!((first.header("x-api-key"), second.header("x-api-key")), ("first-key", "second-key"));
    assert_eq!(first.body, second.body);
}

/// The next batch that a server gets after `minutes` more, of the samples taken then.
async fn later(stage: &mut Stage, minutes: i64) -> Request {
    stage.clock.0.send_modify(|now_ms| *now_ms += minutes * 60_000);
    stage.frame().await;
    stage.request().await
}

#[tokio::test]
async fn keys_are_read_anew_each_day() {
    let mut stage = Stage::settled(START).await;
    stage.configure("second-key");
    // The old one still works, so nothing but the day makes it read.
    let request = later(&mut stage, 23 * 60).await;
    assert_eq!(request.header("x-api-key"), "first-key");
    let request = later(&mut stage, 60).await;
    assert_eq!(request.header("x-api-key"), "second-key");
    // What cannot be read changes nothing, and is read again an hour later.
    stage.configure("{malformed");
    assert_eq!(later(&mut stage, 24 * 60).await.header("x-api-key"), "second-key");
    stage.configure("third-key");
    assert_eq!(later(&mut stage, 20).await.header("x-api-key"), "second-key");
    assert_eq!(later(&mut stage, 60).await.header("x-api-key"), "third-key");
    stage.stop().await;
}

#[tokio::test]
async fn a_fleets_key_holds_from_the_sample_after_its_reading() {
    let mut stage = Stage::settled(START).await;
    let fleet = |word: &str| format!("{{\"api_key\":\"k\",\"redaction_key\":\"{word}-0123456789\"}}");
    let hash_of = |key: Key| Redactor::new(key).command_line(&["--password".into(), "hunter2".into()]);
    let own = hash_of(Key::from_bytes([7; 32]));
    let (first, second) = (Key::of_fleet("first-0123456789"), Key::of_fleet("second-0123456789"));
    let mut seen = Vec::new();
    // It arrives, is rotated, and is taken out of the secret again.
    for (secret, expected) in [
        (fleet("first"), hash_of(first.unwrap())),
        (fleet("second"), hash_of(second.unwrap())),
        ("k".to_owned(), own.clone()),
    ] {
        stage.configure(&secret);
        // This batch was sampled before the reading, and keeps the hashes that it has.
        let before = later(&mut stage, 24 * 60).await;
        let earlier = seen.last().unwrap_or(&own).clone();
        assert!(before.snapshots().iter().all(|snapshot| snapshot["processor"] == earlier));
        loop {
            let after = stage.request().await;
            let hashes: Vec<String> = after
                .snapshots()
                .iter()
                .map(|snapshot| snapshot["processor"].as_str().unwrap().to_owned())
                .collect();
            assert!(hashes.iter().all(|hash| *hash == earlier || *hash == expected), "{hashes:?}");
            if hashes.iter().all(|hash| *hash == expected) {
                break;
            }
        }
        seen.push(expected);
    }
    stage.stop().await;
}

#[tokio::test]
async fn a_refused_day_is_filed_anew_under_the_servers() {
    let server_ms = START + 20 * DAY_MS;
    let plans = vec![Next::Answer(409, "", format!("{{\"now_ms\":{server_ms}}}"))];
    let mut stage = Stage::run(START, plans).await;
    stage.frame().await;
    let first = stage.peer.request().await;
    let second = stage.peer.request().await;
    assert_eq!(first.header(snapshot::FILED_DAY), "2026-11-23");
    assert_eq!(second.header(snapshot::FILED_DAY), "2026-12-13");
    assert_eq!(second.header(snapshot::EARLIER_DAYS), "2026-11-23");
    assert_eq!(first.body, second.body);
    // And the next sample's time is the server's.
    let frame = stage.minute().await;
    assert_eq!(frame.observed_at_ms - stage.clock.now_ms(), 20 * DAY_MS);
    stage.stop().await;
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_halved() {
    let mut stage = Stage::settled(START).await;
    stage.peer.plan(Next::Answer(413, "", String::new()));
    let whole = stage.request().await;
    let (left, right) = (stage.peer.request().await, stage.peer.request().await);
    assert_eq!([left.numbers(), right.numbers()].concat(), whole.numbers());
    assert_eq!(left.header(snapshot::FILED_DAY), whole.header(snapshot::FILED_DAY));
    assert!(left.numbers().len().abs_diff(right.numbers().len()) <= 1);
    stage.stop().await;
    assert_eq!((stage.files("sealed"), stage.files("rejected")), (vec![], vec![]));
}

#[tokio::test]
async fn what_is_malformed_is_set_aside_and_never_sent_again() {
    let plans = vec![Next::Answer(400, "", "line 1: number out of range".into())];
    let mut stage = Stage::run(START, plans).await;
    stage.frame().await;
    assert_eq!(stage.peer.request().await.numbers(), [0]);
    assert_eq!(stage.request().await.numbers().first(), Some(&1));
    stage.stop().await;
    let aside = stage.files("rejected");
    assert_eq!(aside.len(), 2, "{aside:?}");
    let reason = aside.iter().find(|name| name.ends_with(".txt")).unwrap();
    let reason = std::fs::read_to_string(stage.folder.path().join("state/rejected").join(reason)).unwrap();
    assert!(reason.contains("number out of range"), "{reason}");
}

#[tokio::test]
async fn a_server_that_stalls_delays_no_sample_and_no_end() {
    let mut stage = Stage::run(START, vec![Next::Stall]).await;
    stage.frame().await;
    stage.peer.request().await;
    for seq in 1..40 {
        assert_eq!(stage.minute().await.seq, seq);
    }
    stage.stop.take().unwrap().send(()).unwrap();
    assert!(stage.frame().await.stopping);
    stage.clock.0.send_modify(|now_ms| *now_ms += 60_000);
    stage.work.take().unwrap().await.unwrap().unwrap();
    assert!(stage.peer.arrived().is_none());
    // Nothing was lost: all 41 wait for the next start.
    let names = stage.files("sealed");
    let waiting: usize = names.iter().filter_map(|name| name.split('_').nth(3)?.parse::<usize>().ok()).sum();
    assert_eq!(waiting, 41, "{names:?}");
}

#[tokio::test]
async fn news_leaves_at_once_until_the_bucket_is_empty() {
    let mut stage = Stage::settled(START).await;
    let mut at_once = 0;
    for minute in 0..5 {
        *stage.scene.lock().unwrap() = running(&format!("/tmp/dropped-{minute}"));
        let frame = stage.minute().await;
        if minute < 3 {
            let request = stage.peer.request().await;
            assert_eq!(request.numbers().last(), Some(&frame.seq));
            at_once += 1;
        }
    }
    assert_eq!(at_once, 3);
    // A known program again, ten minutes on, then a session that was not there.
    for _ in 0..25 {
        stage.minute().await;
    }
    while stage.peer.arrived().is_some() {}
    *stage.scene.lock().unwrap() = format!(
        r#"{},"users":[{{"user":"alice","session_id":"7","pid":812}}]"#,
        running("/tmp/dropped-4").trim_end()
    );
    let frame = stage.minute().await;
    loop {
        let request = stage.peer.request().await;
        if request.numbers().last() == Some(&frame.seq) {
            break;
        }
    }
    stage.stop().await;
}

#[tokio::test]
async fn what_midnight_seals_is_sent_within_ten_minutes() {
    let midnight = START + 1 + 14 * 3_600_000;
    let mut stage = Stage::settled(midnight - 1 - 4 * 60_000).await;
    let mut numbers = vec![0];
    loop {
        let request = stage.request().await;
        let sent_ms: i64 = request.header(snapshot::SENT_AT_MS).parse().unwrap();
        numbers.extend(request.numbers());
        let of_today = |snapshot: &serde_json::Value| snapshot["observed_at_ms"].as_i64().unwrap() < midnight;
        if request.header(snapshot::FILED_DAY) == "2026-11-24" {
            assert!(!request.snapshots().iter().any(of_today));
            break;
        }
        assert_eq!(request.header(snapshot::FILED_DAY), "2026-11-23");
        assert!(request.snapshots().iter().all(of_today));
        // It is sealed by the first sample of the new day, which may be a minute old.
        assert!(sent_ms < midnight + 10 * 60_000, "{}", sent_ms - midnight);
    }
    assert!(numbers.iter().copied().eq(0..i64::try_from(numbers.len()).unwrap()), "{numbers:?}");
    stage.stop().await;
}

#[tokio::test]
async fn the_servers_clock_corrects_the_next_sample() {
    let hour = 3_600_000;
    let refusals = vec![Next::Answer(503, "", String::new()), Next::Answer(503, "", String::new())];
    let mut stage = Stage::run(START, refusals).await;
    stage.frame().await;
    stage.stop().await;
    stage.frame().await;
    stage.peer.forget();
    // Two batches wait and the next agent's first sample joins them: when the second request comes, the first
    // answer has been taken in.
    stage.peer.plan(Next::Answer(200, "", format!("{{\"now_ms\":{}}}", START + hour)));
    stage.begin().await;
    assert_eq!(stage.frame().await.observed_at_ms, START);
    assert_eq!(stage.peer.request().await.numbers(), [0]);
    assert_eq!(stage.peer.request().await.numbers(), [1]);
    let frame = stage.minute().await;
    assert_eq!(frame.observed_at_ms - stage.clock.now_ms(), hour);
    stage.stop().await;
}

#[tokio::test]
async fn once_fails_unless_everything_was_accepted() {
    for (status, words) in [(400, "set aside"), (503, "stay in the spool"), (403, "stay in the spool")] {
        let stage = Stage::set(START).await;
        for _ in 0..3 {
            stage.peer.plan(Next::Answer(status, "retry-after: 9\r\n", "no".into()));
        }
        let error = stage.agent().await.once().await.unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("no"), "{status}: {error}");
    }
}
