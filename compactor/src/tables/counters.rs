//! What a process has used, as counters that only rise, and what they rose by.

use snapshot::{Count, Process};

/// Counters of a process, or what they rose by. None is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counters {
    pub(crate) cpu_ms: Option<i64>,
    pub(crate) read_bytes: Option<i64>,
    pub(crate) write_bytes: Option<i64>,
    pub(crate) child_faults: Option<i64>,
}

impl Counters {
    /// Of a process at its start.
    pub(crate) const ZERO: Self =
        Self { cpu_ms: Some(0), read_bytes: Some(0), write_bytes: Some(0), child_faults: Some(0) };

    /// Those of a sample.
    pub(crate) fn of(p: &Process<'_>) -> Self {
        let value = |count: Option<Count>| count.map(i64::from);
        Self {
            cpu_ms: value(p.cpu_ms),
            read_bytes: value(p.read_bytes),
            write_bytes: value(p.write_bytes),
            child_faults: value(p.child_faults),
        }
    }

    /// Those that are known, and of the others what was known before.
    pub(crate) fn or(self, before: Self) -> Self {
        self.with(before, Option::or)
    }

    /// By how much they rose since `before`. A counter that fell has not risen.
    pub(crate) fn rise(self, before: Self) -> Self {
        self.with(before, |now, before| Some((now? - before?).max(0)))
    }

    /// The sum, in which what is not known is left out.
    pub(crate) fn plus(self, other: Self) -> Self {
        self.with(other, |one, other| match (one, other) {
            (Some(one), Some(other)) => Some(one.saturating_add(other)),
            (one, other) => one.or(other),
        })
    }

    fn with(self, other: Self, rule: impl Fn(Option<i64>, Option<i64>) -> Option<i64>) -> Self {
        Self {
            cpu_ms: rule(self.cpu_ms, other.cpu_ms),
            read_bytes: rule(self.read_bytes, other.read_bytes),
            write_bytes: rule(self.write_bytes, other.write_bytes),
            child_faults: rule(self.child_faults, other.child_faults),
        }
    }
}
