//! `/proc/PID/stat`: one line whose second field, the name, may itself hold spaces, parentheses and newlines.

/// `PF_KTHREAD` of the kernel's `sched.h`: the process is one of the kernel's own threads.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// What the line says, in the kernel's units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) comm: Vec<u8>,
    pub(crate) state: char,
    pub(crate) ppid: i64,
    pub(crate) terminal: u64,
    pub(crate) kernel_thread: bool,
    /// Minor and major faults of children that were waited for.
    pub(crate) child_faults: u64,
    /// User and system time.
    pub(crate) cpu_ticks: u64,
    pub(crate) nice: i64,
    pub(crate) threads: i64,
    /// Ticks between boot and start: with the pid, what makes a process itself.
    pub(crate) start_ticks: u64,
    pub(crate) virtual_bytes: u64,
    pub(crate) rss_pages: u64,
}

/// Reads the line; none when it is cut short or malformed.
pub(crate) fn parse(line: &[u8]) -> Option<Stat> {
    let open = line.iter().position(|&byte| byte == b'(')?;
    // The last parenthesis: a process may call itself `x) R 1 (`, but what follows the name has none.
    let close = line.iter().rposition(|&byte| byte == b')')?;
    let comm = line.get(open + 1..close)?.to_vec();
    let rest = std::str::from_utf8(line.get(close + 1..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // proc(5) counts fields from 1 and the state is its third.
    let field = |number: usize| fields.get(number - 3).copied();
    let unsigned = |number: usize| field(number)?.parse::<u64>().ok();
    let signed = |number: usize| field(number)?.parse::<i64>().ok();
    Some(Stat {
        comm,
        state: field(3)?.chars().next()?,
        ppid: signed(4)?,
        terminal: u64::from(signed(7)? as u32),
        kernel_thread: unsigned(9)? & KERNEL_THREAD != 0,
        child_faults: unsigned(11)?.saturating_add(unsigned(13)?),
        cpu_ticks: unsigned(14)?.saturating_add(unsigned(15)?),
        nice: signed(19)?,
        threads: signed(20)?,
        start_ticks: unsigned(22)?,
        virtual_bytes: unsigned(23)?,
        rss_pages: u64::try_from(signed(24)?).unwrap_or(0),
    })
}

/// The controlling terminal's name below `/dev`, from the device number; none for no terminal. The numbers are
/// fixed by the kernel's `devices.txt`.
pub(crate) fn terminal_name(device: u64) -> Option<String> {
    let major = (device >> 8) & 0xfff;
    let minor = (device & 0xff) | ((device >> 12) & 0xfff00);
    match major {
        0 => None,
        136..=143 => Some(format!("pts/{}", (major - 136) * 256 + minor)),
        4 if minor < 64 => Some(format!("tty{minor}")),
        4 => Some(format!("ttyS{}", minor - 64)),
        5 if minor == 1 => Some("console".to_owned()),
        204 if minor >= 64 => Some(format!("ttyAMA{}", minor - 64)),
        229 => Some(format!("hvc{minor}")),
        _ => Some(format!("{major}:{minor}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str =
        "S 7 42 42 34817 42 4194560 100 20 3 4 50 25 1 1 20 -5 3 0 9876 1048576 256 18446744073709551615";

    #[test]
    fn a_name_may_be_anything() {
        for name in ["sh", "a b", "x) R 1 (y", ")", "(", "two\nlines", ""] {
            let stat = parse(format!("42 ({name}) {REST}\n").as_bytes()).unwrap();
            assert_eq!(stat.comm, name.as_bytes());
            assert_eq!((stat.ppid, stat.start_ticks, stat.nice, stat.threads), (7, 9876, -5, 3));
            assert_eq!((stat.cpu_ticks, stat.child_faults), (75, 24));
            assert_eq!((stat.virtual_bytes, stat.rss_pages), (1_048_576, 256));
            assert!(!stat.kernel_thread);
            assert_eq!(terminal_name(stat.terminal).as_deref(), Some("pts/1"));
        }
        assert_eq!(parse(b"42 (\xff\xfe) S").map(|stat| stat.comm), None);
    }

    #[test]
    fn no_prefix_of_a_line_panics() {
        let line = format!("42 (x) {REST}\n");
        for end in 0..line.len() {
            let _ = parse(&line.as_bytes()[..end]);
        }
        assert!(parse(&line.as_bytes()[..30]).is_none());
    }

    #[test]
    fn terminals_have_their_usual_names() {
        for (device, name) in [(0x8801, "pts/1"), (0x0401, "tty1"), (0x0440, "ttyS0"), (0x8900, "pts/256")] {
            assert_eq!(terminal_name(device).as_deref(), Some(name));
        }
        assert_eq!(terminal_name(0), None);
    }
}
