//! One process of a host-day, as streams saw it one after the other, and the rows that come of it.

use std::mem;
use std::sync::Arc;

use snapshot::{Process, Stream};

use super::counters::Counters;

/// A sample is compared with so many before it: what stays the same is kept once.
const IMAGES_COMPARED: usize = 8;

/// A row in the making.
#[derive(Debug)]
pub(super) struct Run {
    /// What the row says of the process, without what moves from sample to sample.
    pub(super) sample: Arc<Process<'static>>,
    pub(super) first_seen_ms: i64,
    pub(super) last_seen_ms: i64,
    pub(super) samples: i64,
    pub(super) own: Counters,
    pub(super) rss_bytes_max: Option<i64>,
}

/// A process as one stream saw it, with the rows that it made there.
#[derive(Debug)]
struct Segment {
    /// It was started in this commit, so that all it used is its own.
    started_here: bool,
    first: Counters,
    last: Counters,
    /// Without what was used before the first sample: that depends on the segment before.
    runs: Vec<Run>,
}

/// A segment that has ended, in as little room as it takes: a host that posts the original program's request has 1,440
/// streams a day, and each sees every process once.
#[derive(Debug)]
enum Ended {
    Glimpse { sample: Arc<Process<'static>>, ts: i64, started_here: bool, used: Option<Box<Used>> },
    Longer(Box<Segment>),
}

/// What moves from sample to sample.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Used {
    counters: Counters,
    rss_bytes: Option<i64>,
}

/// A process, whatever streams saw it.
#[derive(Debug)]
pub(super) struct Life {
    stream: Stream,
    under_way: Segment,
    ended: Vec<Ended>,
}

impl Life {
    /// Begins with the first sample.
    pub(super) fn new(stream: Stream, p: &Process<'_>, ts: i64, started_here: bool) -> Self {
        let image = Arc::new(still(p).to_static());
        let under_way = Segment::new(image, ts, Used::of(p), started_here);
        Self { stream, under_way, ended: Vec::new() }
    }

    /// Takes the next sample.
    pub(super) fn take(&mut self, stream: Stream, p: &Process<'_>, ts: i64, started_here: bool) {
        if self.stream == stream {
            return self.under_way.go_on(p, ts);
        }
        let segment = Segment::new(self.image(p), ts, Used::of(p), started_here);
        self.ended.push(mem::replace(&mut self.under_way, segment).end());
        self.stream = stream;
    }

    /// What stays the same of a sample: that of a segment before, where it is equal.
    fn image(&self, p: &Process<'_>) -> Arc<Process<'static>> {
        let still = still(p);
        let under_way = self.under_way.runs.last().map(|run| &run.sample);
        let before = self.ended.iter().rev().filter_map(Ended::sample);
        let mut images = under_way.into_iter().chain(before).take(IMAGES_COMPARED);
        let same = images.find(|image| image.as_ref() == &still);
        same.cloned().unwrap_or_else(|| Arc::new(still.to_static()))
    }

    /// Its rows. A spool that is wiped begins a new stream in the midst of a boot, and streams come in the order of their
    /// random names: only here they are put in the order of time.
    pub(super) fn runs(self) -> Vec<Run> {
        let ended = self.ended.into_iter().map(Ended::segment);
        let mut segments: Vec<Segment> = ended.chain([self.under_way]).collect();
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
}

/// The command line is not compared: some services write their state there.
fn same_image(one: &Process<'_>, other: &Process<'_>) -> bool {
    (&one.exe, one.exe_memfd, one.uid, one.euid) == (&other.exe, other.exe_memfd, other.uid, other.euid)
}

/// The sample without what moves: what is left of two samples is mostly the same.
fn still<'p>(p: &Process<'p>) -> Process<'p> {
    Process {
        nice: None,
        threads: None,
        state: None,
        cpu_ms: None,
        read_bytes: None,
        write_bytes: None,
        child_faults: None,
        rss_bytes: None,
        virtual_bytes: None,
        ..p.clone()
    }
}

impl Used {
    fn of(p: &Process<'_>) -> Self {
        Self { counters: Counters::of(p), rss_bytes: p.rss_bytes.map(i64::from) }
    }
}

impl Segment {
    fn new(sample: Arc<Process<'static>>, ts: i64, used: Used, started_here: bool) -> Self {
        let now = used.counters;
        Self {
            started_here,
            first: now,
            last: now.or(if started_here { Counters::ZERO } else { now }),
            runs: vec![Run::new(sample, ts, Counters::default(), used.rss_bytes)],
        }
    }

    fn go_on(&mut self, p: &Process<'_>, ts: i64) {
        let used = Used::of(p);
        let rise = used.counters.rise(self.last);
        self.last = used.counters.or(self.last);
        match self.runs.last_mut() {
            Some(run) if same_image(&run.sample, p) => run.go_on(p, ts, rise),
            _ => self.runs.push(Run::new(Arc::new(still(p).to_static()), ts, rise, used.rss_bytes)),
        }
    }

    fn end(self) -> Ended {
        match &self.runs[..] {
            [run] if run.samples == 1 => {
                let used = Used { counters: self.first, rss_bytes: run.rss_bytes_max };
                Ended::Glimpse {
                    sample: run.sample.clone(),
                    ts: run.first_seen_ms,
                    started_here: self.started_here,
                    used: (used != Used::default()).then(|| Box::new(used)),
                }
            }
            _ => Ended::Longer(Box::new(self)),
        }
    }
}

impl Ended {
    fn sample(&self) -> Option<&Arc<Process<'static>>> {
        match self {
            Self::Glimpse { sample, .. } => Some(sample),
            Self::Longer(segment) => segment.runs.last().map(|run| &run.sample),
        }
    }

    fn segment(self) -> Segment {
        match self {
            Self::Glimpse { sample, ts, started_here, used } => {
                Segment::new(sample, ts, used.map(|used| *used).unwrap_or_default(), started_here)
            }
            Self::Longer(segment) => *segment,
        }
    }
}

impl Run {
    fn new(sample: Arc<Process<'static>>, ts: i64, rise: Counters, rss_bytes: Option<i64>) -> Self {
        Self { sample, first_seen_ms: ts, last_seen_ms: ts, samples: 1, own: rise, rss_bytes_max: rss_bytes }
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
        let deleted = self.sample.exe_deleted.max(p.exe_deleted);
        if deleted != self.sample.exe_deleted {
            Arc::make_mut(&mut self.sample).exe_deleted = deleted;
        }
        if let (None, Some(sha256)) = (&self.sample.exe_sha256, &p.exe_sha256) {
            Arc::make_mut(&mut self.sample).exe_sha256 = Some(sha256.to_static());
        }
    }
}
