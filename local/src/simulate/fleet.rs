//! A fleet: its seed, its size, and what is planted into it.

use super::chance::Chance;
use super::fact::Fact;
use super::host::Host;
use super::identity::Identity;

/// So many hosts of one seed. Two fleets of the same seed and size are the same to the byte; a larger one has the
/// same hosts and more, though those of a cell that was not full may find other peers in it.
#[derive(Clone, Debug)]
pub struct Fleet {
    seed: u64,
    hosts: u32,
    facts: Vec<Fact>,
}

impl Fleet {
    /// A fleet of `hosts` hosts.
    pub fn new(seed: u64, hosts: u32) -> Self {
        Self { seed, hosts, facts: Vec::new() }
    }

    /// Plants a fact. Facts that edit a sample are applied in the order in which they were planted.
    pub fn plant(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many hosts.
    pub fn hosts(&self) -> u32 {
        self.hosts
    }

    /// Who a host is, by its number from 0.
    pub fn identity(&self, number: u32) -> anyhow::Result<Identity> {
        Identity::new(self.chance(), number)
    }

    /// The number of the host with this name, if there is one.
    pub fn number_of(&self, name: &str) -> Option<u32> {
        (0..self.hosts).find(|number| self.identity(*number).is_ok_and(|identity| identity.name == name))
    }

    /// A host, ready to live through any minutes.
    pub fn host(&self, number: u32) -> anyhow::Result<Host> {
        Host::new(self, number)
    }

    pub(super) fn chance(&self) -> Chance {
        Chance::of(self.seed)
    }

    pub(super) fn facts(&self) -> &[Fact] {
        &self.facts
    }
}
