//! `disks`: one row a file system and snapshot.

use snapshot::{Disk, Snapshot};

use super::table;

table! {
    Disks "one row a mounted file system and snapshot"
    sorted by ["mount_point", "ts"]
    for (s: &Snapshot<'_>, d: &Disk<'_>)
    {
        ts timestamp "the instant of sampling" = Some(s.observed_at_ms);
        mount_point string "where it is mounted" = Some(&d.mount_point);
        device string "what is mounted" = d.device.as_deref();
        fs_type string "ext4, xfs; no overlay, no loop" = d.fs_type.as_deref();
        read_only boolean "mounted read-only" = d.read_only;
        total_bytes bigint "size" = d.total_bytes;
        free_bytes bigint "free space, root's reserve included" = d.free_bytes;
        available_bytes bigint "free space for others than root" = d.available_bytes;
        inodes_total bigint "inodes" = d.inodes_total;
        inodes_free bigint "free inodes" = d.inodes_free;
        read_bytes bigint "bytes read from the device since boot" = d.read_bytes;
        write_bytes bigint "bytes written to the device since boot" = d.write_bytes;
        io_ms bigint "time in which the device was busy since boot, milliseconds" = d.io_ms;
    }
}
