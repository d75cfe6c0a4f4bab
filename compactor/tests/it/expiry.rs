//! Which days' raw may expire, and which may not.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use compactor::expiry::{Open, of_day};
use compactor::{Buckets, Closing, Expiry, Outcome, Plan, Settings, ShardKeys, compact, read_record, verify};
use lake::lifecycle::{Configuration, Rule, act};
use lake::{Clock, CommitId, Day, Key, Lifecycle, SetClock, Store, TableName, prefix};

use crate::faulty::{Refusing, faulty};
use crate::fleet::{CLOSED_MS, DAY_MS, Fleet, HOUR_MS, MINUTE_MS, batch, day, settings};
use crate::rows::{files, identities};

/// Three hours into the day that is so many days after the one that most tests are about.
pub(crate) fn after_days(days: i64) -> i64 {
    DAY_MS + days * 24 * HOUR_MS + 3 * HOUR_MS
}

/// A whole run where raw expires after 30 days.
pub(crate) async fn run_with(
    buckets: &Buckets,
    lifecycle: &dyn Lifecycle,
    clock: &dyn Clock,
    changed: Settings<'_>,
) -> anyhow::Result<Outcome> {
    let expiry = Some(Expiry { lifecycle, days: Some("30".parse().unwrap()) });
    compact(buckets, clock, &Settings { expiry, ..changed }).await
}

/// The same, of which nothing may fail.
pub(crate) async fn run(fleet: &Fleet, now_ms: i64) -> Closing {
    let (buckets, lifecycle, clock) = (fleet.buckets(), fleet.raw(), SetClock::new(now_ms));
    let outcome = run_with(&buckets, &lifecycle, &clock, settings(500)).await.unwrap();
    assert_eq!((&outcome.failed, outcome.left, &outcome.closing.failed), (&vec![], 0, &vec![]));
    outcome.closing
}

pub(crate) async fn rules(fleet: &Fleet) -> Configuration {
    fleet.raw().read().await.unwrap()
}

/// The names of all rules.
pub(crate) async fn names(fleet: &Fleet) -> Vec<String> {
    rules(fleet).await.rules.into_iter().map(|rule| rule.id).collect()
}

pub(crate) fn name(of: Day, proven: &str) -> String {
    format!("endpoint-metrics.raw.{of}.proven.{proven}")
}

pub(crate) const LATE: &str = "endpoint-metrics.late";

/// Evaluates our rules against every raw object: those that one can take, and that are in no list of keys of a commit of a
/// day that verifies.
pub(crate) async fn at_risk(fleet: &Fleet) -> BTreeSet<String> {
    at_risk_of(&fleet.buckets(), &fleet.raw()).await
}

/// The same of any buckets.
pub(crate) async fn at_risk_of(buckets: &Buckets, lifecycle: &dyn Lifecycle) -> BTreeSet<String> {
    let mut proven: HashSet<String> = HashSet::new();
    for beginning in buckets.raw.list_all_prefixes(prefix::RAW_DAYS).await.unwrap() {
        let verified = verify(buckets, prefix::day_of(&beginning).unwrap()).await.unwrap();
        if !verified.findings.is_empty() {
            continue;
        }
        for commit in verified.commits.iter().map(|manifest| manifest.commit_id) {
            let plan: Plan = read_record(buckets.lake.as_ref(), &Key::Plan(commit)).await.unwrap().unwrap();
            for shard in 0..plan.shards.len() as u32 {
                let key = Key::ShardKeys(commit, shard);
                let keys: ShardKeys = read_record(buckets.lake.as_ref(), &key).await.unwrap().unwrap();
                proven.extend(keys.objects.into_iter().map(|object| object.key));
            }
        }
    }
    let rules = lifecycle.read().await.unwrap().rules;
    let ours: Vec<&Rule> = rules.iter().filter(|rule| rule.id.starts_with("endpoint-metrics.")).collect();
    let objects = buckets.raw.list_all("raw/").await.unwrap();
    let taken = objects.iter().filter(|found| ours.iter().any(|rule| rule.may_take(&found.key, found.bytes)));
    taken.map(|found| found.key.clone()).filter(|key| !proven.contains(key)).collect()
}

