//! How long the contract's lists are at most, each with its reason. How long a text is stands in its own type, and why
//! in the README.

/// Processes in a snapshot: twice the 32,768 that a kernel allows unless it is told otherwise.
pub const MAX_PROCESSES: usize = 65_536;
/// Sockets in a snapshot: more connections than one address has ports.
pub const MAX_SOCKETS: usize = 65_536;
/// Items of the inventory in a snapshot: a machine with every package of a distribution.
pub const MAX_ITEMS: usize = 65_536;
/// Sessions in a snapshot: people, and not processes.
pub const MAX_USERS: usize = 1024;
/// Network interfaces in a snapshot: those of containers are folded into one.
pub const MAX_NETWORKS: usize = 256;
/// Addresses of a host, or of one interface.
pub const MAX_ADDRESSES: usize = 256;
/// Mounted file systems in a snapshot: an EC2 instance has at most 128 attachments, of which few are mounted; those of
/// containers are left out.
pub const MAX_DISKS: usize = 64;
