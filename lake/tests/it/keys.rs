//! A key has one spelling, and it says what it names.

use lake::{CommitId, Day, Digest, Hour, Key, Month, QuarantinePart, RawKey, TableName, prefix};

fn commit() -> CommitId {
    "2026-11-20.3".parse().unwrap()
}

fn raw(earlier: &[&str]) -> Key {
    Key::Raw(RawKey {
        day: "2026-11-20".parse().unwrap(),
        host: "i-0123456789abcdef0".parse().unwrap(),
        stream: "00c0ffee00c0ffee".parse().unwrap(),
        first_seq: 4711,
        count: 15,
        digest: Digest::of(b"a sealed body"),
        earlier: earlier.iter().map(|day| day.parse().unwrap()).collect(),
    })
}

#[test]
fn each_kind_is_spelled_so_and_read_back() {
    let raw_name = "raw/dt=2026-11-20/host=i-0123456789abcdef0/00c0ffee00c0ffee-0000004711-15-";
    let digest = Digest::of(b"a sealed body").to_string();
    for (key, spelling) in [
        (raw(&[]), format!("{raw_name}{digest}.json.zst")),
        (raw(&["2026-11-01", "2026-11-15"]), format!("{raw_name}{digest}-20261101-20261115.json.zst")),
        (Key::Late("2026-11-21T04".parse().unwrap(), commit().day), "late/2026-11-21T04/2026-11-20".into()),
        (Key::Plan(commit()), "commits/dt=2026-11-20/3/plan.json".into()),
        (Key::ShardKeys(commit(), 7), "commits/dt=2026-11-20/3/00007.keys.json".into()),
        (Key::Report(commit(), 7), "commits/dt=2026-11-20/3/00007.report.json".into()),
        (Key::Cost(commit(), 7), "commits/dt=2026-11-20/3/00007.cost.json".into()),
        (Key::Accepted(commit()), "commits/dt=2026-11-20/3/accepted.json".into()),
        (Key::Record(commit()), "commits/dt=2026-11-20/3/record.json".into()),
        (
            Key::Table(TableName::ProcessRuns, commit(), 7),
            "lake/process_runs/dt=2026-11-20/2026-11-20.3-00007.parquet".into(),
        ),
        (Key::Manifest(commit()), "manifests/dt=2026-11-20/3.json".into()),
        (Key::Month(commit().day.month(), 0), "manifests/months/2026-11.0.json".into()),
        (
            Key::Quarantine(commit(), 7, 12, QuarantinePart::Bytes),
            "quarantine/dt=2026-11-20/3/00007-000012.bin".into(),
        ),
    ] {
        assert_eq!(key.to_string(), spelling);
        assert_eq!(spelling.parse::<Key>().unwrap(), key);
    }
}

#[test]
fn what_is_not_spelled_exactly_is_no_key() {
    let good = raw(&[]).to_string();
    for bad in [
        good.replace(".json.zst", ".json.gz"),
        good.replace("-15-", "-16-"),
        good.replace("-15-", "-00-"),
        good.replace("0000004711", "4711"),
        good.replace("2026-11-20", "2026-11-31"),
        good.replace("host=i-", "host=.."),
        good.replace("00c0ffee00c0ffee", "00C0FFEE00C0FFEE"),
        format!("{good}x"),
        "lake/processes/dt=2026-11-21/2026-11-20.0-00000.parquet".into(),
        "lake/nothing/dt=2026-11-20/2026-11-20.0-00000.parquet".into(),
        "manifests/dt=2026-11-20/00.json".into(),
        "manifests/months/2026-13.0.json".into(),
        "manifests/months/2026-11.00.json".into(),
        "manifests/months/2026-11.json".into(),
        "commits/dt=2026-11-20/3/7.cost.json".into(),
        "late/2026-11-20T24/2026-11-20".into(),
        "".into(),
    ] {
        assert!(bad.parse::<Key>().is_err(), "{bad}");
    }
}

#[test]
fn raw_keys_list_in_the_order_of_their_sequence() {
    let at = |first_seq| match raw(&[]) {
        Key::Raw(key) => Key::Raw(RawKey { first_seq, ..key }).to_string(),
        _ => unreachable!(),
    };
    let listed: Vec<String> = [0, 9, 10, 99, 100, 9_999_999_999].map(at).into();
    let mut sorted = listed.clone();
    sorted.sort();
    assert_eq!(listed, sorted);
}

#[test]
fn days_and_hours_know_their_bounds() {
    let day: Day = "2026-12-31".parse().unwrap();
    assert_eq!(day.next().to_string(), "2027-01-01");
    assert_eq!(day.back(31).to_string(), "2026-11-30");
    assert_eq!(Day::of_ms(day.start_ms()), day);
    assert_eq!(Day::of_ms(day.end_ms() - 1), day);
    assert_eq!(Day::of_ms(day.end_ms()), day.next());
    assert_eq!(Hour::of_ms(day.end_ms() - 1).to_string(), "2026-12-31T23");
    assert_eq!(Hour::of_ms(day.end_ms() - 1).end_ms(), day.end_ms());
    for bad in ["2026-02-29", "2026-1-01", "1979-12-31", "20261231", "", "2026-12-31 "] {
        assert!(bad.parse::<Day>().is_err(), "{bad}");
    }
}

#[test]
fn months_know_their_days() {
    let month: Month = "2026-11".parse().unwrap();
    assert_eq!(month.first_day().to_string(), "2026-11-01");
    assert_eq!(month.next().next().to_string(), "2027-01");
    let lengths = ["2026-11", "2026-12", "2027-02", "2028-02"].map(|month| {
        let month: Month = month.parse().unwrap();
        month.days().count()
    });
    assert_eq!(lengths, [30, 31, 28, 29]);
    assert_eq!(month.days().last().unwrap().next().month(), month.next());
    let below = prefix::manifests_of_month(month);
    for day in month.days() {
        assert!(Key::Manifest(CommitId { day, number: 3 }).to_string().starts_with(&below));
    }
    for bad in ["2026-13", "2026-1", "202611", "", "2026-11-01"] {
        assert!(bad.parse::<Month>().is_err(), "{bad}");
    }
}
