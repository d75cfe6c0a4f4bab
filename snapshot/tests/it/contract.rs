//! The contract, byte by byte. A golden file that no longer matches means that old and new programs would
//! misunderstand each other: add to the contract instead.

use snapshot::{
    Count, Disk, Follows, Int, Item, List, Millis, Network, Nice, Number, Port, Process, Seconds, Snapshot,
    Socket, Stream, Text, User, VERSION,
};

fn text<const MAX: usize>(text: &str) -> Text<'static, MAX> {
    Text::cut(text)
}

fn some<const MAX: usize>(of: &str) -> Option<Text<'static, MAX>> {
    Some(text(of))
}

fn count(number: i64) -> Option<Count> {
    Count::new(number)
}

fn at(ms: i64) -> Option<Millis> {
    Millis::new(ms)
}

/// Every member set, each to a value of its own.
fn full() -> Snapshot<'static> {
    let required = r#"{"version":1,"host_id":"i-0abc","stream":"00c0ffee00c0ffee","seq":7,"boot_id":"b","observed_at_ms":1795140720123}"#;
    let mut s: Snapshot<'static> = serde_json::from_str(required).unwrap();
    s.follows = Some(Follows { stream: Stream(0xfeed), seq: Count::clamp(41) });
    s.boot_id = text("6c1d4bb6-0a2f-4b0e-8d3f-6a3f0a4b9d11");
    s.host_name = some("web-017");
    s.os_name = some("Amazon Linux");
    s.os_version = some("2023");
    s.kernel = some("6.1.112-122.189.amzn2023.x86_64");
    s.architecture = some("x86_64");
    s.processor = some("Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz");
    s.cpu_count = Int::new(2);
    s.ip = some("10.0.3.17");
    s.addresses = List::cut(vec![text("10.0.3.17"), text("fe80::1")]);
    s.public_ip = some("203.0.113.17");
    s.account_id = some("123456789012");
    s.region = some("eu-central-1");
    s.availability_zone = some("eu-central-1a");
    s.instance_type = some("t3.small");
    s.ami_id = some("ami-0123456789abcdef0");
    s.iam_profile = some("web");
    s.agent_version = some("0.1.0");
    s.agent_started_at_ms = at(1795100000000);
    s.agent_stopping = Some(true);
    s.collect_off = some("cmdline");
    s.unreadable = some("exe:EACCES=3");
    s.uptime_s = count(86_401);
    s.interval_ms = count(60_002);
    s.cpu_user_ms = count(1);
    s.cpu_system_ms = count(2);
    s.cpu_iowait_ms = count(3);
    s.cpu_steal_ms = count(4);
    s.cpu_idle_ms = count(5);
    s.load1 = Some(0.25);
    s.psi_cpu_some_ms = count(6);
    s.psi_io_full_ms = count(7);
    s.psi_memory_full_ms = count(8);
    s.memory_total_bytes = count(9);
    s.memory_available_bytes = count(10);
    s.swap_total_bytes = count(11);
    s.swap_used_bytes = count(12);
    s.threads_unlisted = Int::new(0);
    s.forks = count(13);
    s.kernel_tainted = count(14);
    s.agent_cpu_ms = count(15);
    s.agent_rss_bytes = count(16);
    s.spool_snapshots = count(17);
    s.dropped_snapshots = count(18);
    s.disks = List::cut(vec![Disk {
        mount_point: text("/"),
        device: some("/dev/nvme0n1p1"),
        fs_type: some("xfs"),
        read_only: Some(false),
        total_bytes: count(1),
        free_bytes: count(2),
        available_bytes: count(3),
        inodes_total: count(4),
        inodes_free: count(5),
        read_bytes: count(6),
        write_bytes: count(7),
        io_ms: count(8),
    }]);
    s.networks = List::cut(vec![Network {
        interface: text("ens5"),
        mac: some("02:00:00:00:00:01"),
        addresses: List::cut(vec![text("10.0.3.17")]),
        received_bytes: count(1),
        received_packets: count(2),
        received_errors: count(3),
        received_drops: count(4),
        sent_bytes: count(5),
        sent_packets: count(6),
        sent_errors: count(7),
        sent_drops: count(8),
    }]);
    s.users = List::cut(vec![User {
        user: text("alice"),
        terminal: some("pts/0"),
        host: some("198.51.100.9"),
        started: at(1795140000500).map(Seconds::from_millis),
        pid: Int::new(4321),
        uid: count(1000),
        session_id: some("12"),
        service: some("sshd"),
        class: some("user"),
        source: some("logind"),
    }]);
    s.running_processes = List::cut(vec![process()]);
    s.sockets = List::cut(vec![Socket {
        protocol: text("tcp"),
        state: some("ESTABLISHED"),
        direction: some("in"),
        local_address: some("10.0.3.17"),
        local_port: Port::new(22),
        remote_address: some("198.51.100.9"),
        remote_port: Port::new(50_022),
        pid: Int::new(4321),
        user_name: some("root"),
        container_id: some("c0ffee"),
        sent_bytes: count(1),
        received_bytes: count(2),
    }]);
    s.inventory = List::cut(vec![Item {
        kind: text("package"),
        name: text("xz-utils"),
        value: some("5.6.1+really5.4.5-1"),
        sha256: some("00"),
        mode: some("755"),
        uid: count(0),
        modified_at_ms: at(1795000000000),
        change: text("present"),
    }]);
    s
}

