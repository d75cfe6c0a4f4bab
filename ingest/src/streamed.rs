//! A snapshot whose lists were checked and dropped, item by item.
//!
//! A line of 1.4 MB can hold 65,536 processes, which take 100 MB as values. All that is asked of them here is
//! whether they are processes, so each is read, found right and forgotten: memory does not follow what a sender
//! makes up. The rest of the snapshot is small and is kept.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use snapshot::limits::{MAX_DISKS, MAX_ITEMS, MAX_NETWORKS, MAX_PROCESSES, MAX_SOCKETS, MAX_USERS};
use snapshot::{Disk, Follows, Item, Network, Process, Snapshot, Socket, User};

use crate::known::{Known, Lists};
use crate::shape::{Refused, Shape};

/// A snapshot that keeps the contract; its lists of objects are empty.
pub(crate) struct Streamed<'a>(pub(crate) Snapshot<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Streamed<'a> {
    fn deserialize<D: Deserializer<'de>>(inner: D) -> Result<Self, D::Error> {
        Snapshot::deserialize(Known { inner, shape: Shape::default(), lists: Parts::default() }).map(Streamed)
    }
}

/// The members that hold objects, each there at most once.
#[derive(Default)]
struct Parts {
    seen: Vec<&'static str>,
}

impl<'de> Lists<'de> for Parts {
    fn read<A: MapAccess<'de>>(&mut self, name: &'static str, members: &mut A) -> Result<bool, A::Error> {
        match name {
            "running_processes" => self.list::<Process<'de>, A>(name, MAX_PROCESSES, members),
            "sockets" => self.list::<Socket<'de>, A>(name, MAX_SOCKETS, members),
            "inventory" => self.list::<Item<'de>, A>(name, MAX_ITEMS, members),
            "disks" => self.list::<Disk<'de>, A>(name, MAX_DISKS, members),
            "networks" => self.list::<Network<'de>, A>(name, MAX_NETWORKS, members),
            "users" => self.list::<User<'de>, A>(name, MAX_USERS, members),
            "follows" => self.once(name, members, OrNull(Object::<Follows>::new(1))),
            // Ingest knows these better than a sender, whose own would contradict it.
            "received_at_ms" | "source_ip" | "principal" | "clock_offset_ms" => {
                let told = "a member that the server adds, expected it to be absent";
                members.next_value_seed(Refused(told)).map(|()| true)
            }
            _ => Ok(false),
        }
    }
}

impl Parts {
    /// A list of the contract, with its longest length there.
    fn list<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
        &mut self,
        name: &'static str,
        most: usize,
        members: &mut A,
    ) -> Result<bool, A::Error> {
        self.once(name, members, OrNull(Each { item: Object::<T>::new(2), most }))
    }

    fn once<'de, A: MapAccess<'de>>(
        &mut self,
        name: &'static str,
        members: &mut A,
        value: impl DeserializeSeed<'de, Value = ()>,
    ) -> Result<bool, A::Error> {
        if self.seen.contains(&name) {
            members.next_value_seed(Refused(&format!("duplicate field `{name}`")))?;
        }
        self.seen.push(name);
        members.next_value_seed(value).map(|()| true)
    }
}

/// An object of the contract, read as `T` and dropped.
struct Object<T> {
    shape: Shape,
    kind: PhantomData<T>,
}

impl<T> Object<T> {
    fn new(depth: usize) -> Self {
        Self { shape: Shape::at(depth), kind: PhantomData }
    }
}

impl<T> Clone for Object<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Object<T> {}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Object<T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<(), D::Error> {
        T::deserialize(Known { inner, shape: self.shape, lists: () }).map(drop)
    }
}

/// The value, or `null`, which says as much as its absence.
struct OrNull<S>(S);

impl<'de, S: DeserializeSeed<'de, Value = ()>> DeserializeSeed<'de> for OrNull<S> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de, Value = ()>> Visitor<'de> for OrNull<S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.deserialize(deserializer)
    }
}

/// A list of objects, each forgotten before the next is read.
struct Each<T> {
    item: Object<T>,
    most: usize,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Each<T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Each<T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {} items", self.most)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut count = 0;
        while items.next_element_seed(self.item)?.is_some() {
            count += 1;
            if count > self.most {
                return Err(A::Error::custom(format_args!("more items, expected at most {}", self.most)));
            }
        }
        Ok(())
    }
}
