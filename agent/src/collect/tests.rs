//! A collector on a host that the test has built, with everything on it that real hosts surprise with.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use snapshot::{HostId, Snapshot, Stream};

use super::{Collector, Frame, Sampler, utmp};
use crate::identity::Identity;
use crate::redact::{Key, Redactor};

/// 2026-11-23T00:00:00Z.
const BOOT: i64 = 1_795_392_000_000;

struct Fixture(tempfile::TempDir);

impl Fixture {
    fn new() -> Self {
        let fixture = Self(tempfile::tempdir().unwrap());
        fixture.file(
            "etc/passwd",
            "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nwww:x:33:33::/:/x\n",
        );
        fixture.file("proc/uptime", "1000.00 1900.00\n");
        fixture.file("proc/loadavg", "0.50 0.40 0.30 1/200 999\n");
        fixture.file(
            "proc/stat",
            "cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nprocesses 4711\n",
        );
        fixture.file("proc/sys/kernel/tainted", "4097\n");
        fixture.process(1, "systemd", 0, 0, 10, 0);
        fixture
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn process(&self, pid: u32, name: &str, ppid: u32, flags: u64, start_ticks: u64, uid: u32) {
        let stat = format!(
            "{pid} ({name}) S {ppid} {pid} {pid} 34816 {pid} {flags} 1 2 3 4 50 25 1 1 20 0 2 0 {start_ticks} 4096 1 0\n"
        );
        self.file(&format!("proc/{pid}/stat"), stat);
        self.file(
            &format!("proc/{pid}/status"),
            format!("Name:\tx\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{uid}\t0\t0\t0\n"),
        );
        self.file(&format!("proc/{pid}/loginuid"), "4294967295");
    }

    fn collector(&self) -> Collector {
        let identity = Identity {
            host_id: "i-1".parse().unwrap(),
            boot_id: "b".into(),
            boot_time_ms: BOOT,
            instance: None,
        };
        Collector::new(self.path(), identity, Redactor::new(Key::from_bytes([1; 32])), BOOT)
    }
}

fn look(collector: &mut Collector) -> Snapshot<'static> {
    let host_id: HostId = "i-1".parse().unwrap();
    collector.sample(Frame {
        host_id,
        stream: Stream(1),
        seq: 3,
        follows: None,
        observed_at_ms: BOOT + 1_000_000,
        stopping: false,
        spool_snapshots: 4,
        dropped_snapshots: 5,
    })
}

fn process<'s>(snapshot: &'s Snapshot<'static>, pid: i64) -> &'s snapshot::Process<'static> {
    snapshot.running_processes.iter().find(|process| process.pid.get() == pid).unwrap()
}

