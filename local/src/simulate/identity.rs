//! Who the hosts are: what each is for, and what it is called.
//!
//! A fleet is laid out in cells of twenty hosts, each with a bastion of its own, its web servers, their backends and
//! their databases; who talks to whom stays within a cell. So a host can find its peers without walking the fleet.

use snapshot::HostId;

use super::chance::Chance;

/// What a host is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// nginx and PHP behind it, open to the world.
    Web,
    /// The orders service and its sidecars, spoken to by the web servers.
    Api,
    /// PostgreSQL, spoken to by the services and the workers.
    Db,
    /// Queue workers in Python, and a container.
    Worker,
    /// Where people come in by ssh, and go on from.
    Bastion,
    /// Reports in Java; switched off every night to save money.
    Batch,
}

impl Role {
    /// As host names begin.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
            Self::Db => "db",
            Self::Worker => "worker",
            Self::Bastion => "bastion",
            Self::Batch => "batch",
        }
    }

    /// Instance type, processors, memory in MiB.
    fn machine(self) -> (&'static str, i64, i64) {
        match self {
            Self::Web => ("c7g.large", 2, 3_800),
            Self::Api => ("c7g.xlarge", 4, 7_700),
            Self::Db => ("r7g.xlarge", 4, 31_500),
            Self::Worker => ("m7g.large", 2, 7_700),
            Self::Bastion => ("m7g.medium", 1, 3_800),
            Self::Batch => ("c7g.2xlarge", 8, 15_500),
        }
    }
}

/// The cell, host by host: five hosts already have one of each that matters.
const CELL: [Role; 20] = {
    use Role::{Api, Bastion, Batch, Db, Web, Worker};
    [
        Web, Api, Db, Worker, Bastion, Web, Batch, Web, Api, Worker, Web, Web, Api, Worker, Web, Db, Api,
        Worker, Web, Batch,
    ]
};

/// Hosts of a cell.
pub(super) const CELL_HOSTS: u32 = CELL.len() as u32;

/// What a host is for, by its number.
pub(super) fn role(number: u32) -> Role {
    CELL[(number % CELL_HOSTS) as usize]
}

/// The hosts of the same cell, in a fleet of so many.
pub(super) fn cell(number: u32, hosts: u32) -> std::ops::Range<u32> {
    let first = number - number % CELL_HOSTS;
    first..hosts.min(first.saturating_add(CELL_HOSTS))
}

/// A host's own address.
pub(super) fn ip(number: u32) -> String {
    let cell = number / CELL_HOSTS;
    format!("10.{}.{}.{}", 16 + cell / 250 % 200, cell % 250, 11 + number % CELL_HOSTS * 7)
}

/// What stays the same as long as an instance lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its number in the fleet, from 0.
    pub number: u32,
    /// What it is for.
    pub role: Role,
    /// The instance id.
    pub host_id: HostId,
    /// `web-017`: the seventeenth web server.
    pub name: String,
    /// Its address, the one of the default route.
    pub ip: String,
    /// Its hardware address.
    pub mac: String,
    /// Its public address: web servers and bastions have one.
    pub public_ip: Option<String>,
    /// AWS account; every other cell belongs to the second one.
    pub account_id: &'static str,
    /// Availability zone of `eu-central-1`.
    pub availability_zone: &'static str,
    /// Instance type.
    pub instance_type: &'static str,
    /// Logical processors.
    pub cpus: i64,
    /// Memory.
    pub memory_bytes: i64,
}

impl Identity {
    /// The identity of host `number` in the fleet of this seed.
    pub(super) fn new(fleet: Chance, number: u32) -> anyhow::Result<Self> {
        let chance = fleet.at(i64::from(number)).named("identity");
        let role = role(number);
        let in_cell = |hosts: &[Role]| hosts.iter().filter(|other| **other == role).count() as u32;
        let place = in_cell(&CELL[..(number % CELL_HOSTS) as usize]);
        let ordinal = number / CELL_HOSTS * in_cell(&CELL) + place + 1;
        let (instance_type, cpus, memory_mib) = role.machine();
        let host_id = format!("i-0{:016x}", chance.named("id").bits());
        let mac = chance.named("mac").bits().to_be_bytes();
        let public = matches!(role, Role::Web | Role::Bastion);
        Ok(Self {
            number,
            role,
            host_id: host_id.parse().map_err(anyhow::Error::msg)?,
            name: format!("{}-{ordinal:03}", role.as_str()),
            ip: ip(number),
            mac: format!("0a:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac[0], mac[1], mac[2], mac[3], mac[4]),
            public_ip: public.then(|| format!("18.196.{}.{}", mac[5], mac[6])),
            account_id: ["111122223333", "444455556666"][(number / CELL_HOSTS % 2) as usize],
            availability_zone: chance.named("zone").pick(["eu-central-1a", "eu-central-1b", "eu-central-1c"]),
            instance_type,
            cpus,
            memory_bytes: memory_mib << 20,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_names_of_their_own() {
        let hosts: Vec<Identity> =
            (0..100).map(|number| Identity::new(Chance::of(1), number).unwrap()).collect();
        assert_eq!(hosts[0].name, "web-001");
        assert_eq!(hosts[4].name, "bastion-001");
        assert_eq!(hosts[24].name, "bastion-002");
        assert!(hosts[..50].iter().any(|host| host.name == "web-017"));
        assert!(hosts.iter().all(|host| host.host_id.as_str().len() == 19));
        for (a, host) in hosts.iter().enumerate() {
            for other in &hosts[..a] {
                assert_ne!(host.name, other.name);
                assert_ne!(host.host_id, other.host_id);
                assert_ne!(host.ip, other.ip);
            }
        }
    }
}
