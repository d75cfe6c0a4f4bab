//! Names in a folder, asked of the kernel itself by `getdents64`.
//!
//! A rootkit that lives in a preloaded library hides its process by leaving it out of the C library's `readdir`, which
//! `std::fs::read_dir` calls. The system call below goes past that. What a rooted kernel leaves out stays hidden.

#![allow(
    unsafe_code,
    reason = "getdents64 has no form in std, and the C library's own readdir is what is avoided"
)]

use std::fs::OpenOptions;
use std::io::{Error, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// As much as the C library asks for at once.
const AT_ONCE_BYTES: usize = 32_768;
/// Where a record of `linux_dirent64` holds its own length (after an inode and an offset of 8 bytes each) …
const LENGTH_AT: usize = 16;
/// … and where its name begins, after one byte of kind; the name ends with a NUL.
const NAME_AT: usize = 19;

/// The names in `folder` that are UTF-8, without `.` and `..`, in the kernel's order.
///
/// # Errors
///
/// Those of opening and reading it.
pub(crate) fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let folder = OpenOptions::new().read(true).custom_flags(libc::O_DIRECTORY).open(folder)?;
    let mut buffer = vec![0_u8; AT_ONCE_BYTES];
    let mut names = Vec::new();
    loop {
        // SAFETY: the descriptor is open for as long as `folder` lives, and the kernel writes at most
        // `buffer.len()` bytes into `buffer`, which nothing else refers to during the call.
        let outcome = unsafe {
            libc::syscall(libc::SYS_getdents64, folder.as_raw_fd(), buffer.as_mut_ptr(), buffer.len())
        };
        match usize::try_from(outcome) {
            Ok(0) => return Ok(names),
            Ok(length) => records(buffer.get(..length).unwrap_or_default(), &mut names),
            Err(_) => {
                let error = Error::last_os_error();
                if error.kind() != ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
    }
}

/// Reads the names of whole records; bytes that are none end it.
fn records(mut bytes: &[u8], names: &mut Vec<String>) {
    while let Some(&[low, high]) = bytes.get(LENGTH_AT..LENGTH_AT + 2) {
        let length = usize::from(u16::from_ne_bytes([low, high]));
        let Some(name) = bytes.get(NAME_AT..length) else { return };
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        if let Ok(name) = std::str::from_utf8(name)
            && !matches!(name, "." | "..")
        {
            names.push(name.to_owned());
        }
        bytes = bytes.get(length..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lists_what_the_library_lists() {
        let folder = tempfile::tempdir().unwrap();
        // More than one call's worth.
        let mut expected: Vec<String> =
            (0..1_500).map(|number| format!("{number}-{}", "x".repeat(40))).collect();
        for name in &expected {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let mut listed = names(folder.path()).unwrap();
        listed.sort_unstable();
        expected.sort_unstable();
        assert_eq!(listed, expected);
        assert_eq!(names(&folder.path().join("none")).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(names(&folder.path().join(&expected[0])).unwrap_err().kind(), ErrorKind::NotADirectory);
    }

    #[test]
    fn damaged_records_end_it() {
        for bytes in [&[0_u8; 18][..], &[0; 64], &[255; 64]] {
            let mut names = Vec::new();
            records(bytes, &mut names);
            assert!(names.is_empty());
        }
    }
}
