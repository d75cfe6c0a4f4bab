//! One open socket, as one sample saw it.

use serde::{Deserialize, Serialize};

use crate::{Count, Int, Port, Text};

/// A TCP, UDP, raw or packet socket. Absent means *not known*.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Socket<'a> {
    /// `tcp`, `udp`, `raw` or `packet`.
    #[serde(borrow)]
    pub protocol: Text<'a, 16>,
    /// The kernel's state (`LISTEN`, `ESTABLISHED`, …); UDP has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Text<'a, 16>>,
    /// `listen`, `in` or `out`: who opened it, which a UDP socket's state cannot say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Text<'a, 8>>,
    /// Own address, RFC 5952, `::ffff:` unmapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_address: Option<Text<'a, 64>>,
    /// Own port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_port: Option<Port>,
    /// The peer's address, in the same form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_address: Option<Text<'a, 64>>,
    /// The peer's port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_port: Option<Port>,
    /// The process that holds it, where that may be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<Int>,
    /// The user that opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<Text<'a, 256>>,
    /// The container whose network it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_id: Option<Text<'a, 128>>,
    /// Bytes sent since the connection began (TCP).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_bytes: Option<Count>,
    /// Bytes received since the connection began (TCP).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_bytes: Option<Count>,
}
