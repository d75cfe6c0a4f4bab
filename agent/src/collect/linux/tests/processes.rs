//! Who runs what, in what, started by whom.

use std::fs;

use super::{BOOT, Fixture, look, process};

#[test]
fn processes_of_every_kind() {
    let fixture = Fixture::new();
    fixture.process(2, "kthreadd", 0, 0x0020_8040, 10, 0);
    fixture.process(50, "x) S 1 (\n", 1, 0, 500, 1000);
    fixture.file("proc/50/loginuid", "1000");
    fixture.file("proc/50/cgroup", "0::/user.slice/user-1000.slice/session-3.scope\n");
    fixture.file("proc/50/cmdline", b"tool\0--token\0abc\0caf\xe9\0a\nb\0");
    fixture.file("proc/50/io", "rchar: 1\nread_bytes: 4096\nwrite_bytes: 8192\n");
    fixture.exe(50, "bin/tool (deleted)");
    // In a container: 1000 is not alice.
    fixture.process(60, "java", 1, 0, 600, 1000);
    fixture.file("proc/60/cgroup", format!("0::/system.slice/docker-{}.scope\n", "ab".repeat(32)));
    fixture.file("proc/60/cmdline", "");
    // Gone between listing and reading, cut short, and no process at all.
    fs::create_dir_all(fixture.path().join("proc/70")).unwrap();
    fixture.file("proc/80/stat", "80 (half");
    fixture.file("proc/self-made/stat", "1 (x) S");

    let snapshot = look(&mut fixture.collector());
    let pids: Vec<i64> = snapshot.running_processes.iter().map(|process| process.pid.get()).collect();
    assert_eq!(pids, [1, 50, 60]);
    let odd = process(&snapshot, 50);
    assert_eq!(odd.name.as_str(), "x) S 1 (\\n");
    assert_eq!(odd.start_time_ms.unwrap().get(), BOOT + 5_000);
    assert_eq!((odd.user_name.as_deref(), odd.loginuid.unwrap().get()), (Some("alice"), 1000));
    assert_eq!((odd.session_id.as_deref(), odd.unit.as_deref()), (Some("3"), Some("session-3.scope")));
    assert_eq!(odd.tty.as_deref(), Some("pts/0"));
    assert_eq!((odd.read_bytes.unwrap().get(), odd.write_bytes.unwrap().get()), (4096, 8192));
    assert_eq!((odd.cpu_ms.unwrap().get(), odd.child_faults.unwrap().get()), (750, 6));
    let cmdline = odd.cmdline.as_deref().unwrap();
    assert!(
        cmdline.starts_with("tool --token ‹redacted:") && cmdline.ends_with("› caf\\xe9 a\\nb"),
        "{cmdline}"
    );
    // The suffix belongs to the name as long as the file has one.
    assert!(odd.exe.as_deref().unwrap().ends_with("bin/tool (deleted)"));
    assert_eq!(
        (odd.exe_deleted, odd.exe_memfd, odd.exe_size_bytes.unwrap().get()),
        (Some(false), Some(false), 1)
    );
    assert_eq!((odd.parent_name.as_deref(), odd.ancestry.as_deref()), (Some("systemd"), Some("systemd")));
    let java = process(&snapshot, 60);
    assert_eq!((java.user_name.as_deref(), java.loginuid), (Some("#1000"), None));
    assert_eq!(java.container_id.as_deref(), Some("ab".repeat(32).as_str()));
    assert_eq!((java.cmdline.as_deref(), java.exe.as_deref()), (None, None));
}

#[test]
fn an_orphan_keeps_its_parent_from_look_to_look() {
    let fixture = Fixture::new();
    fixture.process(50, "php-fpm", 1, 0, 500, 33);
    fixture.process(60, "sh", 50, 0, 600, 33);
    let mut collector = fixture.collector();
    look(&mut collector);
    fixture.gone(50);
    fixture.process(60, "sh", 1, 0, 600, 33);
    let snapshot = look(&mut collector);
    let orphan = process(&snapshot, 60);
    assert_eq!(orphan.ppid.unwrap().get(), 1);
    assert_eq!(orphan.parent_name.as_deref(), Some("php-fpm"));
    assert_eq!(orphan.parent_start_time_ms.unwrap().get(), BOOT + 5_000);
    assert_eq!(orphan.ancestry.as_deref(), Some("php-fpm < systemd"));
}

