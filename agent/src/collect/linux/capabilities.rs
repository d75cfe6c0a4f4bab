//! Names of capabilities: what a process may do without being root, or what root was left with.

/// In the order of the kernel's numbers, from `linux/capability.h`; that list only grows.
const NAMES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

/// The names of a set of bits, sorted and separated by spaces: `cap_net_admin cap_net_raw`. Empty for none; a bit that
/// is newer than this list is `cap_41`.
pub(crate) fn names(bits: u64) -> String {
    let mut names: Vec<String> = (0..64)
        .filter(|bit| bits >> bit & 1 == 1)
        .map(|bit| match NAMES.get(bit) {
            Some(name) => format!("cap_{name}"),
            None => format!("cap_{bit}"),
        })
        .collect();
    names.sort_unstable();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn sets_have_names() {
        for (bits, expected) in [
            (0, ""),
            (1 << 13, "cap_net_raw"),
            (1 << 13 | 1 << 12, "cap_net_admin cap_net_raw"),
            (1 << 21 | 1 << 0 | 1 << 41, "cap_41 cap_chown cap_sys_admin"),
        ] {
            assert_eq!(names(bits), expected);
        }
        // Root's full set is what most rows hold; the contract's longest text must take it, with bits yet to come.
        assert!(names((1 << 41) - 1).ends_with("cap_wake_alarm"));
        assert!(names(u64::MAX).len() <= 1024, "{}", names(u64::MAX).len());
    }
}
