//! File systems with their fill and their device's counters.
//!
//! Mounts are those of process 1, since a service may live in a mount namespace of its own. A network file system
//! is named but never asked how full it is: when its server is gone that question never returns. A local one whose
//! device is gone may not answer either, so all are asked on a thread that can be left behind.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use snapshot::{Count, Disk, Text};

use super::aside::Aside;
use super::kernel;
use super::tree::Tree;
use crate::collect::readable::readable;

/// File systems that hold what an administrator would call files. Everything else that `/proc/filesystems` knows is
/// the kernel's own (`proc`, `cgroup2`), memory (`tmpfs`), or a view of another one (`overlay`, loop images).
const LOCAL: [&str; 15] = [
    "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "vfat", "exfat", "ntfs", "ntfs3", "jfs",
    "reiserfs", "bcachefs", "bcache",
];
const NETWORK: [&str; 9] =
    ["nfs", "nfs4", "cifs", "smb3", "ceph", "lustre", "glusterfs", "fuse.sshfs", "fuse.s3fs"];
/// The kernel counts sectors of 512 bytes whatever the device's own are.
const SECTOR: u64 = 512;
/// As many as the contract holds.
const MOST: usize = 64;

/// The file systems in the order of their mounting. What is too many is counted as `disks_beyond_64`, what does not
/// answer as `disk_hangs`: it is the one that has no size.
pub(crate) fn disks(tree: &Tree, aside: &mut Aside<PathBuf>) -> Vec<Disk<'static>> {
    let mounts = tree
        .text("proc/1/mountinfo", "mounts")
        .or_else(|| tree.text("proc/self/mountinfo", "mounts"))
        .unwrap_or_default();
    let devices = counters(&tree.text("proc/diskstats", "diskstats").unwrap_or_default());
    let mut seen = HashSet::new();
    let mut mounts: Vec<Mount> = mounts
        .lines()
        .filter_map(Mount::parse)
        .filter(|mount| mount.local || NETWORK.contains(&mount.fs_type.as_str()))
        .filter(|mount| !mount.source.starts_with("/dev/loop"))
        // A bind mount shows the same device again; the first is where it was mounted.
        .filter(|mount| seen.insert(if mount.local { &mount.device } else { &mount.source }.clone()))
        .collect();
    for _ in MOST..mounts.len() {
        tree.deny("disks_beyond_64");
    }
    mounts.truncate(MOST);
    let places: Vec<PathBuf> =
        mounts.iter().filter(|mount| mount.local).map(|mount| mount.place(tree)).collect();
    let fills = aside.each(&places, |place| kernel::fill(place));
    let fills: HashMap<PathBuf, _> = places.into_iter().zip(fills).collect();
    mounts
        .into_iter()
        .map(|mount| {
            let fill = match fills.get(&mount.place(tree)) {
                Some(Some(answer)) => *answer,
                Some(None) => {
                    tree.deny("disk_hangs");
                    None
                }
                None => None,
            };
            let device = devices.get(&mount.device);
            Disk {
                mount_point: Text::cut(mount.point),
                device: Some(Text::cut(mount.source)),
                fs_type: Some(Text::cut(mount.fs_type)),
                read_only: Some(mount.read_only),
                total_bytes: fill.and_then(|fill| Count::new(fill.total_bytes)),
                free_bytes: fill.and_then(|fill| Count::new(fill.free_bytes)),
                available_bytes: fill.and_then(|fill| Count::new(fill.available_bytes)),
                inodes_total: fill.and_then(|fill| Count::new(fill.inodes_total)),
                inodes_free: fill.and_then(|fill| Count::new(fill.inodes_free)),
                read_bytes: device.and_then(|device| Count::new(device.read_bytes)),
                write_bytes: device.and_then(|device| Count::new(device.write_bytes)),
                io_ms: device.and_then(|device| Count::new(device.busy_ms)),
            }
        })
        .collect()
}

struct Mount {
    /// `major:minor`.
    device: String,
    point: String,
    fs_type: String,
    source: String,
    read_only: bool,
    /// It lies on a device of this machine.
    local: bool,
}

impl Mount {
    /// Where it is to be asked.
    fn place(&self, tree: &Tree) -> PathBuf {
        tree.at(self.point.trim_start_matches('/'))
    }

    /// A line of mountinfo: `36 35 98:0 /root /mnt rw,noatime master:1 - ext4 /dev/sda1 rw`.
    fn parse(line: &str) -> Option<Self> {
        let (left, right) = line.split_once(" - ")?;
        let mut left = left.split(' ').skip(2);
        let (device, point, options) = (left.next()?, left.nth(1)?, left.next()?);
        let mut right = right.split(' ');
        let (fs_type, source, of_all) = (right.next()?, right.next()?, right.next().unwrap_or_default());
        let says_ro = |options: &str| options.split(',').any(|option| option == "ro");
        Some(Self {
            device: device.to_owned(),
            point: unescape(point),
            fs_type: fs_type.to_owned(),
            source: unescape(source),
            read_only: says_ro(options) || says_ro(of_all),
            local: LOCAL.contains(&fs_type),
        })
    }
}

/// The kernel writes space, tab, newline and backslash as `\040` and so on.
fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let octal = bytes
            .get(at + 1..at + 4)
            .filter(|_| bytes[at] == b'\\')
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        match octal {
            Some(byte) => {
                out.push(byte);
                at += 4;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    readable(&out)
}

struct Device {
    read_bytes: u64,
    write_bytes: u64,
    busy_ms: u64,
}

/// `/proc/diskstats` by `major:minor`.
fn counters(text: &str) -> HashMap<String, Device> {
    text.lines()
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
            let device = Device {
                read_bytes: number(5)?.saturating_mul(SECTOR),
                write_bytes: number(9)?.saturating_mul(SECTOR),
                busy_ms: number(12)?,
            };
            Some((format!("{}:{}", fields.first()?, fields.get(1)?), device))
        })
        .collect()
}
