//! Disks and network interfaces, as `sysinfo` lists them.

use snapshot::limits::{MAX_ADDRESSES, MAX_DISKS, MAX_NETWORKS};
use snapshot::{Count, Disk, List, Network, Text};
use sysinfo::{DiskUsage, Disks, Networks};

use super::text;

/// The file systems, at most as many as the contract holds.
pub(super) fn disks() -> List<Disk<'static>, MAX_DISKS> {
    let Ok(disks) = Disks::new_with_refreshed_list() else { return List::default() };
    let row = |disk: &sysinfo::Disk| {
        let DiskUsage { total_read_bytes, total_written_bytes, .. } = disk.usage();
        Disk {
            mount_point: Text::cut(text(disk.mount_point().as_os_str())),
            device: Some(Text::cut(text(disk.name()))),
            fs_type: Some(Text::cut(text(disk.file_system()))),
            read_only: Some(disk.is_read_only()),
            total_bytes: Count::new(disk.total_space()),
            free_bytes: None,
            available_bytes: Count::new(disk.available_space()),
            inodes_total: None,
            inodes_free: None,
            read_bytes: Count::new(total_read_bytes),
            write_bytes: Count::new(total_written_bytes),
            io_ms: None,
        }
    };
    List::cut(disks.iter().map(row).collect())
}

/// The interfaces, loopback left out, and the host's addresses.
pub(super) fn networks() -> (List<Network<'static>, MAX_NETWORKS>, List<Text<'static, 64>, MAX_ADDRESSES>) {
    let Ok(networks) = Networks::new_with_refreshed_list() else { return Default::default() };
    let mut rows = Vec::new();
    let mut all = Vec::new();
    for (name, data) in &networks {
        let own: Vec<_> = data.ip_networks().iter().map(|network| network.addr).collect();
        if own.iter().any(|address| address.is_loopback()) {
            continue;
        }
        let addresses: Vec<Text<'static, 64>> = own.iter().map(|addr| Text::cut(addr.to_string())).collect();
        all.extend(addresses.clone());
        let mac = data.mac_address();
        rows.push(Network {
            interface: Text::cut(text(name)),
            mac: (!mac.is_unspecified()).then(|| Text::cut(mac.to_string().to_lowercase())),
            addresses: List::cut(addresses),
            received_bytes: Count::new(data.total_received()),
            received_packets: Count::new(data.total_packets_received()),
            received_errors: Count::new(data.total_errors_on_received()),
            received_drops: None,
            sent_bytes: Count::new(data.total_transmitted()),
            sent_packets: Count::new(data.total_packets_transmitted()),
            sent_errors: Count::new(data.total_errors_on_transmitted()),
            sent_drops: None,
        });
    }
    rows.sort_unstable_by(|a, b| a.interface.cmp(&b.interface));
    all.sort_unstable();
    (List::cut(rows), List::cut(all))
}
