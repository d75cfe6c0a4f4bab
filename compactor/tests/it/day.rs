//! A day of a host on which everything happens, to the value: the golden file holds every row of every table.

use std::fmt::Write;

use lake::TableName;
use serde_json::{Value, json};

use crate::fleet::{CLOSED_MS, DAY, DAY_MS, Fleet, HOUR_MS, MINUTE_MS, batch, day, line, process};
use crate::rows::{columns, scan};
use crate::schemas::golden;

/// A line in which every member of the contract has a value.
pub(crate) fn full_line(seq: i64) -> Value {
    let mut line = line("i-0abc", 0xaa, seq);
    let more = json!({
        "os_name": "Amazon Linux", "os_version": "2023", "kernel": "6.1.0", "architecture": "x86_64",
        "processor": "AMD EPYC", "cpu_count": 4, "ip": "10.0.0.7", "addresses": ["10.0.0.7", "fe80::1"],
        "public_ip": "198.51.100.4", "account_id": "123456789012", "region": "eu-central-1",
        "availability_zone": "eu-central-1a", "instance_type": "m7i.large", "ami_id": "ami-1",
        "iam_profile": "web", "agent_version": "0.1.0", "collect_off": "sockets", "unreadable": "exe:EACCES=3",
        "uptime_s": 36_000, "cpu_user_ms": 1, "cpu_system_ms": 2, "cpu_iowait_ms": 3, "cpu_steal_ms": 4,
        "cpu_idle_ms": 5, "load1": 0.25, "psi_cpu_some_ms": 6, "psi_io_full_ms": 7, "psi_memory_full_ms": 8,
        "memory_total_bytes": 8_000_000_000_i64, "memory_available_bytes": 9, "swap_total_bytes": 10,
        "swap_used_bytes": 11, "threads_unlisted": 12, "forks": 13, "kernel_tainted": 4096,
        "agent_cpu_ms": 14, "agent_rss_bytes": 15, "spool_snapshots": 16, "dropped_snapshots": 17,
        "disks": [{"mount_point": "/", "device": "/dev/nvme0n1p1", "fs_type": "xfs", "read_only": false,
            "total_bytes": 1, "free_bytes": 2, "available_bytes": 3, "inodes_total": 4, "inodes_free": 5,
            "read_bytes": 6, "write_bytes": 7, "io_ms": 8}],
        "networks": [{"interface": "ens5", "mac": "02:00:00:00:00:01", "addresses": ["10.0.0.7"],
            "received_bytes": 1, "received_packets": 2, "received_errors": 3, "received_drops": 4,
            "sent_bytes": 5, "sent_packets": 6, "sent_errors": 7, "sent_drops": 8}],
        "users": [{"user": "ada", "terminal": "pts/0", "host": "192.0.2.1", "started": 1_795_132_800.5,
            "pid": 4_000, "uid": 1000, "session_id": "7", "service": "sshd", "class": "user", "source": "logind"}],
        "sockets": [
            {"protocol": "tcp", "state": "LISTEN", "direction": "listen", "local_address": "0.0.0.0",
                "local_port": 443, "pid": 900, "user_name": "root"},
            {"protocol": "tcp", "state": "ESTABLISHED", "direction": "in", "local_address": "10.0.0.7",
                "local_port": 443, "remote_address": "192.0.2.9", "remote_port": 50_000 + seq, "pid": 900,
                "user_name": "root", "container_id": "c1", "sent_bytes": 100, "received_bytes": 10},
            {"protocol": "tcp", "state": "ESTABLISHED", "direction": "out", "local_address": "10.0.0.7",
                "local_port": 40_000, "remote_address": "192.0.2.8", "remote_port": 5432, "pid": 900,
                "user_name": "root", "sent_bytes": 1_000 * (seq + 1), "received_bytes": 7 * (seq + 1)}],
        "inventory": [{"kind": "user", "name": "ada", "value": "1000", "sha256": "ab", "mode": "0644",
            "uid": 1000, "modified_at_ms": DAY_MS - 1, "change": "present"}],
    });
    for (name, value) in more.as_object().unwrap() {
        line[name] = value.clone();
    }
    line
}

/// Everything that is known of a process.
fn full_process(seq: i64) -> Value {
    json!({
        "pid": 4_000, "name": "bash", "ppid": 900, "start_time_ms": DAY_MS + 30_000, "exe": "/usr/bin/bash",
        "exe_deleted": seq == 1, "exe_memfd": false, "exe_sha256": "cd", "exe_mode": "0755", "exe_uid": 0,
        "exe_size_bytes": 1_234, "exe_mtime_ms": DAY_MS - 5_000, "exe_ctime_ms": DAY_MS - 4_000,
        "cmdline": "-bash", "cwd": "/home/ada", "user_name": "ada", "uid": 1000, "euid": 1000, "gid": 1000,
        "loginuid": 1000, "session_id": "7", "tty": "pts/0", "unit": "session-7.scope", "container_id": "c1",
        "host_namespaces": "mnt net pid user", "capabilities": "", "parent_start_time_ms": DAY_MS - 2 * HOUR_MS,
        "parent_name": "sshd", "parent_exe": "/usr/sbin/sshd", "ancestry": "sshd<systemd", "nice": -5,
        "threads": 1, "state": "S", "cpu_ms": 40 + seq, "read_bytes": 50 + 2 * seq, "write_bytes": 60,
        "child_faults": 70 + 3 * seq, "rss_bytes": 8_000 - seq, "virtual_bytes": 90_000,
    })
}