/// Damages the day's first file, so that it no longer verifies; gives how to mend it.
pub(crate) fn damage(fleet: &Fleet, of: Day) -> impl FnOnce() + use<> {
    let within = format!("/dt={of}/");
    let mut files = files(fleet, TableName::Processes).into_iter();
    let file = files.find(|file| file.to_str().unwrap().contains(&within)).unwrap();
    let before = std::fs::read(&file).unwrap();
    std::fs::write(&file, &before[..before.len() - 1]).unwrap();
    move || std::fs::write(file, before).unwrap()
}

/// Days with one snapshot each, the last of them the tests' day; all committed.
pub(crate) async fn committed_days(count: u64) -> (Fleet, Vec<Day>) {
    let fleet = Fleet::new();
    let days: Vec<Day> = (0..count).rev().map(|back| day().back(back)).collect();
    for day in &days {
        fleet.put(*day, &batch("web-1", 1, 0..1)).await;
    }
    fleet.compact_well(after_days(15)).await;
    (fleet, days)
}

#[tokio::test]
async fn a_day_is_closed_once_nothing_can_be_filed_into_it() {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    fleet.compact_well(CLOSED_MS).await;
    fleet.put(day(), &batch("web-1", 1, 3..5)).await;
    fleet.mark_late(CLOSED_MS + 10 * MINUTE_MS, day()).await;
    fleet.compact_well(CLOSED_MS + 2 * HOUR_MS).await;

    // 14 days old, something may be filed under it still.
    let first = run(&fleet, after_days(14)).await;
    assert_eq!(
        (first.closed, first.writes, names(&fleet).await),
        (BTreeSet::new(), 1, vec![LATE.to_owned()])
    );
    assert_eq!(
        of_day(&fleet.raw(), day()).await.unwrap().to_string(),
        "raw does not expire: the day is not closed"
    );

    let closed = run(&fleet, after_days(15)).await;
    assert_eq!(closed, Closing { closed: [day()].into(), writes: 1, ..Closing::default() });
    assert_eq!(names(&fleet).await, [name(day(), "2026-12-05"), LATE.to_owned()]);
    let [rule, late] = &rules(&fleet).await.rules[..] else { panic!() };
    assert!(rule.says_the_same(&Rule::expire(name(day(), "2026-12-05"), "raw/dt=2026-11-20/", 30)));
    assert!(late.says_the_same(&Rule::expire(LATE, "late/", 30)));
    assert_eq!(at_risk(&fleet).await, BTreeSet::new());
    let said =
        "raw expires 30 days after each object was put, most of it on 2026-12-21; last proven 2026-12-05";
    assert_eq!(of_day(&fleet.raw(), day()).await.unwrap().to_string(), said);

    // Nothing differs, nothing is written; a day later the day is looked at again.
    assert_eq!(run(&fleet, after_days(15) + HOUR_MS).await, Closing::default());
    assert_eq!(run(&fleet, after_days(16)).await, Closing { writes: 1, ..Closing::default() });
    assert_eq!(names(&fleet).await[0], name(day(), "2026-12-06"));
}

#[tokio::test]
async fn what_is_in_no_commit_is_committed_first() {
    let (fleet, _) = committed_days(1).await;
    fleet.put(day(), &batch("web-0", 7, 0..2)).await;
    // Neither is any host's, and the second looks like a folder that a console made.
    for key in ["raw/dt=2026-11-20/notes.txt", "raw/dt=2026-11-20/zzz/b"] {
        fleet.raw().put_if_absent(key, "by hand".into()).await.unwrap();
    }
    let closing = run(&fleet, after_days(15)).await;
    assert_eq!(closing.strays, [(day(), 3)].into());
    assert_eq!((closing.closed, closing.open), ([day()].into(), BTreeMap::new()));
    assert_eq!(at_risk(&fleet).await, BTreeSet::new());
    let verified = verify(&fleet.buckets(), day()).await.unwrap();
    let said: Vec<_> = verified.commits.iter().map(|it| (it.objects, it.snapshots, it.quarantined)).collect();
    assert_eq!((said, verified.waiting), (vec![(1, 1, 0), (3, 2, 2)], 0));
    assert_eq!(identities(&fleet).len(), 3);
}

