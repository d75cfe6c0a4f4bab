//! Processor time by state, from `/proc/stat`: the kernel counts since boot, a snapshot says what was added since
//! the one before.

use super::tree::Tree;

/// What `/proc/stat` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// In ticks: user (with nice), system (with interrupts), iowait, steal, idle.
    pub(crate) ticks: Option<[u64; 5]>,
    /// Logical processors that are online.
    pub(crate) processors: u64,
    /// Processes and threads started since boot.
    pub(crate) forks: Option<u64>,
}

impl Counters {
    /// Reads the file below `tree`.
    pub(crate) fn read(tree: &Tree) -> Self {
        Self::parse(&tree.text("proc/stat", "cpu").unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let mut counters = Self::default();
        for line in text.lines() {
            let mut fields = line.split_ascii_whitespace();
            let name = fields.next().unwrap_or_default();
            match name {
                "cpu" => {
                    let ticks: Vec<u64> = fields.map_while(|field| field.parse().ok()).collect();
                    let tick = |at: usize| ticks.get(at).copied().unwrap_or(0);
                    // user nice system idle iowait irq softirq steal; guest time is inside user already.
                    counters.ticks = (ticks.len() >= 4)
                        .then(|| [tick(0) + tick(1), tick(2) + tick(5) + tick(6), tick(4), tick(7), tick(3)]);
                }
                "processes" => counters.forks = fields.next().and_then(|field| field.parse().ok()),
                _ if name.starts_with("cpu") => counters.processors += 1,
                _ => {}
            }
        }
        counters
    }

    /// Milliseconds since `earlier`, by state in the same order. The kernel's iowait may step back; that is 0.
    pub(crate) fn since(&self, earlier: &Self, ticks_per_second: u64) -> Option<[u64; 5]> {
        let (now, then) = (self.ticks?, earlier.ticks?);
        Some(std::array::from_fn(|at| {
            now[at].saturating_sub(then[at]).saturating_mul(1000) / ticks_per_second
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_what_was_added() {
        let earlier = Counters::parse(
            "cpu  100 10 50 1000 20 1 2 3 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nbtime 1700000000\nprocesses 77\n",
        );
        assert_eq!((earlier.processors, earlier.forks), (2, Some(77)));
        let later = Counters::parse("cpu  150 10 60 1500 19 1 2 5 0 0\n");
        assert_eq!(later.since(&earlier, 100), Some([500, 100, 0, 20, 5000]));
        assert_eq!(Counters::parse("").since(&earlier, 100), None);
    }
}
