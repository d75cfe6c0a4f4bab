//! A snapshot whose long lists were checked and dropped, item by item.
//!
//! A line of 1.4 MB can hold 65,536 processes, which take 100 MB as values. All that is asked of them here is
//! whether they are processes, so each is read, found right and forgotten: memory does not follow what a sender
//! makes up. The rest of the snapshot is small and is kept.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{CowStrDeserializer, MapAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use snapshot::{Item, Process, Snapshot, Socket};

/// The members that only ingest may set: it knows them better than a sender, whose own would contradict them.
const OWNED: [&str; 4] = ["received_at_ms", "source_ip", "principal", "clock_offset_ms"];
/// The longest list of any kind, as the contract has it.
const MAX_ITEMS: usize = 65_536;

/// A snapshot that keeps the contract; its processes, sockets and inventory are empty.
pub(crate) struct Streamed<'a>(pub(crate) Snapshot<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Streamed<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Outer(PhantomData))
    }
}

struct Outer<'a>(PhantomData<Snapshot<'a>>);

impl<'de: 'a, 'a> Visitor<'de> for Outer<'a> {
    type Value = Streamed<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a snapshot, a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        let members = Members { members, processes: false, sockets: false, inventory: false };
        Snapshot::deserialize(MapAccessDeserializer::new(members)).map(Streamed)
    }
}

/// A member's name, borrowed from the line unless it is escaped there. Transparent, or the way to a wrong value would
/// lack it.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Name<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// The members of a snapshot, without those that are checked on the way.
struct Members<A> {
    members: A,
    processes: bool,
    sockets: bool,
    inventory: bool,
}

impl<'de, A: MapAccess<'de>> Members<A> {
    fn check<T: Deserialize<'de>>(&mut self, seen: bool, name: &'static str) -> Result<bool, A::Error> {
        if seen {
            return self
                .members
                .next_value_seed(Refused(&format!("duplicate field `{name}`")))
                .map(|()| true);
        }
        self.members.next_value_seed(Each::<T>(PhantomData))?;
        Ok(true)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(Name(name)) = self.members.next_key()? {
            match name.as_ref() {
                "running_processes" => {
                    self.processes = self.check::<Process<'de>>(self.processes, "running_processes")?;
                }
                "sockets" => self.sockets = self.check::<Socket<'de>>(self.sockets, "sockets")?,
                "inventory" => self.inventory = self.check::<Item<'de>>(self.inventory, "inventory")?,
                name if OWNED.iter().any(|owned| owned.eq_ignore_ascii_case(name)) => {
                    self.members.next_value_seed(Refused(
                        "a member that the server adds, expected it to be absent",
                    ))?;
                }
                _ => return seed.deserialize(CowStrDeserializer::new(name)).map(Some),
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.members.next_value_seed(seed)
    }
}

/// Refuses a value for its name. Said when the value is read, so that the error's place is that of the member.
pub(crate) struct Refused<'r>(pub(crate) &'r str);

impl<'de> DeserializeSeed<'de> for Refused<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, _: D) -> Result<(), D::Error> {
        Err(D::Error::custom(self.0))
    }
}

/// A list, or `null`, of which each item is read as `T` and dropped.
struct Each<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Each<T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Each<T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MAX_ITEMS} items")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut count = 0;
        while items.next_element::<T>()?.is_some() {
            count += 1;
            if count > MAX_ITEMS {
                return Err(A::Error::custom(format_args!("more items, expected at most {MAX_ITEMS}")));
            }
        }
        Ok(())
    }
}
