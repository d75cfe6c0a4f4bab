//! Reads that never return, from a file system whose server is gone.

#![allow(unsafe_code, reason = "unshare and mount have no safe form in std")]

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::path::Path;

use super::{Fixture, look, process};

/// Gives this thread, and those that it starts, mounts of their own, which end with them. False where that is not
/// allowed: only root may, and not in every container.
fn own_mounts() -> bool {
    // SAFETY: unshare takes flags alone and changes this thread's own view; mount reads two live C strings.
    unsafe {
        libc::unshare(libc::CLONE_NEWNS) == 0
            && libc::mount(
                c"none".as_ptr(),
                c"/".as_ptr(),
                std::ptr::null(),
                libc::MS_REC | libc::MS_PRIVATE,
                std::ptr::null(),
            ) == 0
    }
}

/// Mounts over `place` a FUSE file system that never answers, until the file given back is closed.
fn hang(place: &Path, mode: u32) -> Option<File> {
    let server = OpenOptions::new().read(true).write(true).open("/dev/fuse").ok()?;
    let options = format!("fd={},rootmode={mode:o},user_id=0,group_id=0", server.as_raw_fd());
    let (place, options) = (CString::new(place.to_str()?).unwrap(), CString::new(options).unwrap());
    // SAFETY: all pointers are to C strings that live for the call.
    let outcome = unsafe {
        libc::mount(c"hang".as_ptr(), place.as_ptr(), c"fuse".as_ptr(), 0, options.as_ptr().cast())
    };
    (outcome == 0).then_some(server)
}

#[test]
fn a_sample_ends_although_reads_do_not() {
    let fixture = Fixture::new();
    for pid in [50, 60] {
        fixture.process(pid, "x", 1, 0, 500, 33);
        fixture.file(&format!("proc/{pid}/cmdline"), "x\0y\0");
        fixture.exe(pid, "bin/x");
    }
    fixture.file(
        "proc/1/mountinfo",
        "20 1 259:1 / / rw - ext4 /dev/nvme0n1p1 rw\n21 20 259:2 / /mnt/dead rw - ext4 /dev/nvme1n1 rw\n",
    );
    std::fs::create_dir_all(fixture.path().join("mnt/dead")).unwrap();
    if !own_mounts() {
        return;
    }
    let servers = [
        hang(&fixture.path().join("proc/50/cmdline"), libc::S_IFREG),
        hang(&fixture.path().join("mnt/dead"), libc::S_IFDIR),
    ];
    if servers.iter().any(Option::is_none) {
        return;
    }
    let mut collector = fixture.collector();
    for _ in 0..2 {
        let snapshot = look(&mut collector);
        assert_eq!(snapshot.unreadable.as_deref(), Some("disk_hangs=1 process_hangs=1"));
        // What can be known without waiting is there; its neighbours lack nothing.
        let hung = process(&snapshot, 50);
        assert_eq!((hung.name.as_str(), hung.user_name.as_deref()), ("x", Some("www")));
        assert!(hung.exe.as_deref().unwrap().ends_with("/bin/x"));
        assert_eq!((hung.cmdline.as_deref(), hung.exe_deleted), (None, None));
        let next = process(&snapshot, 60);
        assert_eq!((next.cmdline.as_deref(), next.exe_deleted), (Some("x y"), Some(false)));
        assert!(snapshot.disks[0].total_bytes.is_some());
        assert_eq!(snapshot.disks[1].mount_point.as_str(), "/mnt/dead");
        assert_eq!(snapshot.disks[1].total_bytes, None);
    }
    // The servers end, and with them the waiting: everything comes back.
    drop(servers);
    collector.looks.rest();
    collector.fills.rest();
    let snapshot = look(&mut collector);
    assert_eq!(snapshot.unreadable, None);
}
