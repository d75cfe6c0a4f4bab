//! Parent and ancestry as first seen.
//!
//! When a parent dies the kernel hands its children to process 1, and a shell that a web server started looks like
//! systemd's own. So the first sample that sees a process fixes who started it, and every later one repeats that.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use snapshot::{Millis, Process, Text};

use super::origins::Origins;

/// A process for good: the kernel reuses pids, but not with the same start.
pub(crate) type Key = (i64, u64);

/// Longest chain that is written out: real ones have 5 to 12 links, and process 1 ends them.
const LONGEST_CHAIN: usize = 32;

/// What is known about a process that others may descend from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) ppid: i64,
    pub(crate) name: String,
    pub(crate) exe: Option<String>,
    pub(crate) start_ms: Option<i64>,
    /// The SSM session whose worker it is.
    pub(crate) ssm: Option<String>,
}

/// Who started a process, as first seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) parent_name: Option<String>,
    pub(crate) parent_exe: Option<String>,
    pub(crate) parent_start_ms: Option<i64>,
    /// Names from the parent up to process 1.
    pub(crate) ancestry: Vec<String>,
    /// The SSM session in which it was started. No control group says that, so it is inherited.
    pub(crate) ssm: Option<String>,
}

impl Origin {
    /// Writes it into the process that has it.
    pub(crate) fn fill(&self, process: &mut Process<'static>) {
        process.parent_start_time_ms = self.parent_start_ms.and_then(Millis::new);
        process.parent_name = self.parent_name.clone().map(Text::cut);
        process.parent_exe = self.parent_exe.clone().map(Text::cut);
        process.ancestry = (!self.ancestry.is_empty()).then(|| Text::cut(self.ancestry.join(" < ")));
        process.session_id = process.session_id.take().or_else(|| self.ssm.clone().map(Text::cut));
    }
}

/// Every living process's origin.
#[derive(Debug, Default)]
pub(crate) struct Family {
    origins: Origins,
}

impl Family {
    /// A family of which so much is known from before.
    pub(crate) fn begin(origins: Origins) -> Self {
        Self { origins }
    }

    /// Takes in a sample: fixes the origins of those that are new, forgets those that are gone. Processes are
    /// taken oldest first, so that an ancestor's own first sight (which may know a grandparent who has died
    /// since) is there before its descendants ask.
    pub(crate) fn refresh(&mut self, sample: &HashMap<Key, Member>) {
        let origins = &mut self.origins.known;
        origins.retain(|key, _| sample.contains_key(key));
        let by_pid: HashMap<i64, (Key, &Member)> =
            sample.iter().map(|(key, member)| (key.0, (*key, member))).collect();
        // A worker that was first seen between its fork and its exec is known as one only now.
        let mut learnt = false;
        for (key, origin) in origins.iter_mut() {
            let worker = sample.get(key).and_then(|member| member.ssm.as_ref());
            if let Some(id) = worker.filter(|id| origin.ssm.as_ref() != Some(id)) {
                origin.ssm = Some(id.clone());
                learnt = true;
            }
        }
        let mut keys: Vec<Key> = sample.keys().copied().filter(|key| !origins.contains_key(key)).collect();
        learnt |= !keys.is_empty();
        keys.sort_unstable_by_key(|&(pid, start)| (start, pid));
        for key in keys {
            let Some(member) = sample.get(&key) else { continue };
            let mut origin = by_pid
                .get(&member.ppid)
                // A "parent" that is younger got the pid of one that has died.
                .filter(|((_, start), _)| *start <= key.1)
                .map(|(parent_key, parent)| self.origin_from(*parent_key, parent))
                .unwrap_or_default();
            origin.ssm = member.ssm.clone().or(origin.ssm);
            self.origins.known.insert(key, origin);
        }
        if learnt {
            self.origins.keep();
        }
    }

    fn origin_from(&self, key: Key, parent: &Member) -> Origin {
        let mut ancestry = vec![parent.name.clone()];
        let earlier = self.origins.known.get(&key);
        if let Some(earlier) = earlier {
            ancestry.extend(earlier.ancestry.iter().take(LONGEST_CHAIN - 1).cloned());
        }
        Origin {
            parent_name: Some(parent.name.clone()),
            parent_exe: parent.exe.clone(),
            parent_start_ms: parent.start_ms,
            ancestry,
            ssm: earlier.and_then(|earlier| earlier.ssm.clone()),
        }
    }

    /// A process's origin, once [`Family::refresh`] has seen it.
    pub(crate) fn origin(&self, key: Key) -> Option<&Origin> {
        self.origins.known.get(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(ppid: i64, name: &str) -> Member {
        Member { ppid, name: name.into(), exe: Some(format!("/bin/{name}")), start_ms: Some(1), ssm: None }
    }

    #[test]
    fn an_orphan_keeps_the_parent_it_had() {
        let mut family = Family::default();
        let (init, web, shell) = ((1, 0), (50, 100), (60, 200));
        family.refresh(&HashMap::from([
            (init, member(0, "systemd")),
            (web, member(1, "php-fpm")),
            (shell, member(50, "sh")),
        ]));
        // The web server dies, the shell becomes systemd's, and then starts something itself.
        let child = (70, 300);
        family.refresh(&HashMap::from([
            (init, member(0, "systemd")),
            (shell, member(1, "sh")),
            (child, member(60, "curl")),
        ]));
        let origin = family.origin(shell).unwrap();
        assert_eq!(origin.parent_name.as_deref(), Some("php-fpm"));
        assert_eq!(origin.ancestry, ["php-fpm", "systemd"]);
        assert_eq!(family.origin(child).unwrap().ancestry, ["sh", "php-fpm", "systemd"]);
        assert_eq!(family.origin(web), None);
    }

    #[test]
    fn what_an_ssm_shell_started_belongs_to_its_session() {
        let mut family = Family::default();
        let (worker, shell, editor) = ((50, 100), (60, 200), (70, 300));
        let as_worker = Member { ssm: Some("alice-01".into()), ..member(1, "ssm-session-wor") };
        // Seen first between fork and exec, when it is still its parent's copy.
        family.refresh(&HashMap::from([(worker, member(1, "ssm-agent-worke"))]));
        assert_eq!(family.origin(worker).unwrap().ssm, None);
        family.refresh(&HashMap::from([
            (worker, as_worker),
            (shell, member(50, "sh")),
            (editor, member(60, "vi")),
        ]));
        for key in [worker, shell, editor] {
            assert_eq!(family.origin(key).unwrap().ssm.as_deref(), Some("alice-01"));
        }
        // The session is over; what it left running is still known as its own.
        family.refresh(&HashMap::from([(editor, member(1, "vi"))]));
        assert_eq!(family.origin(editor).unwrap().ssm.as_deref(), Some("alice-01"));
    }

    #[test]
    fn a_reused_pid_is_no_parent_and_loops_end() {
        let mut family = Family::default();
        let (child, newcomer) = ((60, 200), (50, 900));
        family.refresh(&HashMap::from([(child, member(50, "sh")), (newcomer, member(60, "vi"))]));
        assert_eq!(family.origin(child).unwrap(), &Origin::default());
        assert_eq!(family.origin(newcomer).unwrap().parent_name.as_deref(), Some("sh"));
        let (a, b) = ((1, 5), (2, 5));
        family.refresh(&HashMap::from([
            (a, member(2, "a")),
            (b, member(1, "b")),
            ((3, 5), member(3, "self")),
        ]));
        assert!(family.origin((3, 5)).unwrap().ancestry.len() <= LONGEST_CHAIN);
    }
}