fn process() -> Process<'static> {
    Process {
        pid: Int::clamp(4400),
        name: text("bash"),
        ppid: Int::new(4321),
        start_time_ms: at(1795140001000),
        exe: some("/usr/bin/bash"),
        exe_deleted: Some(false),
        exe_memfd: Some(false),
        exe_sha256: some("e3b0c442"),
        exe_mode: some("755"),
        exe_uid: count(0),
        exe_size_bytes: count(1_396_520),
        exe_mtime_ms: at(1790000000000),
        exe_ctime_ms: at(1790000000001),
        cmdline: some("-bash \"quoted\" \\ üñí"),
        cwd: some("/home/alice"),
        user_name: some("alice"),
        uid: count(1000),
        euid: count(1000),
        gid: count(1000),
        loginuid: count(1000),
        session_id: some("12"),
        tty: some("pts/0"),
        unit: some("session-12.scope"),
        container_id: some("c0ffee"),
        host_namespaces: some("mnt net pid user"),
        capabilities: some("cap_net_raw"),
        parent_start_time_ms: at(1795140000000),
        parent_name: some("sshd"),
        parent_exe: some("/usr/sbin/sshd"),
        ancestry: some("sshd < sshd < systemd"),
        nice: Nice::new(-5),
        threads: Int::new(1),
        state: some("S"),
        cpu_ms: count(30),
        read_bytes: count(4096),
        write_bytes: count(0),
        child_faults: count(77),
        rss_bytes: count(5_000_000),
        virtual_bytes: count(9_000_000),
    }
}

/// Compares with the file; `UPDATE_GOLDEN=1` writes it, for a member that joined.
fn golden(name: &str, line: &str) {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, format!("{line}\n")).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(line, expected.trim_end_matches('\n'), "{name}");
}

#[test]
fn a_full_snapshot_is_written_so_and_read_back() {
    let line = serde_json::to_string(&full()).unwrap();
    golden("full.json", &line);
    let read: Snapshot<'_> = serde_json::from_str(&line).unwrap();
    assert_eq!(read, full());
    assert_eq!(serde_json::to_string(&read).unwrap(), line);
}

