//! A host with 150 processes, a minute after the other: most stays the same, counters move, now and then a process
//! comes. The same each time, so that two runs measure the same bytes.

use serde_json::{Map, Value, json};
use snapshot::Snapshot;

pub(crate) const PROCESSES: i64 = 150;
pub(crate) const DAY: &str = "2026-11-20";
/// 2026-11-20 12:00 UTC.
pub(crate) const NOON_MS: i64 = 1_795_176_000_000;
const BOOT_MS: i64 = NOON_MS - 40 * 86_400_000;

/// Name, executable, arguments, user, unit.
const PROGRAMS: [(&str, &str, &str, &str, &str); 6] = [
    ("nginx", "/usr/sbin/nginx", "nginx: worker process", "www-data", "nginx.service"),
    ("php-fpm8.2", "/usr/sbin/php-fpm8.2", "php-fpm: pool www", "www-data", "php8.2-fpm.service"),
    (
        "java",
        "/usr/lib/jvm/java-21/bin/java",
        "/usr/lib/jvm/java-21/bin/java -Xms512m -Xmx2g -XX:+UseG1GC -Dspring.profiles.active=prod -jar /srv/orders/orders-4.17.2.jar --server.port=8081",
        "orders",
        "orders.service",
    ),
    (
        "postgres",
        "/usr/lib/postgresql/16/bin/postgres",
        "postgres: 16/main: orders orders 10.16.0.39(52114) idle",
        "postgres",
        "postgresql@16-main.service",
    ),
    ("sshd", "/usr/sbin/sshd", "sshd: alice [priv]", "root", "ssh.service"),
    (
        "python3",
        "/usr/bin/python3.11",
        "/usr/bin/python3 -u /opt/worker/main.py --queue default --concurrency 4",
        "worker",
        "worker@3.service",
    ),
];

fn process(number: i64, minute: i64) -> Value {
    let (name, exe, cmdline, user, unit) = PROGRAMS[(number % 6) as usize];
    let started_ms = BOOT_MS + number * 977;
    json!({
        "pid": 400 + number * 7, "name": name, "ppid": 1, "start_time_ms": started_ms, "exe": exe,
        "cmdline": cmdline, "cwd": "/", "user_name": user, "uid": 33 + number % 6, "euid": 33 + number % 6,
        "gid": 33, "unit": unit, "host_namespaces": "mnt net pid user",
        "parent_start_time_ms": BOOT_MS, "parent_name": "systemd", "parent_exe": "/usr/lib/systemd/systemd",
        "ancestry": "systemd", "nice": 0, "threads": 1 + number % 40, "state": "S",
        "cpu_ms": 30_000 + minute * (number % 9) * 120, "read_bytes": 4_096 * number,
        "write_bytes": 8_192 * minute * (number % 5), "child_faults": 0,
        "rss_bytes": 18_000_000 + 4_096 * ((number * 31 + minute * 7) % 900), "virtual_bytes": 240_000_000 + number,
    })
}

fn members(minute: i64) -> Value {
    let socket = |n: i64| {
        json!({"protocol": "tcp", "state": "ESTABLISHED", "direction": "in", "local_address": "10.0.3.17",
               "local_port": 443, "remote_address": format!("198.51.100.{}", n % 250), "remote_port": 40_000 + n * 13,
               "pid": 400 + n * 7, "user_name": "www-data", "sent_bytes": 1_000 * minute + n, "received_bytes": 500 * minute})
    };
    let mut all: Map<String, Value> = Map::new();
    let host = json!({
        "version": 1, "host_id": "i-0123456789abcdef0", "stream": "00c0ffee00c0ffee", "seq": 700 + minute,
        "boot_id": "6c1d4bb6-0a2f-4b0e-8d3f-6a3f0a4b9d11", "observed_at_ms": NOON_MS - (15 - minute) * 60_000 - 3_123,
        "host_name": "web-017", "os_name": "Amazon Linux", "os_version": "2023", "kernel": "6.1.112-122.189.amzn2023.x86_64",
        "architecture": "x86_64", "processor": "Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", "cpu_count": 2,
        "ip": "10.0.3.17", "addresses": ["10.0.3.17", "fe80::1"], "uptime_s": 3_456_000 + minute * 60, "interval_ms": 60_002,
        "cpu_user_ms": 9_120, "cpu_system_ms": 2_210, "cpu_idle_ms": 108_000, "load1": 0.25,
        "memory_total_bytes": 4_000_000_000_i64, "memory_available_bytes": 1_900_000_000_i64 - minute, "forks": 1_234_567 + minute * 31,
        "disks": [{"mount_point": "/", "device": "/dev/nvme0n1p1", "fs_type": "xfs", "total_bytes": 8_589_934_592_i64, "free_bytes": 3_000_000_000_i64}],
        "networks": [{"interface": "ens5", "mac": "02:00:00:00:00:01", "received_bytes": 90_000_000_000_i64 + minute * 77_777, "sent_bytes": 70_000_000_000_i64}],
        "users": [{"user": "alice", "terminal": "pts/0", "host": "198.51.100.9", "started": 1_795_140_000.5, "pid": 4_321, "session_id": "12"}],
    });
    all.extend(host.as_object().cloned().unwrap_or_default());
    all.insert("running_processes".into(), (0..PROCESSES).map(|number| process(number, minute)).collect());
    all.insert("sockets".into(), (0..20).map(socket).collect());
    Value::Object(all)
}

/// So many snapshots, a line each, their members in the contract's order as an agent writes them.
pub(crate) fn lines(snapshots: i64) -> String {
    let written = |minute| {
        let text = members(minute).to_string();
        serde_json::to_string(&serde_json::from_str::<Snapshot<'_>>(&text).unwrap()).unwrap() + "\n"
    };
    (0..snapshots).map(written).collect()
}
