//! `networks`: one row an interface and snapshot.

use snapshot::{Network, Snapshot};

use super::hosts::spaced;
use super::table;

table! {
    Networks "one row a network interface and snapshot"
    sorted by ["interface", "ts"]
    for (s: &Snapshot<'_>, n: &Network<'_>)
    {
        ts timestamp "the instant of sampling" = Some(s.observed_at_ms);
        interface string "its name; containers' interfaces are folded into one row" = Some(&n.interface);
        mac string "hardware address" = n.mac.as_deref();
        addresses string "its addresses, each between blanks" = spaced(&n.addresses).as_deref();
        received_bytes bigint "bytes received since boot" = n.received_bytes;
        received_packets bigint "packets received since boot" = n.received_packets;
        received_errors bigint "errors when receiving, since boot" = n.received_errors;
        received_drops bigint "packets dropped when receiving, since boot" = n.received_drops;
        sent_bytes bigint "bytes sent since boot" = n.sent_bytes;
        sent_packets bigint "packets sent since boot" = n.sent_packets;
        sent_errors bigint "errors when sending, since boot" = n.sent_errors;
        sent_drops bigint "packets dropped when sending, since boot" = n.sent_drops;
    }
}
