//! What the function counts, in CloudWatch's embedded metric format: a line of JSON in the log becomes metrics.
//!
//! A line a request would cost more than the request. So counts are added up and written once a minute, or earlier
//! when a hundred requests are counted, since a distribution has at most a hundred values in a line. A Lambda is
//! frozen between requests and no work may go on after an answer: the line is written with the request that makes it
//! due. The first request of an instance writes at once, so that a function that is hardly used shows up too; what an
//! instance counted in the minute before its end is not written.

use lake::emf;
use serde_json::{Map, Value, json};

use crate::refusal::Kind;

/// At least so long between two lines of an instance, in milliseconds, unless [`MAX_REQUESTS`] come before.
pub const EVERY_MS: i64 = 60_000;
/// At most so many requests in a line: an array of the format has at most 100 values.
pub const MAX_REQUESTS: usize = 100;

/// What came of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured(pub(crate) Outcome);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// `GET /health`: nothing to count.
    Healthy,
    Refused(Kind),
    Stored(Taken),
}

/// A batch that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) snapshots: usize,
    /// It lay there already.
    pub(crate) duplicate: bool,
    /// The body as it arrived, still compressed.
    pub(crate) bytes_in: usize,
    /// The object, whether it was new or not.
    pub(crate) bytes_stored: usize,
    /// Arrival minus the agent's clock, if it told that.
    pub(crate) clock_offset_ms: Option<i64>,
    /// How long the puts took.
    pub(crate) store_ms: i64,
}

/// Counts of one instance since its last line.
#[derive(Debug, Default)]
pub struct Metrics {
    /// The function's name, the metrics' one dimension: two stacks in one account are two functions.
    function: String,
    written_at_ms: Option<i64>,
    requests: usize,
    taken: Vec<Taken>,
    refused: Map<String, Value>,
}

impl Metrics {
    /// Nothing counted yet. `function` is the Lambda's name (`AWS_LAMBDA_FUNCTION_NAME`).
    pub fn of(function: impl Into<String>) -> Self {
        Self { function: function.into(), ..Self::default() }
    }

    /// Counts a request that was answered at `now_ms`. The line to log, when one is due.
    pub fn count(&mut self, measured: Measured, now_ms: i64) -> Option<String> {
        match measured.0 {
            Outcome::Healthy => return None,
            Outcome::Stored(taken) => self.taken.push(taken),
            Outcome::Refused(kind) => {
                let count = self.refused.entry(kind.metric()).or_insert(json!(0));
                *count = json!(count.as_u64().unwrap_or_default() + 1);
            }
        }
        self.requests += 1;
        // A clock that was set back must not silence the function for as long.
        let minute = self.written_at_ms.is_none_or(|then| (now_ms - then).unsigned_abs() >= EVERY_MS as u64);
        if !minute && self.requests < MAX_REQUESTS {
            return None;
        }
        self.written_at_ms = Some(now_ms);
        let line = self.line(now_ms);
        (self.requests, self.taken, self.refused) = Default::default();
        Some(line)
    }

    fn line(&self, now_ms: i64) -> String {
        let sum = |of: fn(&Taken) -> usize| json!(self.taken.iter().map(of).sum::<usize>());
        let each = |of: fn(&Taken) -> Option<i64>| -> Value { self.taken.iter().filter_map(of).collect() };
        let mut values = vec![
            ("Batches", "Count", json!(self.taken.len())),
            ("Duplicates", "Count", sum(|taken| taken.duplicate.into())),
            ("Snapshots", "Count", sum(|taken| taken.snapshots)),
            ("BytesIn", "Bytes", sum(|taken| taken.bytes_in)),
            // A duplicate's object lay there already and is not stored again.
            ("BytesStored", "Bytes", sum(|taken| if taken.duplicate { 0 } else { taken.bytes_stored })),
            ("ClockOffset", "Milliseconds", each(|taken| taken.clock_offset_ms)),
            ("StoreLatency", "Milliseconds", each(|taken| Some(taken.store_ms))),
        ];
        values.extend(self.refused.iter().map(|(name, count)| (name.as_str(), "Count", count.clone())));
        emf::line(&self.function, now_ms, values).to_string()
    }
}
