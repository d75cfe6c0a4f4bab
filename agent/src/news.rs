//! What cannot wait a quarter of an hour: things an investigator would miss if the host vanished now.
//!
//! A new session, an executable that this host has never run before, or one that runs on after its file was deleted (for
//! the first time: a package upgrade does it too). A small bucket of tokens keeps a host whose
//! every program is new (a build machine) from sending each minute: what is over is sent with the next batch.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use sha2::{Digest, Sha256};
use snapshot::Snapshot;

/// So many alarms in a row.
const TOKENS: i64 = 3;
/// One more after so long.
const REFILL_MS: i64 = 10 * 60_000;
/// A host that has run more different programs than this starts to learn anew: a bound for memory and file.
const MOST: usize = 65_536;

/// What is known already.
#[derive(Debug)]
pub(crate) struct News {
    file: File,
    /// The first eight bytes of each path's SHA-256.
    programs: HashSet<u64>,
    /// The folder is new: its first sample teaches and alarms nobody.
    learning: bool,
    sessions: Option<HashSet<String>>,
    tokens: i64,
    refilled_at_ms: i64,
}

impl News {
    /// Opens what the state folder knows.
    pub(crate) fn open(folder: &Path, now_ms: i64) -> anyhow::Result<Self> {
        let path = folder.join("programs-seen");
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        let mut programs: HashSet<u64> =
            known.lines().filter_map(|line| u64::from_str_radix(line, 16).ok()).collect();
        let overflow = programs.len() >= MOST;
        if overflow {
            programs.clear();
        }
        let file = OpenOptions::new()
            .create(true)
            .append(!overflow)
            .write(true)
            .truncate(overflow)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("open {}", path.display()))?;
        let learning = programs.is_empty();
        Ok(Self { file, programs, learning, sessions: None, tokens: TOKENS, refilled_at_ms: now_ms })
    }

    /// Looks at a sample; says whether it should leave the host at once.
    pub(crate) fn look(&mut self, snapshot: &Snapshot<'_>, now_ms: i64) -> bool {
        if snapshot.running_processes.is_empty() && snapshot.users.is_empty() {
            // Nobody was seen, because the sample did not come or all of it is left out: what was there before still is.
            return false;
        }
        let learning = std::mem::take(&mut self.learning);
        let mut fresh = Vec::new();
        for process in snapshot.running_processes.iter() {
            let Some(exe) = process.exe.as_deref() else { continue };
            let deleted = (process.exe_deleted == Some(true)).then(|| identity(&format!("{exe} (deleted)")));
            for id in [Some(identity(exe)), deleted].into_iter().flatten() {
                if self.programs.insert(id) {
                    fresh.push(format!("{id:016x}\n"));
                }
            }
        }
        // Not synced: a lost line makes one alarm more.
        let _ = self.file.write_all(fresh.concat().as_bytes());
        let sessions: HashSet<String> = snapshot
            .users
            .iter()
            .map(|user| {
                let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
                let pid = user.pid.map_or(0, snapshot::Int::get);
                format!(
                    "{}/{}/{}/{pid}",
                    &*user.user,
                    text(user.session_id.as_deref()),
                    text(user.terminal.as_deref())
                )
            })
            .collect();
        let before = self.sessions.replace(sessions);
        let arrived = match (&before, &self.sessions) {
            (Some(before), Some(now)) => now.difference(before).next().is_some(),
            _ => false,
        };
        (arrived || (!fresh.is_empty() && !learning)) && self.take_token(now_ms)
    }

    fn take_token(&mut self, now_ms: i64) -> bool {
        // A clock that was set back must not freeze the bucket.
        self.refilled_at_ms = self.refilled_at_ms.min(now_ms);
        let refills = (now_ms - self.refilled_at_ms) / REFILL_MS;
        self.tokens = (self.tokens + refills).min(TOKENS);
        self.refilled_at_ms += refills * REFILL_MS;
        let has = self.tokens > 0;
        self.tokens -= i64::from(has);
        has
    }
}

fn identity(exe: &str) -> u64 {
    let digest = Sha256::digest(exe.as_bytes());
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a sample that shows this means, for a host that knows `/bin/a` and one session.
    fn means(shown: &[&str]) -> Vec<bool> {
        let folder = tempfile::tempdir().unwrap();
        let mut news = News::open(folder.path(), 0).unwrap();
        let first =
            [r#""running_processes":[{"pid":1,"name":"a","exe":"/bin/a"}],"users":[{"user":"alice"}]"#];
        first
            .iter()
            .chain(shown)
            .map(|members| {
                let line = format!(
                    r#"{{"version":1,"host_id":"i-1","stream":"0000000000000001","seq":1,"boot_id":"b","observed_at_ms":1795392000000,{members}}}"#
                );
                news.look(&serde_json::from_str(&line).unwrap(), 0)
            })
            .skip(1)
            .collect()
    }

    #[test]
    fn a_deleted_program_is_news_once() {
        let deleted = r#""running_processes":[{"pid":1,"name":"a","exe":"/bin/a","exe_deleted":true}]"#;
        let there = r#""running_processes":[{"pid":1,"name":"a","exe":"/bin/a","exe_deleted":false}]"#;
        assert_eq!(means(&[there, deleted, there, deleted]), [false, true, false, false]);
    }

    #[test]
    fn who_was_not_seen_for_a_minute_does_not_arrive_anew() {
        let alice = r#""running_processes":[{"pid":1,"name":"a","exe":"/bin/a"}],"users":[{"user":"alice"}]"#;
        let blind = r#""unreadable":"sample_hangs=1""#;
        let left = r#""running_processes":[{"pid":1,"name":"a","exe":"/bin/a"}]"#;
        assert_eq!(means(&[blind, alice, left, alice]), [false, false, false, true]);
    }
}
