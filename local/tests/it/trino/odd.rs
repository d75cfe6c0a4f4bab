//! What a day can hold that a simulated fleet does not: the SQL over raw must make of it what the compactor does.

use lake::{Day, Digest, Key, RawKey, SetClock, Store, TableName};
use serde_json::{Value, json};

use super::servers::Servers;
use super::views::rows;
use crate::stopping::commit_the_day;

const MINUTE_MS: i64 = 60_000;
/// 2026-11-20 00:00 UTC.
const DAY_MS: i64 = 1_795_132_800_000;

/// One sample of the host, so many minutes into the day.
fn sample(stream: u64, seq: i64, minute: i64, members: Value) -> Value {
    let mut line = json!({
        "version": 1, "host_id": "i-0a", "host_name": "odd", "stream": format!("{stream:016x}"), "seq": seq,
        "boot_id": "boot-1", "observed_at_ms": DAY_MS + minute * MINUTE_MS, "interval_ms": MINUTE_MS,
        "agent_started_at_ms": DAY_MS - 5000,
    });
    line.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    line
}

fn process(pid: i64, started_minute: Option<i64>, exe: &str, uid: i64, cpu_ms: Option<i64>) -> Value {
    let mut process =
        json!({"pid": pid, "name": exe.rsplit('/').next(), "exe": exe, "uid": uid, "euid": uid});
    if let Some(minute) = started_minute {
        process["start_time_ms"] = (DAY_MS + minute * MINUTE_MS - 500).into();
    }
    if let Some(cpu_ms) = cpu_ms {
        process["cpu_ms"] = cpu_ms.into();
        process["rss_bytes"] = (cpu_ms % 1000).into();
    }
    process["cmdline"] = format!("{exe} --cpu {cpu_ms:?}").into();
    process
}

fn socket(local_port: i64, remote: Option<i64>, direction: &str, pid: i64, sent: Option<i64>) -> Value {
    let mut socket = json!({"protocol": "tcp", "direction": direction, "local_address": "10.0.0.1", "local_port": local_port, "pid": pid});
    if let Some(port) = remote {
        socket["remote_address"] = "203.0.113.9".into();
        socket["remote_port"] = port.into();
    }
    if let Some(sent) = sent {
        socket["sent_bytes"] = sent.into();
    }
    socket
}

