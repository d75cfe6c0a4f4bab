//! One look at the whole host.
//!
//! On Linux from the kernel's own interfaces; on other systems through `sysinfo`, which knows less of each and as much of
//! all. Linux tests both, and the feature `portable` builds the program there as it is built elsewhere.

mod family;
mod frame;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod linux;
mod origins;
#[cfg(any(test, not(target_os = "linux"), feature = "portable"))]
mod portable;
mod readable;
mod watched;

use snapshot::Snapshot;

use crate::redact::Key;
pub(crate) use frame::Frame;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
pub(crate) use linux::{Collector, facts};
pub(crate) use origins::Origins;
#[cfg(any(not(target_os = "linux"), feature = "portable"))]
pub(crate) use portable::{Collector, facts};
pub(crate) use watched::{DEADLINE, Watched};

/// Where snapshots come from: this host, or a test's script.
pub(crate) trait Sampler {
    /// Looks once. Never fails: what cannot be read is absent, and counted in `unreadable`.
    fn sample(&mut self, frame: Frame) -> Snapshot<'static>;

    /// From the next sample on secrets are hashed with the fleet's key; without one, with the host's own.
    fn use_fleet_key(&mut self, key: Option<&Key>);
}

/// What tells this host and this boot from others, as far as the system says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The boot's own id.
    pub(crate) boot_id: Option<String>,
    /// Milliseconds since boot, 0 when the system does not say.
    pub(crate) uptime_ms: i64,
    /// Whether the firmware leaves it open that this is EC2: a second of waiting at each start is spared elsewhere.
    pub(crate) may_be_ec2: bool,
    /// The firmware says that this is EC2.
    pub(crate) is_ec2: bool,
    /// The instance id that Nitro's firmware shows without a network.
    pub(crate) instance_id: Option<String>,
    /// The machine's id.
    pub(crate) machine_id: Option<String>,
    /// Where that was looked for, to tell the owner.
    pub(crate) machine_id_from: String,
}
