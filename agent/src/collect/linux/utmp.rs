//! `utmp`: records whose length and times depend on the machine. Where 32-bit programs were at home once (x86-64) glibc
//! keeps their 32-bit times; arm64 never had any, and its records are 16 bytes longer.

use crate::collect::readable::readable;

/// What differs between machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    /// Bytes of one record.
    record: usize,
    /// Where it has the seconds since 1970; the microseconds follow.
    time_at: usize,
    /// Bytes of either.
    time: usize,
}

const NARROW: Layout = Layout { record: 384, time_at: 340, time: 4 };
const WIDE: Layout = Layout { record: 400, time_at: 344, time: 8 };
/// This machine's: of those on which EC2 has instances arm64 alone is wide.
const NATIVE: Layout = if cfg!(target_arch = "aarch64") { WIDE } else { NARROW };

/// `USER_PROCESS`: somebody is logged in. Every other kind is a boot, a getty or a session that is over.
const USER_PROCESS: u16 = 7;

/// A login that had not ended when the file was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) pid: i64,
    pub(crate) line: String,
    pub(crate) user: String,
    pub(crate) host: String,
    pub(crate) started_ms: i64,
}

/// Reads the whole records; a torn last one is left out.
pub(crate) fn parse(bytes: &[u8]) -> Vec<Record> {
    parse_as(bytes, NATIVE)
}

fn parse_as(bytes: &[u8], layout: Layout) -> Vec<Record> {
    bytes.chunks_exact(layout.record).filter_map(|bytes| record(bytes, layout)).collect()
}

fn record(bytes: &[u8], layout: Layout) -> Option<Record> {
    let kind = u16::from_le_bytes(bytes.get(0..2)?.try_into().ok()?);
    let number = |at: usize| Some(i32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let text = |from: usize, length: usize| {
        let field = bytes.get(from..from + length)?;
        let end = field.iter().position(|&byte| byte == 0).unwrap_or(length);
        Some(readable(&field[..end]))
    };
    let (pid, user) = (i64::from(number(4)?), text(44, 32)?);
    if kind != USER_PROCESS || pid <= 0 || user.is_empty() {
        return None;
    }
    let Layout { time_at, time, .. } = layout;
    let (seconds, microseconds) = match time {
        // Unsigned in current glibc: a signed reading would end in 2038.
        4 => (i64::from(number(time_at)? as u32), i64::from(number(time_at + time)?)),
        _ => {
            let long = |at: usize| Some(i64::from_le_bytes(bytes.get(at..at + time)?.try_into().ok()?));
            (long(time_at)?, long(time_at + time)?)
        }
    };
    Some(Record {
        pid,
        line: text(8, 32)?,
        user,
        host: text(76, 256)?,
        started_ms: seconds.checked_mul(1000)?.checked_add(microseconds / 1000)?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn bytes(kind: u16, pid: i32, line: &str, user: &[u8], host: &str, seconds: u32) -> Vec<u8> {
        bytes_as(NATIVE, kind, pid, line, user, host, seconds)
    }

    fn bytes_as(
        layout: Layout,
        kind: u16,
        pid: i32,
        line: &str,
        user: &[u8],
        host: &str,
        seconds: u32,
    ) -> Vec<u8> {
        let mut bytes = vec![0; layout.record];
        bytes[0..2].copy_from_slice(&kind.to_le_bytes());
        bytes[4..8].copy_from_slice(&pid.to_le_bytes());
        bytes[8..8 + line.len()].copy_from_slice(line.as_bytes());
        bytes[44..44 + user.len()].copy_from_slice(user);
        bytes[76..76 + host.len()].copy_from_slice(host.as_bytes());
        // Little-endian, so that a number's first four bytes are the number, however wide it is.
        let at = layout.time_at;
        bytes[at..at + 4].copy_from_slice(&seconds.to_le_bytes());
        bytes[at + layout.time..at + layout.time + 4].copy_from_slice(&500_000_i32.to_le_bytes());
        bytes
    }

    #[test]
    fn the_layout_is_the_c_librarys() {
        assert_eq!(NATIVE.record, size_of::<libc::utmpx>());
        assert_eq!(NATIVE.time_at, std::mem::offset_of!(libc::utmpx, ut_tv));
    }

    #[test]
    fn only_live_logins_are_read() {
        for layout in [NARROW, WIDE] {
            let mut file = bytes_as(layout, 2, 0, "~", b"reboot", "6.1", 1);
            file.extend(bytes_as(layout, 7, 812, "pts/0", b"alice", "198.51.100.7", 1_795_478_400));
            file.extend(bytes_as(layout, 8, 813, "pts/1", b"bob", "", 1));
            file.extend(bytes_as(layout, 7, 814, "tty1", &[b'x'; 32], "", 4_000_000_000));
            file.extend([7; 100]);
            let records = parse_as(&file, layout);
            assert_eq!(records.len(), 2);
            assert_eq!(records[0].started_ms, 1_795_478_400_500);
            assert_eq!((records[0].user.as_str(), records[0].host.as_str()), ("alice", "198.51.100.7"));
            assert_eq!((records[1].user.len(), records[1].started_ms), (32, 4_000_000_000_500));
        }
    }

    #[test]
    fn damaged_times_are_no_logins() {
        let mut file = bytes_as(WIDE, 7, 812, "pts/0", b"alice", "", 1);
        file[WIDE.time_at..WIDE.time_at + 8].copy_from_slice(&i64::MAX.to_le_bytes());
        assert_eq!(parse_as(&file, WIDE), []);
    }
}
