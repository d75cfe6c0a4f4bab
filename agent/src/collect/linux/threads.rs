//! Threads that the kernel counts and no listing shows: where a rootkit hides a process.
//!
//! `/proc/loadavg` ends in `running/all last-pid`, and *all* counts every thread, the kernel's own too. The number is
//! the whole kernel's, so it says something only to who sees the whole kernel: in the first pid namespace, and without
//! `hidepid` in the way. Elsewhere nothing is said.

use super::stat;
use super::tree::Tree;

/// The inode of the kernel's first pid namespace, fixed in its `proc_ns.h`.
const FIRST_NAMESPACE: &str = "pid:[4026531836]";

/// All threads by the kernel's own count.
pub(crate) fn counted(tree: &Tree) -> Option<u64> {
    let text = tree.text("proc/loadavg", "load")?;
    text.split(' ').nth(3)?.split_once('/')?.1.parse().ok()
}

/// How many threads are missing from a listing that began when `before` were counted and showed `listed`. Processes
/// come and go while one looks: what is missing is looked for once more, and only what is missing both times counts.
pub(crate) fn unlisted(tree: &Tree, before: Option<u64>, listed: u64) -> Option<i64> {
    let whole = std::fs::read_link(tree.at("proc/self/ns/pid")).ok()?;
    if whole.to_str() != Some(FIRST_NAMESPACE) || tree.was_denied("stat") || tree.was_denied("hidepid") {
        return None;
    }
    let missing = before?.min(counted(tree)?).saturating_sub(listed);
    let missing = match missing {
        0 => 0,
        first => first.min(look(tree)?),
    };
    i64::try_from(missing).ok()
}

fn look(tree: &Tree) -> Option<u64> {
    let before = counted(tree)?;
    let listed: u64 = tree
        .names("proc", "proc")
        .iter()
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .filter_map(|pid| stat::parse(&tree.bytes(&format!("proc/{pid}/stat"), "stat")?))
        .map(|stat| u64::try_from(stat.threads).unwrap_or(0))
        .sum();
    Some(before.min(counted(tree)?).saturating_sub(listed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_what_stays_missing_counts() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path());
        fs::create_dir_all(folder.path().join("proc/self/ns")).unwrap();
        fs::create_dir_all(folder.path().join("proc/7")).unwrap();
        fs::write(folder.path().join("proc/loadavg"), "0.50 0.40 0.30 1/12 999\n").unwrap();
        let stat = "7 (x) S 1 7 7 0 7 0 1 2 3 4 50 25 1 1 20 0 9 0 10 4096 1 0\n";
        fs::write(folder.path().join("proc/7/stat"), stat).unwrap();
        assert_eq!(unlisted(&tree, Some(12), 9), None, "no namespace, nothing said");
        let namespace = folder.path().join("proc/self/ns/pid");
        std::os::unix::fs::symlink("pid:[4026532000]", &namespace).unwrap();
        assert_eq!(unlisted(&tree, Some(12), 9), None, "a container's view");
        fs::remove_file(&namespace).unwrap();
        std::os::unix::fs::symlink(FIRST_NAMESPACE, &namespace).unwrap();
        assert_eq!(unlisted(&tree, Some(12), 12), Some(0));
        assert_eq!(unlisted(&tree, Some(12), 9), Some(3));
        // The first look missed more than the second: some had only just come or gone.
        assert_eq!(unlisted(&tree, Some(12), 2), Some(3));
        assert_eq!(unlisted(&tree, Some(10), 9), Some(1), "two came while it looked");
        tree.deny("hidepid");
        assert_eq!(unlisted(&tree, Some(12), 9), None);
    }
}
