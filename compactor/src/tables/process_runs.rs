//! `process_runs`: one row a commit, process, *image and credentials*. An exec starts a new row, and so does a user id
//! that turns 0 in place.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use snapshot::{Snapshot, Stream};

use super::life::{Life, Run};
use super::programs::{ProcessKey, new_since, process_key};
use super::{Rows, table};

table! {
    ProcessRuns "one row a commit, process, image and credentials: an exec, or a user id that changes in place, starts a new row"
    sorted by ["pid", "start_time", "first_seen"]
    for (key: &ProcessKey, r: &Run)
    {
        boot_id string "the kernel's boot id" = Some(&key.0);
        pid int "process id" = Some(r.sample.pid);
        ppid int "the parent's id when this row began" = r.sample.ppid;
        start_time timestamp "when the process was started" = r.sample.start_time_ms;
        parent_start_time timestamp "when the parent at first sight was started" = r.sample.parent_start_time_ms;
        name string "the kernel's comm, 15 bytes" = Some(&r.sample.name);
        exe string "the executable's path" = r.sample.exe.as_deref();
        exe_deleted boolean "no folder had the executable under its name any more, in some sample" = r.sample.exe_deleted;
        exe_memfd boolean "the executable lives in memory only" = r.sample.exe_memfd;
        exe_sha256 string "SHA-256 of the executable" = r.sample.exe_sha256.as_deref();
        cmdline string "the arguments when this row began" = r.sample.cmdline.as_deref();
        cwd string "the working directory when this row began" = r.sample.cwd.as_deref();
        user_name string "the effective user's name" = r.sample.user_name.as_deref();
        uid bigint "real user id" = r.sample.uid;
        euid bigint "effective user id" = r.sample.euid;
        loginuid bigint "who logged in; NULL when unset" = r.sample.loginuid;
        session_id string "the login session" = r.sample.session_id.as_deref();
        tty string "the controlling terminal" = r.sample.tty.as_deref();
        unit string "the systemd unit" = r.sample.unit.as_deref();
        container_id string "the container's id" = r.sample.container_id.as_deref();
        host_namespaces string "which of mnt net pid user it shares with process 1" = r.sample.host_namespaces.as_deref();
        capabilities string "effective capabilities" = r.sample.capabilities.as_deref();
        parent_name string "the parent's name at first sight" = r.sample.parent_name.as_deref();
        parent_exe string "the parent's executable at first sight" = r.sample.parent_exe.as_deref();
        ancestry string "names from the parent up at first sight, separated by <" = r.sample.ancestry.as_deref();
        first_seen timestamp "the first sample of this row" = Some(r.first_seen_ms);
        last_seen timestamp "the last sample of this row" = Some(r.last_seen_ms);
        samples bigint "samples" = Some(r.samples);
        cpu_ms bigint "processor time used while this row lasted" = r.own.cpu_ms;
        read_bytes bigint "bytes fetched from storage while this row lasted" = r.own.read_bytes;
        write_bytes bigint "bytes sent to storage while this row lasted" = r.own.write_bytes;
        child_faults bigint "page faults of waited-for children while this row lasted" = r.own.child_faults;
        rss_bytes_max bigint "the largest resident memory" = r.rss_bytes_max;
    }
}

/// The process runs of one host-day.
#[derive(Debug, Default)]
pub(crate) struct ProcessRuns {
    lives: BTreeMap<ProcessKey, Life>,
    stream: Option<Stream>,
}

impl ProcessRuns {
    /// Takes a snapshot in. `day_ms` is the filed day's first moment.
    pub(crate) fn take(&mut self, s: &Snapshot<'_>, day_ms: i64) {
        let ts = s.observed_at_ms.get();
        let new_since = new_since(s, &mut self.stream, day_ms);
        for p in &s.running_processes {
            let started_here = p.start_time_ms.is_some_and(|start| start.get() >= new_since);
            match self.lives.entry(process_key(s, p)) {
                Entry::Vacant(entry) => drop(entry.insert(Life::new(s.stream, p, ts, started_here))),
                Entry::Occupied(mut entry) => entry.get_mut().take(s.stream, p, ts, started_here),
            }
        }
    }

    /// Writes the rows.
    pub(crate) fn finish(self, rows: &mut Rows) -> anyhow::Result<()> {
        for (key, life) in self.lives {
            for run in life.runs() {
                append(rows, &key, &run)?;
            }
        }
        Ok(())
    }
}
