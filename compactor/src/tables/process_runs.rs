//! `process_runs`: one row a commit, process, *image and credentials*. An exec starts a new row, and so does a user id
//! that turns 0 in place.

use std::collections::BTreeMap;

use snapshot::{Process, Snapshot, Stream};

use super::counters::Counters;
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

/// A row in the making.
#[derive(Debug)]
pub(crate) struct Run {
    sample: Process<'static>,
    first_seen_ms: i64,
    last_seen_ms: i64,
    samples: i64,
    own: Counters,
    rss_bytes_max: Option<i64>,
}

/// A process as one stream saw it, with the rows that it made there.
#[derive(Debug)]
struct Segment {
    stream: Stream,
    /// It was started in this commit, so that all it used is its own.
    started_here: bool,
    first: Counters,
    last: Counters,
    /// Without what was used before the first sample: that depends on the segment before.
    runs: Vec<Run>,
}

/// The process runs of one host-day.
#[derive(Debug, Default)]
pub(crate) struct ProcessRuns {
    lives: BTreeMap<ProcessKey, Vec<Segment>>,
    stream: Option<Stream>,
}

impl ProcessRuns {
    /// Takes a snapshot in. `day_ms` is the filed day's first moment.
    pub(crate) fn take(&mut self, s: &Snapshot<'_>, day_ms: i64) {
        let ts = s.observed_at_ms.get();
        let new_since = new_since(s, &mut self.stream, day_ms);
        for p in &s.running_processes {
            let now = Counters::of(p);
            let segments = self.lives.entry(process_key(s, p)).or_default();
            match segments.last_mut().filter(|segment| segment.stream == s.stream) {
                Some(segment) => segment.go_on(p, ts, now),
                None => {
                    let started_here = p.start_time_ms.is_some_and(|start| start.get() >= new_since);
                    let before = if started_here { Counters::ZERO } else { now };
                    segments.push(Segment {
                        stream: s.stream,
                        started_here,
                        first: now,
                        last: now.or(before),
                        runs: vec![Run::begin(p, ts, Counters::default())],
                    });
                }
            }
        }
    }

    /// Writes the rows.
    pub(crate) fn finish(self, rows: &mut Rows) -> anyhow::Result<()> {
        for (key, segments) in self.lives {
            for run in joined(segments) {
                append(rows, &key, &run)?;
            }
        }
        Ok(())
    }
}

/// The rows of a process, whatever streams saw it. A spool that is wiped begins a new stream in the midst of a boot,
/// and streams come in the order of their random names: only here they are put in the order of time.
fn joined(mut segments: Vec<Segment>) -> Vec<Run> {
    segments.sort_by_key(|segment| segment.runs.first().map(|run| run.first_seen_ms));
    let mut joined: Vec<Run> = Vec::new();
    let mut before = None;
    for segment in segments {
        // What a process used before this commit's first sample of it belongs to an earlier row.
        let base = before.unwrap_or(if segment.started_here { Counters::ZERO } else { segment.first });
        before = Some(segment.last.or(base));
        let mut runs = segment.runs.into_iter();
        if let Some(mut first) = runs.next() {
            first.own = first.own.plus(segment.first.rise(base));
            match joined.last_mut() {
                Some(last) if same_image(&last.sample, &first.sample) => last.join(&first),
                _ => joined.push(first),
            }
        }
        joined.extend(runs);
    }
    joined
}

/// The command line is not compared: some services write their state there.
fn same_image(one: &Process<'_>, other: &Process<'_>) -> bool {
    (&one.exe, one.exe_memfd, one.uid, one.euid) == (&other.exe, other.exe_memfd, other.uid, other.euid)
}

impl Segment {
    fn go_on(&mut self, p: &Process<'_>, ts: i64, now: Counters) {
        let rise = now.rise(self.last);
        self.last = now.or(self.last);
        match self.runs.last_mut() {
            Some(run) if same_image(&run.sample, p) => run.go_on(p, ts, rise),
            _ => self.runs.push(Run::begin(p, ts, rise)),
        }
    }
}

impl Run {
    fn begin(p: &Process<'_>, ts: i64, rise: Counters) -> Self {
        Self {
            sample: p.to_static(),
            first_seen_ms: ts,
            last_seen_ms: ts,
            samples: 1,
            own: rise,
            rss_bytes_max: p.rss_bytes.map(i64::from),
        }
    }

    fn go_on(&mut self, p: &Process<'_>, ts: i64, rise: Counters) {
        self.first_seen_ms = self.first_seen_ms.min(ts);
        self.last_seen_ms = self.last_seen_ms.max(ts);
        self.samples += 1;
        self.own = self.own.plus(rise);
        self.rss_bytes_max = self.rss_bytes_max.max(p.rss_bytes.map(i64::from));
        self.learn(p);
    }

    fn join(&mut self, next: &Self) {
        self.first_seen_ms = self.first_seen_ms.min(next.first_seen_ms);
        self.last_seen_ms = self.last_seen_ms.max(next.last_seen_ms);
        self.samples += next.samples;
        self.own = self.own.plus(next.own);
        self.rss_bytes_max = self.rss_bytes_max.max(next.rss_bytes_max);
        self.learn(&next.sample);
    }

    /// A binary that is deleted while it runs, and a digest that comes a minute later.
    fn learn(&mut self, p: &Process<'_>) {
        self.sample.exe_deleted = self.sample.exe_deleted.max(p.exe_deleted);
        if self.sample.exe_sha256.is_none() {
            self.sample.exe_sha256 = p.exe_sha256.as_ref().map(snapshot::Text::to_static);
        }
    }
}
