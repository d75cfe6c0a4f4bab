//! How long tasks had to wait, from `/proc/pressure`. Kernels built without pressure stall information have none of it.

use super::tree::Tree;

/// Microseconds since boot for which some task waited for a processor, all tasks for a disk, all for memory.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pressure(pub(crate) [Option<u64>; 3]);

impl Pressure {
    /// Reads the three files that are there.
    pub(crate) fn read(tree: &Tree) -> Self {
        let total = |file: &str, row: &str| {
            let text = tree.text(&format!("proc/pressure/{file}"), "pressure")?;
            let line = text.lines().find(|line| line.starts_with(row))?;
            line.rsplit_once("total=")?.1.trim().parse().ok()
        };
        Self([total("cpu", "some"), total("io", "full"), total("memory", "full")])
    }
}
