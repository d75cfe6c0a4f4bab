//! What a newer program decided, or another one reported, is not followed blindly: it is refused with words.

use lake::{CommitId, Key};
use serde_json::{Value, json};

use crate::fleet::{CLOSED_MS, Fleet, HOUR_MS, batch, day};

fn commit(number: u32) -> CommitId {
    CommitId { day: day(), number }
}

/// Changes what was decided.
fn edit(fleet: &Fleet, key: &Key, change: impl Fn(&mut Value)) {
    let path = fleet.lake().path(&key.to_string());
    let mut record: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut record);
    std::fs::write(path, record.to_string()).unwrap();
}

async fn planned() -> Fleet {
    let fleet = Fleet::new();
    fleet.put(day(), &batch("web-1", 1, 0..3)).await;
    fleet.put(day().back(1), &batch("web-1", 1, 3..6)).await;
    compactor::plan(&fleet.buckets(), commit(0), 500, CLOSED_MS).await.unwrap();
    fleet
}

#[tokio::test]
async fn a_plan_of_a_newer_version_is_refused_and_other_days_go_on() {
    let fleet = planned().await;
    edit(&fleet, &Key::Plan(commit(0)), |plan| *plan = json!({"version": 2, "unheard": "of"}));
    let outcome = fleet.compact(CLOSED_MS).await;
    assert_eq!(outcome.committed.len(), 1);
    let said =
        "commits/dt=2026-11-20/0/plan.json is of version 2, this program reads up to 1: use a newer one";
    assert_eq!(outcome.failed, [(commit(0), said.to_owned())]);
}

#[tokio::test]
async fn a_manifest_of_a_newer_version_is_refused_and_other_days_go_on() {
    let fleet = planned().await;
    fleet.compact_well(CLOSED_MS).await;
    edit(&fleet, &Key::Manifest(commit(0)), |manifest| manifest["version"] = 2.into());
    let said = "manifests/dt=2026-11-20/0.json is of version 2, this program reads up to 1: use a newer one";
    assert_eq!(compactor::verify(&fleet.buckets(), day()).await.unwrap_err().to_string(), said);
    assert_eq!(fleet.compact_day(CLOSED_MS).await.unwrap_err().to_string(), said);

    // Something is late for both days: the other one is committed.
    for late in [day(), day().back(1)] {
        fleet.put(late, &batch("web-1", 2, 0..2)).await;
        fleet.mark_late(CLOSED_MS, late).await;
    }
    let outcome = fleet.compact(CLOSED_MS + 2 * HOUR_MS).await;
    let committed: Vec<_> = outcome.committed.iter().map(|it| it.commit_id.to_string()).collect();
    assert_eq!(committed, ["2026-11-19.1"]);
    assert_eq!(outcome.failed, [(commit(1), said.to_owned())]);
}

/// Another program reported what this one does not make of the same keys, and died before its files were there.
#[tokio::test]
async fn a_report_that_cannot_be_followed_stops_loudly() {
    type Change = fn(&mut Value);
    let changes: [Change; 3] = [
        |report| report["digest"] = json!("0123456789abcdef0123456789abcdef"),
        |report| report["outputs"]["hosts"]["rows"] = 4.into(),
        |report| report["quarantined"] = json!([]),
    ];
    for change in changes {
        let fleet = planned().await;
        fleet.put_bytes(&crate::overlaps::key_of(5..8), b"damaged").await;
        let plan = compactor::plan(&fleet.buckets(), commit(0), 500, CLOSED_MS).await.unwrap();
        compactor::shard(&fleet.buckets(), &plan, 0, &()).await.unwrap();
        std::fs::remove_dir_all(fleet.folder.path().join("lake/lake")).unwrap();
        edit(&fleet, &Key::Report(commit(0), 0), |report| {
            report["program"] = "endpoint-metrics 9.9.9".into();
            change(report);
        });
        let before = fleet.files();
        let error = format!("{:#}", compactor::shard(&fleet.buckets(), &plan, 0, &()).await.unwrap_err());
        assert!(
            error.starts_with("shard 0 of 2026-11-20.0 was reported by 'endpoint-metrics 9.9.9'"),
            "{error}"
        );
        assert!(error.ends_with("finish this commit with the program that began it"), "{error}");
        assert!(fleet.files() == before);
    }
}

/// A raw object that a list names and that somebody removed: nothing is made up, and nothing is committed without it.
#[tokio::test]
async fn a_listed_object_that_is_gone_fails_its_shard() {
    let fleet = planned().await;
    let plan = compactor::plan(&fleet.buckets(), commit(0), 500, CLOSED_MS).await.unwrap();
    compactor::shard(&fleet.buckets(), &plan, 0, &()).await.unwrap();
    std::fs::remove_dir_all(fleet.folder.path().join("lake/lake")).unwrap();
    std::fs::remove_dir_all(fleet.folder.path().join("raw/raw/dt=2026-11-20")).unwrap();
    let outcome = fleet.compact(CLOSED_MS).await;
    assert_eq!(outcome.failed.len(), 1);
    assert!(outcome.failed[0].1.contains("raw/dt=2026-11-20/host=web-1/"), "{}", outcome.failed[0].1);
}

/// Whatever was decided by a newer program: its list of keys, its report.
#[tokio::test]
async fn a_list_or_report_of_a_newer_version_is_refused_and_other_days_go_on() {
    for key in [Key::ShardKeys(commit(0), 0), Key::Report(commit(0), 0)] {
        let fleet = planned().await;
        let plan = compactor::plan(&fleet.buckets(), commit(0), 500, CLOSED_MS).await.unwrap();
        compactor::shard(&fleet.buckets(), &plan, 0, &()).await.unwrap();
        edit(&fleet, &key, |record| record["version"] = 2.into());
        let outcome = fleet.compact(CLOSED_MS).await;
        assert_eq!(outcome.committed.len(), 1, "{key}");
        let said = format!("{key} is of version 2, this program reads up to 1: use a newer one");
        assert_eq!(outcome.failed, [(commit(0), said)]);
    }
}

/// A table that this program has never heard of.
#[tokio::test]
async fn a_report_with_an_unknown_table_is_refused() {
    let fleet = planned().await;
    let plan = compactor::plan(&fleet.buckets(), commit(0), 500, CLOSED_MS).await.unwrap();
    compactor::shard(&fleet.buckets(), &plan, 0, &()).await.unwrap();
    edit(&fleet, &Key::Report(commit(0), 0), |report| {
        report["outputs"]["gpus"] = json!({"rows": 1, "bytes": 1});
    });
    let outcome = fleet.compact(CLOSED_MS).await;
    let (_, said) = &outcome.failed[0];
    assert!(said.contains("cannot read commits/dt=2026-11-20/0/00000.report.json"), "{said}");
    assert!(said.contains("table 'gpus'"), "{said}");
}