#[tokio::test]
async fn a_stray_takes_the_rule_away_until_it_is_committed() {
    let (fleet, _) = committed_days(1).await;
    run(&fleet, after_days(15)).await;
    let stray = fleet.put(day(), &batch("web-1", 1, 1..3)).await;
    let stray = Key::Raw(stray).to_string();
    assert_eq!(
        at_risk(&fleet).await,
        [stray.clone()].into(),
        "until the next look, and for 30 days it is safe"
    );

    // The commit that takes it fails.
    let refusing =
        Refusing { operation: "put", containing: "dt=2026-11-20/1/00000.keys.json", denied: false };
    let buckets = faulty(&fleet.buckets(), Arc::new(refusing));
    let (lifecycle, clock) = (fleet.raw(), SetClock::new(after_days(16)));
    let outcome = run_with(&buckets, &lifecycle, &clock, settings(500)).await.unwrap();
    assert_eq!(outcome.failed[0].0, CommitId { day: day(), number: 1 });
    assert_eq!(outcome.closing.withdrawn, [day()].into());
    assert!(
        matches!(&outcome.closing.open[&day()], Open::Strays { count: 1, keys, next: 1 } if *keys == [stray])
    );
    assert_eq!((names(&fleet).await, at_risk(&fleet).await), (vec![LATE.to_owned()], BTreeSet::new()));

    let closing = run(&fleet, after_days(16) + HOUR_MS).await;
    assert_eq!((closing.strays, closing.closed), ([(day(), 1)].into(), [day()].into()));
    assert_eq!(identities(&fleet).len(), 3);
    assert_eq!(at_risk(&fleet).await, BTreeSet::new());
}

#[tokio::test]
async fn a_day_that_does_not_verify_never_closes() {
    let (fleet, days) = committed_days(2).await;
    let mend = damage(&fleet, day());
    let closing = run(&fleet, after_days(15)).await;
    assert_eq!((closing.closed.clone(), closing.withdrawn.len()), ([days[0]].into(), 0));
    let said = closing.complaints().join("; ");
    let expected = "the raw objects of 2026-11-20 do not expire: it is not proven: 2026-11-20.0: lake/processes/dt=2026-11-20/";
    assert!(said.starts_with(expected), "{said}");
    assert_eq!(at_risk(&fleet).await, BTreeSet::new());
    mend();
    assert_eq!(run(&fleet, after_days(15) + HOUR_MS).await.closed, [day()].into());

    // Damaged under its rule: the next look takes the rule away, and gives it back once it is mended.
    let mend = damage(&fleet, day());
    let closing = run(&fleet, after_days(16)).await;
    assert_eq!(closing.withdrawn, [day()].into());
    assert_eq!(at_risk(&fleet).await, BTreeSet::new());
    mend();
    assert_eq!(run(&fleet, after_days(16) + HOUR_MS).await.closed, [day()].into());
}

/// A commit that is held is none.
#[tokio::test]
async fn a_held_day_never_expires() {
    let (fleet, days) = committed_days(1).await;
    let held = days[0].back(1);
    fleet.put_bytes(&crate::overlaps::key_of(5..8), b"damaged").await;
    let damaged = lake::RawKey { day: held, ..crate::overlaps::key_of(5..8) };
    fleet.put_bytes(&damaged, b"damaged").await;
    let (buckets, lifecycle) = (fleet.buckets(), fleet.raw());
    for hour in [0, 1] {
        let clock = SetClock::new(after_days(15) + hour * HOUR_MS);
        let strict = Settings { held_above_percent: 1.0, ..settings(500) };
        let outcome = run_with(&buckets, &lifecycle, &clock, strict).await.unwrap();
        let held_commits = [(held, 0), (day(), 1)].map(|(day, number)| CommitId { day, number });
        assert_eq!(outcome.held, held_commits);
        assert_eq!(outcome.closing.open[&held], Open::NotCommitted);
        assert!(matches!(outcome.closing.open[&day()], Open::Strays { count: 1, .. }));
        assert_eq!(names(&fleet).await, [LATE]);
    }
}

