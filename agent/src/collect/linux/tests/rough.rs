//! What real hosts do to a reader. Nothing here may stop, hang or panic a sample.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::{BOOT, Fixture, look, process};

#[test]
fn names_and_arguments_may_be_anything() {
    let fixture = Fixture::new();
    let names: [&[u8]; 6] = [b") S 1 1 (", b"two\nlines", b"caf\xe9\xff", b"", b"\x1b[2J", b"a b  c"];
    let shown = [") S 1 1 (", "two\\nlines", "caf\\xe9\\xff", "", "\\x1b[2J", "a b  c"];
    for (pid, name) in (50..).zip(names) {
        fixture.process(pid, "x", 1, 0, 500, 33);
        let rest = "S 1 9 9 0 9 0 1 2 3 4 50 25 1 1 20 0 2 0 500 4096 1 0\n";
        let stat = [format!("{pid} (").as_bytes(), name, b") ", rest.as_bytes()].concat();
        fixture.file(&format!("proc/{pid}/stat"), stat);
        fixture.file(&format!("proc/{pid}/cmdline"), [name, b"\0", name, b"\0"].concat());
        fixture.link(&format!("proc/{pid}/cwd"), std::path::Path::new("/with\nnewline"));
    }
    let snapshot = look(&mut fixture.collector());
    for (pid, shown) in (50..).zip(shown) {
        let process = process(&snapshot, pid);
        assert_eq!(process.name.as_str(), shown);
        assert_eq!(process.cmdline.as_deref(), Some(format!("{shown} {shown}").trim()));
        assert_eq!(process.cwd.as_deref(), Some("/with\\nnewline"));
    }
}

#[test]
fn what_is_no_file_or_no_process_is_passed_over() {
    let fixture = Fixture::new();
    fixture.process(50, "x", 1, 0, 500, 33);
    for file in ["cmdline", "cgroup", "io", "loginuid", "status"] {
        let _ = fs::remove_file(fixture.path().join(format!("proc/50/{file}")));
        fixture.fifo(&format!("proc/50/{file}"));
    }
    fixture.fifo("run/utmp");
    fixture.fifo("proc/60/stat");
    fs::create_dir_all(fixture.path().join("proc/61/stat")).unwrap();
    fixture.file("proc/62/stat", "62 (cut) S 1");
    fixture.file("proc/18446744073709551616/stat", "a number beyond all pids");
    fixture.link("proc/63", std::path::Path::new("63"));
    let snapshot = look(&mut fixture.collector());
    let pids: Vec<i64> = snapshot.running_processes.iter().map(|process| process.pid.get()).collect();
    assert_eq!(pids, [1, 50]);
    assert_eq!((process(&snapshot, 50).uid, process(&snapshot, 50).cmdline.as_deref()), (None, None));
}

#[test]
fn what_is_large_is_bounded() {
    let fixture = Fixture::new();
    fixture.process(50, "x", 1, 0, 500, 33);
    fixture.file("proc/50/cmdline", b"word\0".repeat(1 << 20));
    fixture.file("proc/50/cgroup", format!("0::/{}\n", "deep/".repeat(1 << 18)));
    let snapshot = look(&mut fixture.collector());
    assert_eq!(process(&snapshot, 50).cmdline.as_deref().unwrap().len(), 8192);
}

#[test]
fn a_reused_pid_is_another_process() {
    let fixture = Fixture::new();
    fixture.process(40, "php-fpm", 1, 0, 400, 33);
    fixture.process(50, "sh", 40, 0, 500, 33);
    let mut collector = fixture.collector();
    look(&mut collector);
    fixture.process(50, "cron", 1, 0, 90_000, 0);
    let snapshot = look(&mut collector);
    let cron = process(&snapshot, 50);
    assert_eq!(
        (cron.start_time_ms.unwrap().get(), cron.ancestry.as_deref()),
        (BOOT + 900_000, Some("systemd"))
    );
}

#[test]
fn what_is_refused_is_counted_once_a_process_and_cause() {
    // Root is refused no file: `.ci/unprivileged` runs this as nobody.
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        return;
    }
    let fixture = Fixture::new();
    for pid in [50, 51] {
        fixture.process(pid, "x", 1, 0, 500, 33);
        for file in ["io", "loginuid"] {
            fixture.file(&format!("proc/{pid}/{file}"), "");
            let path = fixture.path().join(format!("proc/{pid}/{file}"));
            fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
        }
    }
    let snapshot = look(&mut fixture.collector());
    assert_eq!(snapshot.unreadable.as_deref(), Some("io=2 loginuid=2"));
    assert_eq!(process(&snapshot, 51).name.as_str(), "x");
}
