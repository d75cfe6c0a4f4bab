//! `/proc/PID/status`: who a process is and what it may do. Everybody may read it.

/// What is taken from it; absent is what the file does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Real user.
    pub(crate) uid: Option<u64>,
    /// Effective user.
    pub(crate) euid: Option<u64>,
    /// Real group.
    pub(crate) gid: Option<u64>,
    /// Effective capabilities, a bit each.
    pub(crate) capabilities: Option<u64>,
    /// It has an id of its own in a pid namespace below the reader's: a container, seen without any privilege.
    pub(crate) nested: bool,
}

impl Status {
    /// Reads the lines that are there.
    pub(crate) fn parse(text: &str) -> Self {
        let mut status = Self::default();
        for line in text.lines() {
            let Some((name, rest)) = line.split_once(':') else { continue };
            let mut fields = rest.split_ascii_whitespace();
            match name {
                "Uid" => {
                    status.uid = fields.next().and_then(|uid| uid.parse().ok());
                    status.euid = fields.next().and_then(|uid| uid.parse().ok());
                }
                "Gid" => status.gid = fields.next().and_then(|gid| gid.parse().ok()),
                "NSpid" => status.nested = fields.count() > 1,
                "CapEff" => {
                    status.capabilities = fields.next().and_then(|bits| u64::from_str_radix(bits, 16).ok());
                }
                _ => {}
            }
        }
        status
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn lines_are_found_wherever_they_are() {
        // A process names itself; the kernel writes its newline as `\n`, so that the name cannot pose as a line.
        let text = "Name:\tx\\nUid:\t7\nState:\tS (sleeping)\nUid:\t1000\t0\t0\t0\nGid:\t5\t6\t6\t6\nNSpid:\t400\t1\n\
                    CapInh:\t0000000000000000\nCapEff:\t0000000000002000\n";
        let status = Status::parse(text);
        assert_eq!((status.uid, status.euid, status.gid), (Some(1000), Some(0), Some(5)));
        assert_eq!((status.capabilities, status.nested), (Some(1 << 13), true));
        assert!(!Status::parse("NSpid:\t400\n").nested);
        assert_eq!(Status::parse("Uid:\tx\nCapEff:\tzz\nno colon"), Status::default());
    }
}
