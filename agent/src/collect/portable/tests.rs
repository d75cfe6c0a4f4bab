//! Both collectors look at this host, and must see the same.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use snapshot::{Disk, Process, Snapshot, Stream};

use crate::collect::{Frame, Origins, Sampler, linux, portable};
use crate::identity::Identity;
use crate::redact::{Key, Redactor};

/// A process to look at, which ends with the test.
struct Sleeper(Child);

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn identity() -> Identity {
    let facts = linux::facts(Path::new("/"));
    let now_ms = crate::clock::Clock::now_ms(&crate::clock::SystemClock);
    Identity {
        host_id: "i-1".parse().unwrap(),
        boot_id: "b".into(),
        boot_time_ms: now_ms - facts.uptime_ms,
        instance: None,
    }
}

fn look(sampler: &mut impl Sampler) -> Snapshot<'static> {
    sampler.sample(Frame {
        host_id: "i-1".parse().unwrap(),
        stream: Stream(1),
        seq: 3,
        follows: None,
        observed_at_ms: 1_795_392_000_000,
        stopping: false,
        spool_snapshots: 0,
        dropped_snapshots: 0,
    })
}

fn of<'s>(snapshot: &'s Snapshot<'static>, child: &Sleeper) -> &'s Process<'static> {
    let pid = i64::from(child.0.id());
    snapshot.running_processes.iter().find(|process| process.pid.get() == pid).unwrap()
}

#[test]
fn it_sees_what_the_kernel_says() {
    let redactor = || Redactor::new(Key::from_bytes([1; 32]));
    let mut native = linux::Collector::new(Path::new("/"), identity(), redactor(), Origins::default(), 0);
    let mut portable =
        portable::Collector::new(Path::new("/"), identity(), redactor(), Origins::default(), 0);
    let child = Command::new("sh")
        .args(["-c", "echo ready; read line", "tool", "--password", "hunter2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .current_dir("/")
        .spawn()
        .unwrap();
    let mut child = Sleeper(child);
    // It is loaded when it writes, so both see the same memory.
    let mut ready = [0; 6];
    child.0.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
    let (native, seen) = (look(&mut native), look(&mut portable));
    let (expected, found) = (of(&native, &child), of(&seen, &child));
    let start = |process: &Process<'_>| process.start_time_ms.unwrap().get();
    // Whole seconds here, and another idea of when the host booted.
    assert!((start(expected) - start(found)).abs() <= 2_000, "{} {}", start(expected), start(found));
    assert!(found.cmdline.as_deref().unwrap().contains("--password ‹redacted:"), "{found:?}");
    assert!(found.rss_bytes.unwrap().get() > 0);
    // All that both can say is the same: what is compared is each member that the portable one fills, as JSON.
    let members = |process: &Process<'_>| serde_json::to_value(process).unwrap();
    let moving = ["start_time_ms", "parent_start_time_ms", "cpu_ms", "read_bytes", "rss_bytes", "state"];
    let compared: Vec<String> = members(found)
        .as_object()
        .unwrap()
        .iter()
        .filter(|(member, _)| !moving.contains(&member.as_str()))
        .map(|(member, value)| {
            assert_eq!(value, &members(expected)[member], "{member}");
            member.clone()
        })
        .collect();
    for member in
        ["pid", "name", "ppid", "exe", "cmdline", "cwd", "user_name", "uid", "euid", "gid", "parent_name"]
    {
        assert!(compared.iter().any(|compared| compared == member), "{member} is absent");
    }
    // The host.
    assert_eq!(seen.host_name, native.host_name);
    assert_eq!((&seen.os_name, &seen.os_version), (&native.os_name, &native.os_version));
    assert_eq!((&seen.kernel, &seen.architecture), (&native.kernel, &native.architecture));
    assert_eq!(seen.memory_total_bytes, native.memory_total_bytes);
    assert_eq!(seen.cpu_count, native.cpu_count);
    let addresses = |snapshot: &Snapshot<'_>| {
        let mut all: Vec<String> = snapshot.addresses.iter().map(|address| address.to_string()).collect();
        all.sort_unstable();
        all
    };
    // Those of containers' ends the native one folds, and has their addresses with the containers.
    if native.networks.iter().all(|network| network.interface.as_str() != "veth*") {
        assert_eq!(addresses(&seen), addresses(&native));
    }
    // Of a network's disk the native one says no size, and sysinfo nothing; nor of what is mounted below /run.
    let both = |disk: &&Disk<'_>| disk.total_bytes.is_some() && !disk.mount_point.starts_with("/run");
    for disk in native.disks.iter().filter(both) {
        let same = seen.disks.iter().find(|other| other.mount_point == disk.mount_point).unwrap();
        assert_eq!((&same.fs_type, same.read_only), (&disk.fs_type, disk.read_only));
        assert_eq!(same.total_bytes, disk.total_bytes);
    }
    // No kernel thread, and what it makes is what the contract takes.
    let kernel_thread = seen.running_processes.iter().find(|process| process.name.as_str() == "kthreadd");
    assert_eq!(kernel_thread, None);
    let line = serde_json::to_string(&seen).unwrap();
    assert_eq!(serde_json::from_str::<Snapshot<'_>>(&line).unwrap(), seen);
}

#[test]
fn it_knows_the_host_again() {
    let facts = portable::facts(Path::new("/"));
    assert!(facts.boot_id.unwrap().starts_with("boot-"));
    let uptime_ms = linux::facts(Path::new("/")).uptime_ms;
    assert!((facts.uptime_ms - uptime_ms).abs() <= 2_000, "{} {uptime_ms}", facts.uptime_ms);
}