#[test]
fn a_bare_snapshot_is_written_so_and_read_back() {
    let mut bare = full();
    let required = r#"{"version":1,"host_id":"i-0abc","stream":"00c0ffee00c0ffee","seq":7,"boot_id":"b","observed_at_ms":1795140720123}"#;
    bare.clone_from(&serde_json::from_str(required).unwrap());
    let line = serde_json::to_string(&bare).unwrap();
    golden("bare.json", &line);
    assert_eq!(serde_json::from_str::<Snapshot<'_>>(&line).unwrap(), bare);
}

#[test]
fn the_golden_file_sets_every_member() {
    // What is None here would be absent from the golden file and so not fixed by it.
    let line = serde_json::to_string(&full()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    let members = |value: &serde_json::Value| value.as_object().unwrap().len();
    assert_eq!(members(&value), 60 - 4, "members of a snapshot but for ingest's four");
    assert_eq!(members(&value["disks"][0]), 12);
    assert_eq!(members(&value["networks"][0]), 11);
    assert_eq!(members(&value["users"][0]), 10);
    assert_eq!(members(&value["running_processes"][0]), 39);
    assert_eq!(members(&value["sockets"][0]), 12);
    assert_eq!(members(&value["inventory"][0]), 8);
}

#[test]
fn what_changes_from_minute_to_minute_comes_last_in_a_process() {
    let line = serde_json::to_string(&process()).unwrap();
    let steady = line.find("\"ancestry\"").unwrap();
    for moving in ["threads", "state", "cpu_ms", "read_bytes", "write_bytes", "child_faults", "rss_bytes"] {
        assert!(line.find(&format!("\"{moving}\"")).unwrap() > steady, "{moving}");
    }
}

#[test]
fn unknown_members_are_passed_over() {
    let line = serde_json::to_string(&full()).unwrap();
    let newer =
        line.replacen("{\"version\"", "{\"from_the_future\":{\"deep\":[1,2,{\"x\":null}]},\"version\"", 1);
    assert_eq!(serde_json::from_str::<Snapshot<'_>>(&newer).unwrap(), full());
}

#[test]
fn the_original_programs_members_keep_their_names_and_forms() {
    let line = r#"{"version":1,"host_id":"h","stream":"00c0ffee00c0ffee","seq":0,"boot_id":"b","observed_at_ms":1795140720123,
        "processor":"x86_64","running_processes":[{"pid":1,"name":"systemd"}],
        "users":[{"user":"alice","terminal":null,"host":"198.51.100.9","started":1795140000.5,"pid":null}],
        "os_name":"Linux","os_version":"6.1","ip":"10.0.0.1"}"#;
    let read: Snapshot<'_> = serde_json::from_str(line).unwrap();
    assert_eq!(&*read.running_processes[0].name, "systemd");
    assert_eq!(read.users[0].started.unwrap().millis(), 1_795_140_000_500);
    assert_eq!((read.users[0].terminal.as_deref(), read.users[0].pid), (None, None));
}

#[test]
fn what_is_out_of_the_contract_is_refused_with_what_was_expected() {
    let good = serde_json::to_string(&full()).unwrap();
    for (from, to, expected) in [
        ("\"version\":1", "\"version\":2", "number 2, expected 1 to 1"),
        ("\"seq\":7", "\"seq\":-1", "number -1, expected 0 to 9999999999"),
        ("\"seq\":7", "\"seq\":10000000000", "expected 0 to 9999999999"),
        ("\"seq\":7", "\"seq\":7.5", "expected a whole number"),
        ("\"seq\":7", "\"seq\":\"7\"", "expected a whole number"),
        ("\"seq\":7,", "", "missing field `seq`"),
        ("\"seq\":7", "\"seq\":7,\"seq\":7", "duplicate field `seq`"),
        ("\"host_id\":\"i-0abc\"", "\"host_id\":\"../x\"", "expected 1 to 64 letters"),
        ("00c0ffee00c0ffee", "00C0FFEE00C0FFEE", "16 lower-case hexadecimal digits"),
        ("1795140720123", "1795140720", "number 1795140720, expected 315532800000"),
        ("\"pid\":4400", "\"pid\":4294967295", "number 4294967295, expected 0 to 2147483647"),
        ("\"nice\":-5", "\"nice\":-21", "expected -20 to 19"),
        ("\"local_port\":22", "\"local_port\":65536", "expected 0 to 65535"),
        ("1795140000.5", "1e300", "expected 1980 to 2100"),
        ("\"uptime_s\":86401", "\"uptime_s\":18446744073709551615", "expected 0 to 9223372036854775807"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        let error = serde_json::from_str::<Snapshot<'_>>(&bad).unwrap_err().to_string();
        assert!(error.contains(expected), "{to}: {error}");
    }
}

#[test]
fn lists_and_texts_end_where_the_contract_says() {
    let good = serde_json::to_string(&full()).unwrap();
    let long = good.replacen("web-017", &"w".repeat(256), 1);
    let error = serde_json::from_str::<Snapshot<'_>>(&long).unwrap_err().to_string();
    assert!(error.contains("text of 256 bytes, expected at most 255"), "{error}");

    let disk = r#"{"mount_point":"/"}"#;
    let many = good.replacen("\"disks\":[", &format!("\"disks\":[{}", format!("{disk},").repeat(64)), 1);
    let error = serde_json::from_str::<Snapshot<'_>>(&many).unwrap_err().to_string();
    assert!(error.contains("more items, expected at most 64"), "{error}");
}

#[test]
fn cutting_keeps_whole_characters() {
    assert_eq!(Text::<'_, 4>::cut("aüüü").as_str(), "aü");
    assert_eq!(Number::<0, 9>::clamp(u64::MAX).get(), 9);
    assert_eq!(Number::<0, 9>::clamp(-1).get(), 0);
    assert_eq!(VERSION, 1);
}

/// The README says of each length of a text why it is so.
#[test]
fn the_lengths_of_texts_are_explained() {
    let sources = [
        include_str!("../../src/host.rs"),
        include_str!("../../src/inventory.rs"),
        include_str!("../../src/process.rs"),
        include_str!("../../src/socket.rs"),
    ];
    let mut lengths = 0;
    for after in sources.iter().flat_map(|source| source.split("Text<'a, ").skip(1)) {
        let length = after.split('>').next().unwrap();
        assert!(include_str!("../../README.md").contains(&format!("\n| {length} | ")), "{length} bytes");
        lengths += 1;
    }
    assert!(lengths > 50, "only {lengths} texts were found");
}
