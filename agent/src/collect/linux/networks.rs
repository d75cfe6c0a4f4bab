//! Network interfaces: addresses and hardware addresses through `sysinfo` (they come from the C library, on every
//! platform), counters from `/proc/net/dev`, which alone counts drops.

use std::collections::BTreeMap;
use std::net::{IpAddr, UdpSocket};

use snapshot::{Count, List, Network, Text};

use super::tree::Tree;

/// Host ends of containers' links come and go by the hundred; they are one row together. LXC's bridge is none of them.
const CONTAINER_ENDS: [&str; 5] = ["veth", "cali", "eni", "lxc", "azv"];
/// The name of that row.
const FOLDED: &str = "veth*";

/// An interface's addresses as the system lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) mac: Option<String>,
    pub(crate) addresses: Vec<IpAddr>,
}

/// The interfaces of this machine by name.
pub(crate) fn links() -> BTreeMap<String, Link> {
    let Ok(networks) = sysinfo::Networks::new_with_refreshed_list() else { return BTreeMap::new() };
    networks
        .iter()
        .map(|(name, data)| {
            let mac = data.mac_address().to_string().to_lowercase();
            let mut addresses: Vec<IpAddr> = data.ip_networks().iter().map(|network| network.addr).collect();
            addresses.sort_unstable();
            let link = Link { mac: Some(mac).filter(|mac| mac != "00:00:00:00:00:00"), addresses };
            (name.to_string_lossy().into_owned(), link)
        })
        .collect()
}

/// The interfaces with their counters, loopback left out, and the host's addresses.
pub(crate) fn networks(
    tree: &Tree,
    links: &BTreeMap<String, Link>,
) -> (Vec<Network<'static>>, Vec<Text<'static, 64>>) {
    let mut rows: BTreeMap<String, (Link, [u64; 8])> = BTreeMap::new();
    let counted = counters(&tree.text("proc/net/dev", "networks").unwrap_or_default());
    for (name, counters) in &counted {
        if name == "lo" {
            continue;
        }
        let folded =
            CONTAINER_ENDS.iter().any(|prefix| name.starts_with(prefix)) && !name.starts_with("lxcbr");
        let row = rows.entry(if folded { FOLDED } else { name }.to_owned()).or_default();
        if !folded {
            row.0 = links.get(name).cloned().unwrap_or_default();
        }
        row.1 = std::array::from_fn(|at| row.1[at].saturating_add(counters[at]));
    }
    let text = |address: &IpAddr| Text::cut(address.to_string());
    let addresses = rows
        .values()
        .flat_map(|(link, _)| &link.addresses)
        .filter(|address| !address.is_loopback())
        .map(text)
        .collect();
    let networks = rows
        .into_iter()
        .map(|(name, (link, counters))| {
            let count = |at: usize| Count::new(counters[at]);
            Network {
                interface: Text::cut(name),
                mac: link.mac.map(Text::cut),
                addresses: List::cut(link.addresses.iter().map(text).collect()),
                received_bytes: count(0),
                received_packets: count(1),
                received_errors: count(2),
                received_drops: count(3),
                sent_bytes: count(4),
                sent_packets: count(5),
                sent_errors: count(6),
                sent_drops: count(7),
            }
        })
        .collect();
    (networks, addresses)
}

/// `/proc/net/dev` by interface: bytes, packets, errors, drops received, then the same sent.
fn counters(text: &str) -> BTreeMap<String, [u64; 8]> {
    text.lines()
        .filter_map(|line| {
            let (name, figures) = line.split_once(':')?;
            let figures: Vec<u64> =
                figures.split_ascii_whitespace().map_while(|field| field.parse().ok()).collect();
            let figure = |at: usize| figures.get(at).copied();
            let row = [
                figure(0)?,
                figure(1)?,
                figure(2)?,
                figure(3)?,
                figure(8)?,
                figure(9)?,
                figure(10)?,
                figure(11)?,
            ];
            Some((name.trim().to_owned(), row))
        })
        .collect()
}

/// The address from which the host talks to the world. The kernel is asked to route a datagram socket to an address
/// that is reserved for documentation; nothing is sent. This follows policy routing, which a look at the routing
/// table would not.
pub(crate) fn default_address() -> Option<IpAddr> {
    let toward = |own: &str, peer: &str| {
        let socket = UdpSocket::bind(own).ok()?;
        socket.connect(peer).ok()?;
        let address = socket.local_addr().ok()?.ip();
        (!address.is_loopback() && !address.is_unspecified()).then_some(address)
    };
    toward("0.0.0.0:0", "192.0.2.1:9").or_else(|| toward("[::]:0", "[2001:db8::1]:9"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn container_ends_are_one_row() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("proc/net")).unwrap();
        let header = "Inter-|   Receive |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes\n";
        let rows = "    lo: 9 9 9 9 0 0 0 0 9 9 9 9 0 0 0 0\n  ens5: 100 10 1 2 0 0 0 0 200 20 3 4 0 0 0 0\nveth1:1 1 0 0 0 0 0 0 2 2 0 0 0 0 0 0\nveth2: 10 1 0 5 0 0 0 0 20 2 0 0 0 0 0 0\nlxcbr0: 3 1 0 0 0 0 0 0 3 1 0 0 0 0 0 0\n";
        std::fs::write(folder.path().join("proc/net/dev"), format!("{header}{rows}")).unwrap();
        let link = Link {
            mac: Some("0a:00:00:00:00:01".into()),
            addresses: vec!["10.0.0.7".parse().unwrap(), "fe80::1".parse().unwrap()],
        };
        let (networks, addresses) =
            networks(&Tree::new(folder.path()), &BTreeMap::from([("ens5".to_owned(), link)]));
        let names: Vec<&str> = networks.iter().map(|network| network.interface.as_str()).collect();
        assert_eq!(names, ["ens5", "lxcbr0", "veth*"]);
        assert_eq!(networks[0].received_drops, Count::new(2));
        assert_eq!((networks[2].sent_bytes, networks[2].received_drops), (Count::new(22), Count::new(5)));
        let addresses: Vec<&str> = addresses.iter().map(|address| address.as_str()).collect();
        assert_eq!(addresses, ["10.0.0.7", "fe80::1"]);
    }
}
