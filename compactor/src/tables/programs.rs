//! `programs`: one row a commit, day, host, executable, digest and user: *where else has this ever run*, for a
//! thousandth of the bytes that the samples take.

use std::collections::{BTreeMap, HashSet};

use snapshot::{Process, Snapshot, Stream};

use super::{Rows, table};

table! {
    Programs "one row a commit, host, executable, digest and user; its view adds the commits of a day up"
    sorted by ["exe", "exe_sha256", "user_name"]
    for (key: &Key, p: &Program)
    {
        exe string "the executable's path" = Some(&key.exe);
        exe_sha256 string "SHA-256 of the executable" = key.exe_sha256.as_deref();
        user_name string "the effective user's name" = key.user_name.as_deref();
        exe_memfd boolean "the executable lives in memory only" = p.sample.exe_memfd;
        exe_mode string "permission bits, octal" = p.sample.exe_mode.as_deref();
        exe_uid bigint "the executable's owner" = p.sample.exe_uid;
        exe_size_bytes bigint "the executable's size" = p.sample.exe_size_bytes;
        exe_mtime timestamp "when its contents changed last" = p.sample.exe_mtime_ms;
        exe_ctime timestamp "when its inode changed last" = p.sample.exe_ctime_ms;
        first_seen timestamp "the first sample with it in this commit" = Some(p.first_seen_ms);
        last_seen timestamp "the last sample with it in this commit" = Some(p.last_seen_ms);
        runs bigint "processes with it that were started in the time of this commit; what ran on from before is none" = i64::try_from(p.runs).ok();
        samples bigint "samples of processes with it" = i64::try_from(p.samples).ok();
    }
}

/// What a row is about.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    exe: String,
    exe_sha256: Option<String>,
    user_name: Option<String>,
}

/// What is known about it.
#[derive(Debug)]
pub(crate) struct Program {
    sample: Process<'static>,
    first_seen_ms: i64,
    last_seen_ms: i64,
    runs: u64,
    samples: u64,
}

/// A process, as long as a host boots and runs.
pub(crate) type ProcessKey = (String, i64, i64);

/// Which process a sample is of: boot, pid, start.
pub(crate) fn process_key(s: &Snapshot<'_>, p: &Process<'_>) -> ProcessKey {
    (s.boot_id.to_string(), p.pid.get(), p.start_time_ms.map_or(0, |start| start.get()))
}

/// From which start on a process that `s` shows for the first time is new in this commit, in milliseconds since 1970
/// UTC. `before` is the stream of the snapshot taken before: streams come one after the other, in no order of time.
///
/// Within a stream every process that shows up is new. In a stream's first snapshot others may have seen it: it is new
/// when it was started after the sample before, or, where that is unknown, in the filed day, which begins at `day_ms`.
pub(crate) fn new_since(s: &Snapshot<'_>, before: &mut Option<Stream>, day_ms: i64) -> i64 {
    let goes_on = before.replace(s.stream) == Some(s.stream);
    match s.interval_ms {
        _ if goes_on => i64::MIN,
        Some(interval) => s.observed_at_ms.get() - interval.get(),
        None => day_ms,
    }
}

/// The programs of one host-day.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    programs: BTreeMap<Key, Program>,
    seen: HashSet<ProcessKey>,
    stream: Option<Stream>,
}

impl Programs {
    /// Takes a snapshot in. `day_ms` is the filed day's first moment.
    pub(crate) fn take(&mut self, s: &Snapshot<'_>, day_ms: i64) {
        let ts = s.observed_at_ms.get();
        let new_since = new_since(s, &mut self.stream, day_ms);
        for p in &s.running_processes {
            let Some(exe) = &p.exe else { continue };
            let first_sight = self.seen.insert(process_key(s, p));
            let is_new = first_sight && p.start_time_ms.is_none_or(|start| start.get() >= new_since);
            let key = Key {
                exe: exe.to_string(),
                exe_sha256: p.exe_sha256.as_deref().map(str::to_owned),
                user_name: p.user_name.as_deref().map(str::to_owned),
            };
            let program = self.programs.entry(key).or_insert_with(|| Program {
                sample: p.to_static(),
                first_seen_ms: ts,
                last_seen_ms: ts,
                runs: 0,
                samples: 0,
            });
            program.first_seen_ms = program.first_seen_ms.min(ts);
            program.last_seen_ms = program.last_seen_ms.max(ts);
            program.runs += u64::from(is_new);
            program.samples += 1;
        }
    }

    /// Writes the rows.
    pub(crate) fn finish(self, rows: &mut Rows) -> anyhow::Result<()> {
        self.programs.iter().try_for_each(|(key, program)| append(rows, key, program))
    }
}
