//! Streams of one host: they come in the order of their random names, and time goes its own way.

use lake::TableName;
use serde_json::{Value, json};

use crate::fleet::{CLOSED_MS, DAY_MS, Fleet, HOUR_MS, day, line, process};
use crate::rows::{columns, scan};

const RUN: [&str; 4] = ["boot_id", "pid", "samples", "cpu_ms"];

/// Numbers of one stream; `change` knows the number.
fn lines(stream: u64, numbers: std::ops::Range<i64>, change: impl Fn(i64, &mut Value)) -> Vec<Value> {
    let line = |seq| {
        let mut line = line("i-0abc", stream, seq);
        change(seq, &mut line);
        line
    };
    numbers.map(line).collect()
}

fn first_of_its_agent(line: &mut Value) {
    line.as_object_mut().unwrap().remove("interval_ms");
}

/// Before the reboot stream `f…` ran, after it stream `0…`, which is listed first.
#[tokio::test]
async fn a_reboot_does_not_make_old_processes_new() {
    let fleet = Fleet::new();
    let before = lines(0xffff_0000_0000_0000, 0..3, |_, _| {});
    let after = lines(0x0000_0000_0000_0001, 10..13, |seq, line| {
        line["boot_id"] = json!("after");
        line["running_processes"] = json!([process(1, DAY_MS + 9 * 60_000, "/sbin/init", 7 * (seq - 9))]);
        if seq == 10 {
            first_of_its_agent(line);
        }
    });
    fleet.put(day(), &before).await;
    fleet.put(day(), &after).await;
    fleet.compact_well(CLOSED_MS).await;

    let mut runs = columns(&scan(&fleet, TableName::ProcessRuns), &RUN);
    runs.sort();
    let old = crate::fleet::BOOT;
    assert_eq!(runs, [format!("{old}|1|3|2"), format!("{old}|900|3|20"), "after|1|3|21".to_owned()]);
    let programs = columns(&scan(&fleet, TableName::Programs), &["exe", "runs"]);
    assert_eq!(programs, ["/sbin/init|1", "/usr/lib/systemd/systemd|0", "/usr/sbin/nginx|0"]);
}

/// A spool wiped in the midst of a boot: whichever stream is listed first, the sums are those of one stream.
#[tokio::test]
async fn a_wiped_spool_counts_nothing_twice() {
    for (first, second) in [(0x1, 0x2), (0x2, 0x1)] {
        let fleet = Fleet::new();
        let new = |seq: i64| process(42, DAY_MS + 30_000, "/usr/bin/job", 5 * seq);
        let add = |seq: i64, line: &mut Value| {
            line["running_processes"].as_array_mut().unwrap().push(new(seq));
            if seq == 4 {
                first_of_its_agent(line);
            }
        };
        fleet.put(day(), &lines(first, 1..4, add)).await;
        fleet.put(day(), &lines(second, 4..8, add)).await;
        fleet.compact_well(CLOSED_MS).await;

        let runs = columns(&scan(&fleet, TableName::ProcessRuns), &["pid", "samples", "cpu_ms"]);
        assert_eq!(runs, ["1|7|6", "42|7|35", "900|7|60"], "streams {first} and {second}");
        let programs = columns(&scan(&fleet, TableName::Programs), &["exe", "runs", "samples"]);
        assert_eq!(programs, ["/usr/bin/job|1|7", "/usr/lib/systemd/systemd|0|7", "/usr/sbin/nginx|0|7"]);
    }
}

#[tokio::test]
async fn coverage_says_what_was_not_seen_and_how_it_ended() {
    let fleet = Fleet::new();
    fleet.put(day(), &lines(1, 0..3, |_, _| {})).await;
    // 3 and 4 are missing; at 7 another agent begins without the first having said good-bye.
    let restarted = lines(1, 5..10, |seq, line| {
        if seq >= 7 {
            line["agent_started_at_ms"] = json!(DAY_MS + HOUR_MS);
        }
        if seq == 9 {
            line["agent_stopping"] = json!(true);
        }
    });
    fleet.put(day(), &restarted).await;
    fleet.compact_well(CLOSED_MS).await;
    let names = ["stream", "first_seq", "last_seq", "samples", "ended_by", "first_ts"];
    assert_eq!(
        columns(&scan(&fleet, TableName::Coverage), &names),
        [
            "0000000000000001|0|2|3|running|2026-11-20T00:00:07.123Z",
            "0000000000000001|5|6|2|crashed|2026-11-20T00:05:07.123Z",
            "0000000000000001|7|9|3|stopped|2026-11-20T00:07:07.123Z",
        ]
    );
}

/// A host crashes, boots, and its agent begins a new stream, whose random name says nothing of time. A gap in one agent's
/// numbers is no crash, and neither is a clone that began while it ran.
#[tokio::test]
async fn coverage_tells_a_crash_though_the_next_boot_has_another_stream() {
    for (first, second) in [(0x1, 0x2), (0x2, 0x1)] {
        let fleet = Fleet::new();
        fleet.put(day(), &lines(first, 0..3, |_, _| {})).await;
        // A gap, and then the last that was heard of it.
        fleet.put(day(), &lines(first, 5..7, |_, _| {})).await;
        let after = |_: i64, line: &mut Value| {
            line["boot_id"] = json!("after");
            line["agent_started_at_ms"] = json!(DAY_MS + 9 * 60_000);
        };
        fleet.put(day(), &lines(second, 10..12, after)).await;
        fleet.compact_well(CLOSED_MS).await;
        let mut found = columns(&scan(&fleet, TableName::Coverage), &["first_seq", "last_seq", "ended_by"]);
        found.sort();
        assert_eq!(found, ["0|2|running", "10|11|running", "5|6|crashed"], "streams {first} and {second}");
    }

    let fleet = Fleet::new();
    fleet.put(day(), &lines(1, 0..9, |_, _| {})).await;
    fleet.put(day(), &lines(2, 3..6, |_, line| line["agent_started_at_ms"] = json!(DAY_MS + 1))).await;
    fleet.compact_well(CLOSED_MS).await;
    let found = columns(&scan(&fleet, TableName::Coverage), &["first_seq", "ended_by"]);
    assert_eq!(found, ["0|running", "3|running"]);
}
