//! `utmp`: records of 384 bytes, the same on every Linux that still writes it (glibc keeps 32-bit times in it on
//! 64-bit machines for that very reason).

use crate::collect::readable::readable;

/// Bytes of one record.
const RECORD: usize = 384;
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
    bytes.chunks_exact(RECORD).filter_map(record).collect()
}

fn record(bytes: &[u8]) -> Option<Record> {
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
    // Seconds are unsigned in current glibc: a signed reading would end in 2038.
    let seconds = i64::from(number(340)? as u32);
    Some(Record {
        pid,
        line: text(8, 32)?,
        user,
        host: text(76, 256)?,
        started_ms: seconds * 1000 + i64::from(number(344)?) / 1000,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn bytes(kind: u16, pid: i32, line: &str, user: &[u8], host: &str, seconds: u32) -> Vec<u8> {
        let mut bytes = vec![0; RECORD];
        bytes[0..2].copy_from_slice(&kind.to_le_bytes());
        bytes[4..8].copy_from_slice(&pid.to_le_bytes());
        bytes[8..8 + line.len()].copy_from_slice(line.as_bytes());
        bytes[44..44 + user.len()].copy_from_slice(user);
        bytes[76..76 + host.len()].copy_from_slice(host.as_bytes());
        bytes[340..344].copy_from_slice(&seconds.to_le_bytes());
        bytes[344..348].copy_from_slice(&500_000_i32.to_le_bytes());
        bytes
    }

    #[test]
    fn only_live_logins_are_read() {
        let mut file = bytes(2, 0, "~", b"reboot", "6.1", 1);
        file.extend(bytes(7, 812, "pts/0", b"alice", "198.51.100.7", 1_795_478_400));
        file.extend(bytes(8, 813, "pts/1", b"bob", "", 1));
        file.extend(bytes(7, 814, "tty1", &[b'x'; 32], "", 4_000_000_000));
        file.extend([7; 100]);
        let records = parse(&file);
        assert_eq!(records.len(), 2);
        assert_eq!(records[0].started_ms, 1_795_478_400_500);
        assert_eq!((records[0].user.as_str(), records[0].host.as_str()), ("alice", "198.51.100.7"));
        assert_eq!((records[1].user.len(), records[1].started_ms), (32, 4_000_000_000_500));
    }
}
