//! What a test or a story plants into a fleet: one host, a range of minutes, and what is different there.
//!
//! The generator stays as it is around a fact, so the noise is the same with and without it, and a test that knows
//! its facts knows the right answers. Two kinds: an edit of what the samples show, and a fault of the host, its agent
//! or the way to the gateway, which decides what samples there are.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::sample::Sample;

/// One thing that is different.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The host's number in the fleet.
    pub host: u32,
    /// From which minute on, and up to which one (not included), counted from 1970 UTC.
    pub minutes: Range<i64>,
    /// What.
    pub change: Change,
}

/// What a [`Fact`] changes.
#[derive(Clone)]
pub enum Change {
    /// Whatever each sample of the range shows: processes, sockets, sessions, items of the inventory, the host's own
    /// figures. The function is called anew for each sample (a run that is repeated calls it again) and must depend
    /// on the sample alone.
    Edit(Arc<dyn Fn(&mut Sample) + Send + Sync>),
    /// The host is off, without a farewell, and boots when the range ends: new boot id, new stream.
    Down,
    /// The agent is stopped and starts anew when the range ends: same boot, same stream, the numbers go on.
    AgentDown,
    /// The agent stands still, as after `kill -STOP` or with a suspended machine, and goes on when the range ends: no samples
    /// in between, and afterwards the same agent, the same stream and the next number.
    Suspended,
    /// The agent's spool is wiped as the range begins: same boot, new stream that knows of none before it. The range's
    /// end does not matter.
    Wiped,
    /// Samples are taken and numbered, and never arrive.
    Lost,
}

impl Change {
    /// An edit by this function.
    pub fn edit(change: impl Fn(&mut Sample) + Send + Sync + 'static) -> Self {
        Self::Edit(Arc::new(change))
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Edit(_) => "Edit",
            Self::Down => "Down",
            Self::AgentDown => "AgentDown",
            Self::Suspended => "Suspended",
            Self::Wiped => "Wiped",
            Self::Lost => "Lost",
        })
    }
}
