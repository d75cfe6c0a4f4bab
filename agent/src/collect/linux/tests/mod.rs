//! A collector on a host that the test has built, with everything on it that real hosts surprise with.

mod hangs;
mod host;
mod processes;
mod rough;
mod sessions;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use snapshot::{HostId, Snapshot, Stream};

use super::Collector;
use crate::collect::{Frame, Origins, Sampler};
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

    /// The file that a process runs, at `path` below the tree.
    fn exe(&self, pid: u32, path: &str) {
        self.file(path, "x");
        self.link(&format!("proc/{pid}/exe"), &self.path().join(path));
    }

    /// The namespaces of a process, `mnt net pid user`.
    fn namespaces(&self, pid: u32, inodes: [u32; 4]) {
        for (kind, inode) in ["mnt", "net", "pid", "user"].into_iter().zip(inodes) {
            self.link(&format!("proc/{pid}/ns/{kind}"), Path::new(&format!("{kind}:[{inode}]")));
        }
    }

    fn link(&self, path: &str, target: &Path) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&path);
        symlink(target, path).unwrap();
    }

    fn gone(&self, pid: u32) {
        fs::remove_dir_all(self.path().join(format!("proc/{pid}"))).unwrap();
    }

    fn fifo(&self, path: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    fn collector(&self) -> Collector {
        let identity = Identity {
            host_id: "i-1".parse().unwrap(),
            boot_id: "b".into(),
            boot_time_ms: BOOT,
            instance: None,
        };
        let redactor = Redactor::new(Key::from_bytes([1; 32]));
        Collector::new(self.path(), identity, redactor, Origins::default(), BOOT)
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