#[tokio::test]
async fn rules_of_emptied_days_are_dropped() {
    let (fleet, days) = committed_days(3).await;
    assert_eq!(run(&fleet, after_days(15)).await.closed.len(), 3);
    std::fs::remove_dir_all(fleet.raw().path(&prefix::raw_all(days[1]))).unwrap();
    let closing = run(&fleet, after_days(15) + HOUR_MS).await;
    assert_eq!((closing.emptied, closing.writes), ([days[1]].into(), 1));
    let left = [days[0], days[2]].map(|day| name(day, "2026-12-05"));
    assert_eq!(names(&fleet).await[..2], left);
    // An empty day is not taken for one that was never committed.
    assert_eq!(run(&fleet, after_days(15) + 2 * HOUR_MS).await, Closing::default());
}

#[tokio::test]
async fn rules_of_others_are_kept_and_reported() {
    let (fleet, _) = committed_days(1).await;
    let tags: BTreeMap<_, _> = [("keep".to_owned(), "no".to_owned())].into();
    let theirs = Configuration::of(vec![
        Rule::expire("old raw", "raw/dt=2025", 3),
        Rule { tags, ..Rule::expire("by tag", "", 3) },
        Rule { enabled: false, ..Rule::expire("off", "raw/", 3) },
        Rule { expires: None, ..Rule::expire("nothing", "raw/", 3) },
        Rule::expire("logs", "logs/", 3),
        Rule::expire("endpoint-metrics.raw.all", "raw/", 400),
    ]);
    fleet.raw().replace(&theirs).await.unwrap();
    let closing = run(&fleet, after_days(15)).await;
    let said = [
        "rule 'by tag', of the whole bucket, by tags, expires objects after 3 days",
        "rule 'endpoint-metrics.raw.all', below raw/, expires objects after 400 days",
        "rule 'old raw', below raw/dt=2025, expires objects after 3 days",
    ];
    assert_eq!(closing.foreign, said.map(str::to_owned).into());
    assert_eq!(rules(&fleet).await.rules[..6], theirs.rules);
    assert_eq!(names(&fleet).await[6..], [name(day(), "2026-12-05"), LATE.to_owned()]);
    let foreign = of_day(&fleet.raw(), day()).await.unwrap().foreign;
    assert_eq!(foreign, [said[0], said[1]], "and not what is below another prefix");

    // Switched off: what is ours is taken away, and only that.
    let (buckets, lifecycle, clock) = (fleet.buckets(), fleet.raw(), SetClock::new(after_days(15)));
    let off = Settings { expiry: Some(Expiry { lifecycle: &lifecycle, days: None }), ..settings(500) };
    let closing = compact(&buckets, &clock, &off).await.unwrap().closing;
    assert_eq!((closing.withdrawn, closing.writes), ([day()].into(), 1));
    assert_eq!(rules(&fleet).await.rules, theirs.rules);
    assert_eq!(compact(&buckets, &clock, &off).await.unwrap().closing.writes, 0);
}

/// Another run wrote what it had read before this one took a rule away: its name says that its day was not looked at today.
#[tokio::test]
async fn a_rule_that_came_back_is_looked_at_by_the_next_run() {
    let (fleet, _) = committed_days(1).await;
    run(&fleet, after_days(15)).await;
    let stale = rules(&fleet).await;
    let _mend = damage(&fleet, day());
    assert_eq!(run(&fleet, after_days(16)).await.withdrawn, [day()].into());
    fleet.raw().replace(&stale).await.unwrap();
    assert_ne!(at_risk(&fleet).await, BTreeSet::new());
    assert_eq!(run(&fleet, after_days(16) + HOUR_MS).await.withdrawn, [day()].into());
    assert_eq!(at_risk(&fleet).await, BTreeSet::new());
}

/// A clock that is later by a step each time it is asked.
#[derive(Debug)]
struct Ticking {
    now_ms: AtomicI64,
    step_ms: i64,
}

impl Ticking {
    fn new(now_ms: i64, step_ms: i64) -> Self {
        Self { now_ms: AtomicI64::new(now_ms), step_ms }
    }
}

