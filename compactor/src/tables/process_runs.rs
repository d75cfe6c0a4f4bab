//! `process_runs`: one row a commit, process, *image and credentials*. An exec starts a new row, and so does a user id
//! that turns 0 in place.

use std::collections::BTreeMap;

use snapshot::{Count, Process, Snapshot};

use super::programs::{ProcessKey, process_key};
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
        exe_deleted boolean "the executable had no name left in any folder, in some sample" = r.sample.exe_deleted;
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

/// Counters of a process, or what they rose by.
#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    cpu_ms: Option<i64>,
    read_bytes: Option<i64>,
    write_bytes: Option<i64>,
    child_faults: Option<i64>,
}

impl Counters {
    const ZERO: Self =
        Self { cpu_ms: Some(0), read_bytes: Some(0), write_bytes: Some(0), child_faults: Some(0) };

    fn of(p: &Process<'_>) -> Self {
        let value = |count: Option<Count>| count.map(i64::from);
        Self {
            cpu_ms: value(p.cpu_ms),
            read_bytes: value(p.read_bytes),
            write_bytes: value(p.write_bytes),
            child_faults: value(p.child_faults),
        }
    }

    /// Each member by a rule.
    fn with(self, other: Self, rule: impl Fn(Option<i64>, Option<i64>) -> Option<i64>) -> Self {
        Self {
            cpu_ms: rule(self.cpu_ms, other.cpu_ms),
            read_bytes: rule(self.read_bytes, other.read_bytes),
            write_bytes: rule(self.write_bytes, other.write_bytes),
            child_faults: rule(self.child_faults, other.child_faults),
        }
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

/// A process, with the rows it has made so far.
#[derive(Debug)]
struct Life {
    last: Counters,
    runs: Vec<Run>,
}

/// The process runs of one host-day.
#[derive(Debug, Default)]
pub(crate) struct ProcessRuns {
    lives: BTreeMap<ProcessKey, Life>,
    any: bool,
}

impl ProcessRuns {
    /// Takes a snapshot in. `day_ms` is the filed day's first moment.
    pub(crate) fn take(&mut self, s: &Snapshot<'_>, day_ms: i64) {
        let ts = s.observed_at_ms.get();
        for p in &s.running_processes {
            let now = Counters::of(p);
            // What a process used before this day's first sample of it belongs to an earlier row, unless it was
            // started in this day, or since the sample before.
            let since = match s.interval_ms {
                _ if self.any => i64::MIN,
                Some(interval) => ts - interval.get(),
                None => day_ms,
            };
            let started_here = p.start_time_ms.is_some_and(|start| start.get() >= since);
            let life = self.lives.entry(process_key(s, p)).or_insert_with(|| Life {
                last: if started_here { Counters::ZERO } else { now },
                runs: Vec::new(),
            });
            let rise = now.with(life.last, |now, last| Some((now? - last?).max(0)));
            life.last = now.with(life.last, Option::or);
            match life.runs.last_mut() {
                Some(run) if same_image(&run.sample, p) => run.go_on(p, ts, rise),
                _ => life.runs.push(Run::begin(p, ts, rise)),
            }
        }
        self.any = true;
    }

    /// Writes the rows.
    pub(crate) fn finish(self, rows: &mut Rows) -> anyhow::Result<()> {
        for (key, life) in &self.lives {
            for run in &life.runs {
                append(rows, key, run)?;
            }
        }
        Ok(())
    }
}

/// The command line is not compared: some services write their state there.
fn same_image(one: &Process<'_>, other: &Process<'_>) -> bool {
    (&one.exe, one.exe_memfd, one.uid, one.euid) == (&other.exe, other.exe_memfd, other.uid, other.euid)
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
        self.own = self.own.with(rise, |sum, rise| match (sum, rise) {
            (Some(sum), Some(rise)) => Some(sum.saturating_add(rise)),
            (sum, rise) => sum.or(rise),
        });
        self.rss_bytes_max = self.rss_bytes_max.max(p.rss_bytes.map(i64::from));
        // A binary that is deleted while it runs, and a digest that comes a minute later.
        self.sample.exe_deleted = self.sample.exe_deleted.max(p.exe_deleted);
        if self.sample.exe_sha256.is_none() {
            self.sample.exe_sha256 = p.exe_sha256.as_ref().map(snapshot::Text::to_static);
        }
    }
}
