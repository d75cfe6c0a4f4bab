//! The host itself: processor time, pressure, disks.

use std::fs;

use snapshot::Snapshot;

use super::{Fixture, look};

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
