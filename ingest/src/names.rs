//! The names that the contract gives to members, so that a log line can tell them from a sender's own: those are
//! payload, which no log line holds.

use std::fmt;

use serde::de::value::Error;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use snapshot::{Disk, Follows, Item, Network, Process, Snapshot, Socket, User};

/// The longest list of the contract, and the first item too many.
const MAX_INDEX: usize = snapshot::limits::MAX_PROCESSES;

/// Whether a JSON pointer has nothing but the contract's names and indices.
pub(crate) fn are_the_contracts(pointer: &str) -> bool {
    let mut names = Names(Vec::with_capacity(200));
    names.add::<Snapshot<'_>>();
    names.add::<Follows>();
    names.add::<Disk<'_>>();
    names.add::<Network<'_>>();
    names.add::<User<'_>>();
    names.add::<Process<'_>>();
    names.add::<Socket<'_>>();
    names.add::<Item<'_>>();
    let index = |segment: &str| segment.parse::<usize>().is_ok_and(|index| index <= MAX_INDEX);
    pointer.split('/').skip(1).all(|segment| names.0.contains(&segment) || index(segment))
}

/// Asked to be read as a structure, it notes how that calls its members and gives it none.
struct Names(Vec<&'static str>);

impl Names {
    fn add<'de, T: Deserialize<'de>>(&mut self) {
        // Always an error: there is nothing to read.
        let _ = T::deserialize(self);
    }
}

impl<'de> Deserializer<'de> for &mut Names {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom(fmt::Error))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        members: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.extend(members);
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
