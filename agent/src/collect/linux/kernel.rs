//! The three questions that only a system call answers: page size, ticks a second, a file system's fill.

#![allow(unsafe_code, reason = "the C library's statvfs and sysconf have no safe form in std")]

use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Bytes of a memory page (4,096, or 65,536 on some arm64 kernels): the unit of `/proc/PID/stat`'s rss.
pub(crate) fn page_bytes() -> u64 {
    // SAFETY: sysconf takes a number, touches no memory of ours and is safe in any thread.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096).max(1)
}

/// Ticks a second, the unit of the kernel's processor times (100 on every architecture of EC2).
pub(crate) fn ticks_per_second() -> u64 {
    // SAFETY: as above.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) }).unwrap_or(100).max(1)
}

/// How full a file system is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fill {
    pub(crate) total_bytes: u64,
    pub(crate) free_bytes: u64,
    /// For others than root.
    pub(crate) available_bytes: u64,
    pub(crate) inodes_total: u64,
    pub(crate) inodes_free: u64,
}

/// How full the file system at `path` is; none when it cannot be asked. Blocks for as long as the file system
/// does: never to be called on a network mount.
pub(crate) fn fill(path: &Path) -> Option<Fill> {
    let path = CString::new(path.as_os_str().as_bytes()).ok()?;
    let mut figures = MaybeUninit::<libc::statvfs64>::uninit();
    // SAFETY: `path` is a live NUL-terminated string and `figures` a writable statvfs64, both for the call only.
    let outcome = unsafe { libc::statvfs64(path.as_ptr(), figures.as_mut_ptr()) };
    if outcome != 0 {
        return None;
    }
    // SAFETY: statvfs64 returned 0 and so has filled the structure.
    let figures = unsafe { figures.assume_init() };
    // Field widths differ between architectures; on some of them these conversions change nothing.
    #[allow(clippy::useless_conversion, reason = "u32 on 32-bit targets")]
    let unit = u64::from(figures.f_frsize);
    let bytes = |blocks: u64| blocks.saturating_mul(unit);
    Some(Fill {
        total_bytes: bytes(figures.f_blocks),
        free_bytes: bytes(figures.f_bfree),
        available_bytes: bytes(figures.f_bavail),
        inodes_total: figures.f_files,
        inodes_free: figures.f_ffree,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_file_system_has_a_size() {
        let root = fill(Path::new("/")).unwrap();
        assert!(root.total_bytes >= root.free_bytes && root.free_bytes >= root.available_bytes);
        assert!(root.total_bytes > 0);
        assert_eq!(fill(Path::new("/does/not/exist")), None);
        assert!(page_bytes().is_power_of_two() && ticks_per_second() >= 100);
    }
}