fn day() -> Vec<Vec<Value>> {
    let old = |cpu| process(10, Some(-600), "/usr/bin/old", 0, cpu);
    let s = |ports: &[(i64, i64)]| -> Vec<Value> {
        ports.iter().map(|(port, sent)| socket(*port, Some(443), "out", 10, Some(*sent))).collect()
    };
    // This stream's name comes after the next one's, and it came before it.
    let first = 0xbb;
    let mut early = vec![
        sample(
            first,
            0,
            1,
            json!({
                "running_processes": [old(Some(1000)), process(11, Some(1), "/bin/new", 1000, Some(7)), process(12, None, "/bin/unknown", 5, None)],
                "sockets": s(&[(50_001, 100), (50_002, 900)]),
                "users": [{"user": "ann", "started": "2026-11-19 23:50:00", "terminal": null}, {"user": "bob", "started": 1_795_132_000.123}],
            }),
        ),
        // A counter that is not known in between, one that falls, an exec, a user id that turns 0, each back again.
        sample(
            first,
            1,
            2,
            json!({"running_processes": [old(None), process(11, Some(1), "/bin/other", 1000, Some(20))], "sockets": s(&[(50_001, 150)])}),
        ),
        sample(
            first,
            2,
            3,
            json!({"running_processes": [old(Some(1500)), process(11, Some(1), "/bin/new", 1000, Some(25))], "sockets": s(&[(50_001, 40), (50_002, 1000)])}),
        ),
        // Nothing could be listed.
        sample(first, 3, 4, json!({"running_processes": [], "unreadable": "sample_hangs=1"})),
        sample(
            first,
            4,
            5,
            json!({
                "running_processes": [old(Some(1400)), process(11, Some(1), "/bin/new", 0, Some(31)), process(13, Some(5), "/bin/late", 0, Some(3))],
                "sockets": [socket(22, None, "listen", 13, None), socket(22, Some(40_000), "in", 13, Some(5)), socket(22, Some(40_001), "in", 13, Some(6))],
            }),
        ),
        // A hole, and an agent that was started anew without having been stopped.
        sample(
            first,
            7,
            8,
            json!({"agent_started_at_ms": DAY_MS + 7 * MINUTE_MS, "dropped_snapshots": 2, "running_processes": [old(Some(1600))]}),
        ),
        sample(first, 8, 9, json!({"agent_started_at_ms": DAY_MS + 7 * MINUTE_MS, "agent_stopping": true})),
    ];
    early[1]["running_processes"][1]["exe_deleted"] = true.into();
    early[2]["running_processes"][1]["exe_sha256"] = "ab".repeat(32).into();
    // A spool that was wiped: another stream of the same boot.
    let second = 0xaa;
    let late = vec![
        sample(
            second,
            0,
            20,
            json!({
                "follows": {"stream": "00000000000000bb", "seq": 8}, "agent_started_at_ms": DAY_MS + 19 * MINUTE_MS,
                "running_processes": [old(Some(2000)), process(11, Some(1), "/bin/new", 0, Some(60)), process(14, Some(20), "/bin/fresh", 0, Some(9)), process(15, Some(12), "/bin/between", 0, Some(9))],
                "sockets": s(&[(50_001, 70)]),
            }),
        ),
        sample(
            second,
            1,
            21,
            json!({"agent_started_at_ms": DAY_MS + 19 * MINUTE_MS, "running_processes": [old(Some(i64::MAX - 5))], "sockets": s(&[(50_001, 75)])}),
        ),
        // A reboot, of which the stream took no notice.
        sample(
            second,
            2,
            30,
            json!({"boot_id": "boot-2", "agent_started_at_ms": DAY_MS + 29 * MINUTE_MS, "running_processes": [process(10, Some(29), "/usr/bin/old", 0, Some(4))]}),
        ),
    ];
    // Who can post may send any counters: their sum is past what a bigint holds.
    let hostile = |seq: i64, cpu: i64| {
        let mut line = sample(
            1,
            seq,
            40 + seq,
            json!({"running_processes": [process(1, Some(40), "/bin/h", 0, Some(cpu))]}),
        );
        line["host_id"] = "i-0b".into();
        line
    };
    vec![
        early,
        late,
        vec![hostile(0, i64::MAX), hostile(1, 0), hostile(2, i64::MAX), hostile(3, 0), hostile(4, i64::MAX)],
    ]
}

async fn put(raw: &dyn Store, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let text_of = |member: &str| lines[0][member].as_str().unwrap().to_owned();
    let (first, last) = (lines[0]["seq"].as_i64().unwrap(), lines[lines.len() - 1]["seq"].as_i64().unwrap());
    let key = RawKey {
        day: Day::of_ms(DAY_MS),
        host: text_of("host_id").parse().unwrap(),
        stream: text_of("stream").parse().unwrap(),
        first_seq: first,
        count: (last - first + 1) as usize,
        digest: Digest::of(text.as_bytes()),
        earlier: Vec::new(),
    };
    let object = zstd::encode_all(text.as_bytes(), 3).unwrap();
    raw.put_if_absent(&Key::Raw(key).to_string(), object.into()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Trino, a Glue catalogue and an S3 server: .ci/trino starts them and runs this"]
async fn on_trino_what_is_odd_in_a_day_is_the_same_before_and_after_its_commit() {
    let servers = Servers::new("odd", "2026-11-20").await;
    servers.make_tables().await;
    for batch in day() {
        put(servers.buckets.raw.as_ref(), &batch).await;
    }
    let mut before = Vec::new();
    for table in TableName::ALL {
        before.push(rows(&servers, table.as_str(), table).await);
    }
    let manifest =
        commit_the_day(&servers.buckets, &SetClock::new(DAY_MS + 25 * 60 * MINUTE_MS)).await.unwrap();
    assert_eq!(manifest.map(|it| (it.snapshots, it.quarantined)), Some((15, 0)), "everything is taken");
    for (table, before) in TableName::ALL.into_iter().zip(before) {
        let after = rows(&servers, table.as_str(), table).await;
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before, after, "{table} before and after");
        }
        assert_eq!(before.len(), after.len(), "{table}");
    }
}