impl Clock for Ticking {
    fn now_ms(&self) -> i64 {
        self.now_ms.fetch_add(self.step_ms, Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_backlog_is_closed_oldest_first_as_far_as_time_allows() {
    let (fleet, days) = committed_days(60).await;
    let (buckets, lifecycle) = (fleet.buckets(), fleet.raw());
    let (mut runs, mut closed) = (0, Vec::new());
    while closed.len() < days.len() {
        // A third of these two minutes is for closing.
        let clock = Ticking::new(after_days(15) + runs * HOUR_MS, 1000);
        let until_ms = clock.now_ms() + 120_000;
        let outcome = run_with(&buckets, &lifecycle, &clock, Settings { until_ms, ..settings(500) }).await;
        let closing = outcome.unwrap().closing;
        assert!((15..45).contains(&closing.closed.len()) || closing.left == 0, "{closing:?}");
        assert_eq!(closing.left, days.len() - closed.len() - closing.closed.len());
        assert_eq!(closing.writes, 1);
        closed.extend(closing.closed);
        assert_eq!(closed, days[..closed.len()]);
        assert_eq!(at_risk(&fleet).await, BTreeSet::new());
        runs += 1;
    }
    assert!(runs > 1);
}

/// Days that do not close keep no others from it, though each run begins with them.
#[tokio::test]
async fn days_that_do_not_close_hold_no_others_back() {
    let (fleet, days) = committed_days(12).await;
    for bad in &days[..8] {
        let _mend = damage(&fleet, *bad);
    }
    let (buckets, lifecycle) = (fleet.buckets(), fleet.raw());
    let mut closed = BTreeSet::new();
    for hour in 0..3 {
        let clock = Ticking::new(after_days(15) + hour * HOUR_MS, 1000);
        let until_ms = clock.now_ms() + 30_000;
        let outcome = run_with(&buckets, &lifecycle, &clock, Settings { until_ms, ..settings(500) }).await;
        let closing = outcome.unwrap().closing;
        assert!(hour > 0 || (closing.left > 0 && !closing.closed.is_empty()), "{closing:?}");
        closed.extend(closing.closed);
    }
    assert_eq!(closed, days[8..].iter().copied().collect());
}

/// The folder plays S3's part: what is closed goes when its time has come, and nothing else.
#[tokio::test]
async fn in_a_folder_closed_days_expire() {
    let (fleet, days) = committed_days(2).await;
    let _mend = damage(&fleet, days[0]);
    let (raw, now_ms) = (fleet.raw(), after_days(31));
    fleet.put(day().back(40), &batch("web-9", 1, 0..1)).await;
    fleet.mark_late(CLOSED_MS, day()).await;
    let objects = fleet.buckets().raw.list_all("").await.unwrap();
    for found in &objects {
        let put_at = SystemTime::UNIX_EPOCH + Duration::from_millis((DAY_MS + 3 * HOUR_MS) as u64);
        let file = std::fs::File::options().write(true).open(raw.path(&found.key)).unwrap();
        file.set_modified(put_at).unwrap();
    }
    // The first run commits the oldest day, the second closes it.
    for hour in [0, 1] {
        run(&fleet, after_days(15) + hour * HOUR_MS).await;
    }
    assert_eq!(act(&raw, &raw, after_days(30)).await.unwrap(), 0, "30 days and until the next midnight");
    let expired = act(&raw, &raw, now_ms).await.unwrap();
    let left: Vec<String> =
        fleet.buckets().raw.list_all("").await.unwrap().into_iter().map(|it| it.key).collect();
    assert_eq!(expired, 3, "the closed days' two objects and the marker; left are {left:?}");
    assert_eq!((left.len(), left[0].starts_with(&prefix::raw_all(days[0]))), (1, true));
    assert_eq!(identities_of(&fleet, day()), 1, "the lake has it");
    assert_eq!(verify(&fleet.buckets(), day()).await.unwrap().findings, []);
}

fn identities_of(fleet: &Fleet, of: Day) -> usize {
    let within = format!("/dt={of}/");
    files(fleet, TableName::Hosts).iter().filter(|file| file.to_str().unwrap().contains(&within)).count()
}
