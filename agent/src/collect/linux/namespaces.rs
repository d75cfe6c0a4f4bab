//! The namespaces in which a process lives, compared with those of process 1.
//!
//! A process in all of the host's own is a process of the host, whatever its control group says; one that left some of
//! them is in a container, or in a service's private view of the file system.

use std::fs;

use super::tree::Tree;

/// Those that say where a process is, in the order in which they are written.
const KINDS: [&str; 4] = ["mnt", "net", "pid", "user"];

/// The kernel's names of them (`mnt:[4026531841]`), where they may be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Namespaces([Option<String>; 4]);

impl Namespaces {
    /// Reads the links of one process. Refusals count once a process, under `namespaces`.
    pub(crate) fn read(tree: &Tree, pid: &str) -> Self {
        let mut found = Self::default();
        for (kind, place) in KINDS.iter().zip(&mut found.0) {
            let link = fs::read_link(tree.at(&format!("proc/{pid}/ns/{kind}")));
            let Some(link) = tree.noting("namespaces", link) else { break };
            *place = link.into_os_string().into_string().ok();
        }
        found
    }

    /// Which of them are the host's too: `mnt net pid user`, empty for none, absent when either side is not known.
    pub(crate) fn shared_with(&self, host: &Self) -> Option<String> {
        let mut shared = Vec::new();
        for (kind, (own, host)) in KINDS.iter().zip(self.0.iter().zip(&host.0)) {
            if own.as_ref()? == host.as_ref()? {
                shared.push(*kind);
            }
        }
        Some(shared.join(" "))
    }

    /// Whether it is known that the mount namespace is another than the host's.
    pub(crate) fn other_mounts(&self, host: &Self) -> bool {
        differs(&self.0[0], &host.0[0])
    }

    /// Whether it is known that the user namespace is another than the host's.
    pub(crate) fn other_users(&self, host: &Self) -> bool {
        differs(&self.0[3], &host.0[3])
    }
}

fn differs(own: &Option<String>, host: &Option<String>) -> bool {
    matches!((own, host), (Some(own), Some(host)) if own != host)
}

#[cfg(test)]
mod tests {
    use super::Namespaces;

    #[test]
    fn shared_is_what_both_have() {
        let of = |mnt: &str, net: &str, pid: &str, user: &str| {
            Namespaces([mnt, net, pid, user].map(|inode| (!inode.is_empty()).then(|| inode.to_owned())))
        };
        let host = of("1", "2", "3", "4");
        assert_eq!(host.shared_with(&host).as_deref(), Some("mnt net pid user"));
        let container = of("5", "2", "6", "4");
        assert_eq!(container.shared_with(&host).as_deref(), Some("net user"));
        assert!(container.other_mounts(&host) && !container.other_users(&host));
        assert_eq!(of("5", "6", "7", "8").shared_with(&host).as_deref(), Some(""));
        // Not known is neither shared nor foreign.
        assert_eq!(of("1", "", "", "").shared_with(&host), None);
        assert_eq!(host.shared_with(&Namespaces::default()), None);
        assert!(!Namespaces::default().other_users(&host) && !Namespaces::default().other_mounts(&host));
    }
}