#[test]
fn rights_and_namespaces_are_named() {
    let fixture = Fixture::new();
    fixture.namespaces(1, [10, 20, 30, 40]);
    let status = |uid: u32, more: &str| format!("Uid:\t{uid}\t{uid}\t0\t0\nGid:\t0\t0\t0\t0\n{more}");
    for (pid, uid, inodes, more) in [
        (50, 33, [10, 20, 30, 40], "CapEff:\t0000000000003000\n"),
        (60, 1000, [11, 20, 30, 40], "CapEff:\t0000000000000000\n"),
        (61, 33, [11, 20, 30, 40], ""),
        (62, 33, [10, 20, 30, 41], ""),
        (63, 0, [11, 21, 31, 40], "NSpid:\t63\t1\n"),
    ] {
        fixture.process(pid, "x", 1, 0, 500, uid);
        fixture.namespaces(pid, inodes);
        fixture.file(&format!("proc/{pid}/status"), status(uid, more));
    }
    // One whose namespaces nobody may read, and one that is in a container by its second pid alone.
    fixture.process(64, "x", 1, 0, 500, 1000);
    fixture.process(65, "x", 1, 0, 500, 1000);
    fixture.file("proc/65/status", status(1000, "NSpid:\t65\t7\n"));
    let snapshot = look(&mut fixture.collector());
    let who = |pid: i64| {
        let process = process(&snapshot, pid);
        (process.user_name.as_deref().unwrap(), process.host_namespaces.as_deref())
    };
    assert_eq!(who(50), ("www", Some("mnt net pid user")));
    assert_eq!(who(60), ("#1000", Some("net pid user")), "not the host's alice");
    assert_eq!(who(61), ("www", Some("net pid user")), "a service with a private /tmp");
    assert_eq!(who(62), ("#33", Some("mnt net pid")), "another world's numbers");
    assert_eq!(who(63), ("root", Some("user")));
    assert_eq!((who(64), who(65)), (("alice", None), ("#1000", None)));
    let may = |pid: i64| process(&snapshot, pid).capabilities.as_deref();
    assert_eq!(may(50), Some("cap_net_admin cap_net_raw"));
    assert_eq!((may(60), may(61)), (Some(""), None), "none is not the same as not known");
}

#[test]
fn a_process_that_becomes_another_is_seen_as_that() {
    let fixture = Fixture::new();
    fixture.process(40, "php-fpm", 1, 0, 400, 33);
    fixture.process(50, "sh", 40, 0, 500, 33);
    fixture.file("proc/50/cmdline", b"sh\0-c\0id\0");
    fixture.exe(50, "bin/sh");
    let mut collector = fixture.collector();
    let before = process(&look(&mut collector), 50).clone();
    // An exec, and the rights of another user: the same process, another image.
    fixture.process(50, "su", 1, 0, 500, 0);
    fixture.file("proc/50/cmdline", b"su\0-\0");
    fixture.exe(50, "bin/su");
    let after = process(&look(&mut collector), 50).clone();
    assert_eq!(after.start_time_ms, before.start_time_ms);
    let image = |process: &snapshot::Process<'_>| {
        let text = |text: Option<&str>| text.unwrap().to_owned();
        (
            process.name.as_str().to_owned(),
            text(process.exe.as_deref()).rsplit_once('/').unwrap().1.to_owned(),
            text(process.cmdline.as_deref()),
            text(process.user_name.as_deref()),
        )
    };
    let texts = |name: &str, exe: &str, cmdline: &str, user: &str| {
        (name.to_owned(), exe.to_owned(), cmdline.to_owned(), user.to_owned())
    };
    assert_eq!(image(&before), texts("sh", "sh", "sh -c id", "www"));
    assert_eq!(image(&after), texts("su", "su", "su -", "root"));
    assert_eq!(after.parent_name.as_deref(), Some("php-fpm"));
    assert_eq!(after.ancestry.as_deref(), Some("php-fpm < systemd"));
}

#[test]
fn secrets_are_looked_for_in_what_a_process_wrote() {
    let fixture = Fixture::new();
    fixture.process(50, "sh", 1, 0, 500, 33);
    // Lines of a script divide its words, though none is left in what is sent.
    fixture.file("proc/50/cmdline", b"sh\0-c\0set -e\n\tmysql -uroot -phunter2 shop\nexec app\0");
    fixture.link("proc/50/cwd", std::path::Path::new("/srv/token=hunter2/two\nlines"));
    let snapshot = look(&mut fixture.collector());
    let shell = process(&snapshot, 50);
    let (cmdline, cwd) = (shell.cmdline.as_deref().unwrap(), shell.cwd.as_deref().unwrap());
    assert!(cmdline.starts_with("sh -c set -e\\n\\tmysql -uroot -p‹redacted:"), "{cmdline}");
    assert!(cmdline.ends_with("› shop\\nexec app"), "{cmdline}");
    assert!(cwd.starts_with("/srv/token=‹redacted:") && cwd.ends_with("\\nlines"), "{cwd}");
}