#[test]
fn processes_of_every_kind() {
    let fixture = Fixture::new();
    fixture.process(2, "kthreadd", 0, 0x0020_8040, 10, 0);
    fixture.process(50, "x) S 1 (\n", 1, 0, 500, 1000);
    fixture.file("proc/50/loginuid", "1000");
    fixture.file("proc/50/cgroup", "0::/user.slice/user-1000.slice/session-3.scope\n");
    fixture.file("proc/50/cmdline", b"tool\0--token\0abc\0caf\xe9\0a\nb\0");
    fixture.file("proc/50/io", "rchar: 1\nread_bytes: 4096\nwrite_bytes: 8192\n");
    fixture.file("bin/tool (deleted)", "x");
    symlink(fixture.path().join("bin/tool (deleted)"), fixture.path().join("proc/50/exe")).unwrap();
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
fn what_was_added_since_the_look_before() {
    let fixture = Fixture::new();
    fixture.file("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=5000\nfull total=0\n");
    let mut collector = fixture.collector();
    let first = look(&mut collector);
    assert_eq!((first.interval_ms, first.cpu_user_ms, first.psi_cpu_some_ms), (None, None, None));
    assert_eq!((first.forks.unwrap().get(), first.kernel_tainted.unwrap().get()), (4711, 4097));
    assert_eq!(
        (first.cpu_count.unwrap().get(), first.uptime_s.unwrap().get(), first.load1),
        (2, 1000, Some(0.5))
    );
    fixture.file("proc/uptime", "1060.00 1900.00\n");
    fixture.file("proc/stat", "cpu  300 0 100 5000 7 0 0 3 0 0\ncpu0 1 1 1 1\nprocesses 4712\n");
    fixture.file("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=90000\nfull total=0\n");
    let second = look(&mut collector);
    let ms = |count: Option<snapshot::Count>| count.unwrap().get();
    assert_eq!(
        (ms(second.interval_ms), ms(second.cpu_user_ms), ms(second.cpu_idle_ms)),
        (60_000, 2_000, 40_000)
    );
    assert_eq!((ms(second.cpu_iowait_ms), ms(second.cpu_steal_ms), ms(second.cpu_system_ms)), (70, 30, 0));
    assert_eq!(ms(second.psi_cpu_some_ms), 85);
    assert_eq!(
        (second.psi_io_full_ms, ms(second.spool_snapshots), ms(second.dropped_snapshots)),
        (None, 4, 5)
    );
    assert_eq!(second.agent_stopping, None);
}

#[test]
fn an_orphan_keeps_its_parent_from_look_to_look() {
    let fixture = Fixture::new();
    fixture.process(50, "php-fpm", 1, 0, 500, 33);
    fixture.process(60, "sh", 50, 0, 600, 33);
    let mut collector = fixture.collector();
    look(&mut collector);
    fs::remove_dir_all(fixture.path().join("proc/50")).unwrap();
    fixture.process(60, "sh", 1, 0, 600, 33);
    let snapshot = look(&mut collector);
    let orphan = process(&snapshot, 60);
    assert_eq!(orphan.ppid.unwrap().get(), 1);
    assert_eq!(orphan.parent_name.as_deref(), Some("php-fpm"));
    assert_eq!(orphan.parent_start_time_ms.unwrap().get(), BOOT + 5_000);
    assert_eq!(orphan.ancestry.as_deref(), Some("php-fpm < systemd"));
}

#[test]
fn sessions_are_those_that_live() {
    let fixture = Fixture::new();
    fixture.process(812, "sshd", 1, 0, 700, 0);
    fixture.process(900, "login", 1, 0, 700, 0);
    let session = |class: &str, state: &str, leader: u32| {
        format!(
            "# private\nUID=1000\nUSER=alice\nSTATE={state}\nREMOTE=1\nTTY=pts/0\nREMOTE_HOST=198.51.100.7\nSERVICE=sshd\nCLASS={class}\nLEADER={leader}\nREALTIME=1795392000123456\n"
        )
    };
    fixture.file("run/systemd/sessions/3", session("user", "active", 812));
    fixture.file("run/systemd/sessions/4", session("user", "closing", 812));
    fixture.file("run/systemd/sessions/5", session("manager", "active", 812));
    fixture.file("run/systemd/sessions/c1", session("background", "active", 812));
    fixture.file("run/systemd/sessions/6", session("user", "active", 4040));
    let fifo = fixture.path().join("run/systemd/sessions/3.ref");
    assert!(std::process::Command::new("mkfifo").arg(fifo).status().unwrap().success());
    let mut records = utmp::tests::bytes(7, 812, "pts/0", b"alice", "198.51.100.7", 1_795_392_000);
    records.extend(utmp::tests::bytes(7, 900, "tty1", b"root", "", 1_795_392_000));
    records.extend(utmp::tests::bytes(7, 4040, "pts/9", b"ghost", "", 1_795_392_000));
    fixture.file("run/utmp", records);
    let snapshot = look(&mut fixture.collector());
    let users: Vec<(&str, Option<&str>, Option<&str>, i64)> = snapshot
        .users
        .iter()
        .map(|user| {
            (user.user.as_str(), user.source.as_deref(), user.session_id.as_deref(), user.pid.unwrap().get())
        })
        .collect();
    assert_eq!(users, [("alice", Some("logind"), Some("3"), 812), ("root", Some("utmp"), None, 900)]);
    let alice = &snapshot.users[0];
    assert_eq!((alice.terminal.as_deref(), alice.host.as_deref()), (Some("pts/0"), Some("198.51.100.7")));
    assert_eq!(alice.started.unwrap().millis(), 1_795_392_000_123);
}

#[test]
fn disks_are_what_holds_files() {
    let fixture = Fixture::new();
    fs::create_dir_all(fixture.path().join("mnt/my disk")).unwrap();
    fixture.file(
        "proc/1/mountinfo",
        "20 1 259:1 / / rw,noatime shared:1 - ext4 /dev/nvme0n1p1 rw\n\
         21 20 0:5 / /proc rw - proc proc rw\n\
         22 20 0:6 / /run rw - tmpfs tmpfs rw\n\
         23 20 0:7 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw\n\
         24 20 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro\n\
         25 20 259:1 /srv /bind rw - ext4 /dev/nvme0n1p1 rw\n\
         26 20 259:2 / /mnt/my\\040disk ro,noatime - xfs /dev/nvme1n1 rw\n\
         27 20 0:99 / /mnt/share rw - nfs4 fs.test:/export rw\n\
         garbage\n",
    );
    fixture.file("proc/diskstats", " 259 1 nvme0n1p1 10 0 2000 5 20 0 4000 6 0 777 11\n");
    let snapshot = look(&mut fixture.collector());
    let points: Vec<&str> = snapshot.disks.iter().map(|disk| disk.mount_point.as_str()).collect();
    assert_eq!(points, ["/", "/mnt/my disk", "/mnt/share"]);
    let root = &snapshot.disks[0];
    let get = |count: Option<snapshot::Count>| count.unwrap().get();
    assert_eq!((get(root.read_bytes), get(root.write_bytes), get(root.io_ms)), (1_024_000, 2_048_000, 777));
    assert!(root.total_bytes.is_some() && root.inodes_total.is_some());
    assert_eq!((root.read_only, snapshot.disks[1].read_only), (Some(false), Some(true)));
    assert_eq!(snapshot.disks[2].total_bytes, None, "a network mount is not asked");
}

#[test]
fn an_empty_tree_is_an_empty_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture(folder);
    let snapshot = look(&mut fixture.collector());
    assert!(snapshot.running_processes.is_empty() && snapshot.users.is_empty() && snapshot.disks.is_empty());
    let line = serde_json::to_string(&snapshot).unwrap();
    assert_eq!(serde_json::from_str::<Snapshot<'_>>(&line).unwrap(), snapshot);
}
