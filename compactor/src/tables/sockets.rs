//! `sockets`: one row a socket and snapshot.

use snapshot::{Snapshot, Socket};

use super::table;

table! {
    Sockets "one row an open socket and snapshot"
    sorted by ["protocol", "local_port", "remote_address", "ts"]
    for (s: &Snapshot<'_>, k: &Socket<'_>)
    {
        ts timestamp "the instant of sampling" = Some(s.observed_at_ms);
        pid int "the process that holds it, where that may be seen" = k.pid;
        protocol string "tcp, udp, raw, packet" = Some(&k.protocol);
        state string "the kernel's state: LISTEN, ESTABLISHED; UDP has none" = k.state.as_deref();
        local_address string "own address, RFC 5952, ::ffff: unmapped" = k.local_address.as_deref();
        remote_address string "the peer's address" = k.remote_address.as_deref();
        local_port int "own port" = k.local_port;
        remote_port int "the peer's port" = k.remote_port;
        user_name string "who opened it" = k.user_name.as_deref();
        direction string "listen, in, out: who opened the connection" = k.direction.as_deref();
        container_id string "the container whose network it belongs to" = k.container_id.as_deref();
        boot_id string "the kernel's boot id" = Some(&s.boot_id);
    }
}
