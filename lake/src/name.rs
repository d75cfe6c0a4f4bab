//! The names of the tables: one list, from which folders, DDL and views are spelled.

use std::fmt;
use std::str::FromStr;

/// A table of the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableName {
    /// One row a snapshot.
    Hosts,
    /// One row a process and snapshot.
    Processes,
    /// One row a commit, day, process, image and credentials.
    ProcessRuns,
    /// One row a commit, day, host, executable and user.
    Programs,
    /// One row a session and snapshot.
    Logins,
    /// One row a file system and snapshot.
    Disks,
    /// One row an interface and snapshot.
    Networks,
    /// One row a socket and snapshot.
    Sockets,
    /// One row a commit, day and flow.
    SocketRuns,
    /// What rarely changes.
    Inventory,
    /// One row a host, stream, boot and unbroken interval of sequence numbers.
    Coverage,
}

impl TableName {
    /// Every table, in the order in which documentation lists them.
    pub const ALL: [TableName; 11] = [
        Self::Hosts,
        Self::Processes,
        Self::ProcessRuns,
        Self::Programs,
        Self::Logins,
        Self::Disks,
        Self::Networks,
        Self::Sockets,
        Self::SocketRuns,
        Self::Inventory,
        Self::Coverage,
    ];

    /// The name in SQL and in keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hosts => "hosts",
            Self::Processes => "processes",
            Self::ProcessRuns => "process_runs",
            Self::Programs => "programs",
            Self::Logins => "logins",
            Self::Disks => "disks",
            Self::Networks => "networks",
            Self::Sockets => "sockets",
            Self::SocketRuns => "socket_runs",
            Self::Inventory => "inventory",
            Self::Coverage => "coverage",
        }
    }
}

impl FromStr for TableName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::as_str).join(", ");
        Self::ALL
            .into_iter()
            .find(|name| name.as_str() == text)
            .ok_or_else(|| format!("table '{text}', expected one of {}", known()))
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