/// That host, committed: two full snapshots, then two in which little is known and a shell turns into something else.
pub(crate) async fn full_day() -> Fleet {
    let fleet = Fleet::new();
    let mut lines = vec![full_line(0), full_line(1), line("i-0abc", 0xaa, 2), line("i-0abc", 0xaa, 3)];
    for (line, seq) in lines.iter_mut().zip(0..) {
        let mut processes = line["running_processes"].as_array().unwrap().clone();
        let mut shell = full_process(seq);
        match seq {
            2 => shell["exe"] = json!("/tmp/.x/miner"),
            3 => {
                shell["exe"] = json!("/tmp/.x/miner");
                shell["euid"] = json!(0);
                shell["user_name"] = json!("root");
            }
            _ => {}
        }
        processes.push(shell);
        line["running_processes"] = Value::Array(processes);
    }
    fleet.put(day(), &lines).await;
    fleet.compact_well(CLOSED_MS).await;
    fleet
}

#[tokio::test]
async fn every_row_of_every_table_is_that_of_its_golden_file() {
    let fleet = full_day().await;
    let mut text = String::new();
    for table in TableName::ALL {
        let declared = compactor::Table::of(table).columns;
        for row in scan(&fleet, table) {
            writeln!(text, "{table}").unwrap();
            assert_eq!(row.len(), declared.len());
            for column in declared {
                writeln!(text, "  {} = {}", column.name, row[column.name]).unwrap();
            }
        }
    }
    golden("rows.txt", &text);
}

#[tokio::test]
async fn a_run_counts_what_is_its_own_and_begins_anew_with_image_and_credentials() {
    let fleet = full_day().await;
    let runs = columns(
        &scan(&fleet, TableName::ProcessRuns),
        &["pid", "exe", "euid", "samples", "cpu_ms", "child_faults", "exe_deleted"],
    );
    assert_eq!(
        runs,
        [
            // Started the day before: from its first sample on.
            "1|/usr/lib/systemd/systemd|0|4|3|NULL|NULL",
            "900|/usr/sbin/nginx|0|4|30|NULL|NULL",
            // Started this day: from zero. Each row has its own increment, so that their sum is what was used.
            "4000|/usr/bin/bash|1000|2|41|73|true",
            "4000|/tmp/.x/miner|1000|1|1|3|false",
            "4000|/tmp/.x/miner|0|1|1|3|false",
        ]
    );
    let programs = columns(&scan(&fleet, TableName::Programs), &["exe", "user_name", "runs", "samples"]);
    assert_eq!(
        programs,
        [
            "/tmp/.x/miner|ada|0|1",
            "/tmp/.x/miner|root|0|1",
            "/usr/bin/bash|ada|1|2",
            "/usr/lib/systemd/systemd|root|0|4",
            "/usr/sbin/nginx|root|0|4",
        ]
    );
}

#[tokio::test]
async fn an_open_connection_counts_from_the_first_sample_and_a_new_one_from_zero() {
    let fleet = full_day().await;
    let flows = columns(
        &scan(&fleet, TableName::SocketRuns),
        &["direction", "remote_address", "remote_port", "samples", "sent_bytes", "received_bytes"],
    );
    assert_eq!(
        flows,
        ["in|192.0.2.9|NULL|2|100|10", "listen|NULL|NULL|2|NULL|NULL", "out|192.0.2.8|5432|2|1000|7"]
    );
}

#[tokio::test]
async fn rows_lie_in_the_declared_order_and_name_their_commit() {
    let fleet = Fleet::new();
    for host in ["web-1", "web-2", "web-3"] {
        let mut lines = batch(host, 0xb, 0..10);
        for line in &mut lines {
            let started = DAY_MS + 2 * MINUTE_MS;
            line["running_processes"].as_array_mut().unwrap().insert(0, process(77, started, "/bin/a", 1));
            line["running_processes"].as_array_mut().unwrap().push(process(5, started, "/bin/b", 1));
        }
        fleet.put(day(), &lines).await;
    }
    let manifest = fleet.compact_well(CLOSED_MS).await.committed.remove(0);
    assert_eq!((manifest.snapshots, manifest.hosts, manifest.objects), (30, 3, 3));

    let processes = scan(&fleet, TableName::Processes);
    let order = |row: &crate::rows::Row| {
        (
            row["host_id"].clone(),
            row["pid"].parse::<i64>().unwrap(),
            row["start_time"].clone(),
            row["ts"].clone(),
        )
    };
    assert_eq!(processes.len(), 3 * 10 * 4);
    assert!(processes.is_sorted_by_key(order));
    let mut rows = 0;
    for table in TableName::ALL {
        let found = scan(&fleet, table);
        assert!(found.iter().all(|row| row["commit_id"] == format!("{DAY}.0")), "{table}");
        rows += found.len() as u64;
    }
    assert_eq!(manifest.rows, rows);
}
