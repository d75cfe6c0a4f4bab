#![doc = include_str!("../README.md")]

mod count;
mod headers;
mod host;
mod identity;
mod inventory;
pub mod limits;
mod list;
mod moment;
mod process;
mod socket;
mod text;

pub use count::{Byte, Count, Int, Millis, Nice, Number, Offset, Port, Seconds};
pub use headers::{API_KEY, EARLIER_DAYS, FILED_DAY, MAX_EARLIER_DAYS, SENT_AT_MS};
pub use host::{Disk, Network, Snapshot, User, VERSION};
pub use identity::{Follows, HostId, MAX_BATCH, MAX_SEQ, Stream};
pub use inventory::Item;
pub use list::List;
pub use process::Process;
pub use socket::Socket;
pub use text::Text;
