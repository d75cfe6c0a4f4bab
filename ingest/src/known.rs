//! An object of the contract, read member by member on its way into its type.
//!
//! The type checks what it knows. Here it is checked what the type passes over: an unknown member's value, which goes
//! into the lake's raw files as it is, and its name, which must not be another's in another case: Athena's reader does
//! not tell them apart. So each line is read once.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::U64Deserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::shape::{Name, Names, Refused, Shape};

/// Reads an object of the contract. `lists` takes the members that are not kept.
pub(crate) struct Known<D, L> {
    pub(crate) inner: D,
    pub(crate) shape: Shape,
    pub(crate) lists: L,
}

/// Members that are checked and dropped before the type sees them.
pub(crate) trait Lists<'de> {
    /// Reads the member's value if it is one of these, and says so.
    fn read<A: MapAccess<'de>>(&mut self, name: &'static str, members: &mut A) -> Result<bool, A::Error>;
}

impl<'de> Lists<'de> for () {
    fn read<A: MapAccess<'de>>(&mut self, _: &'static str, _: &mut A) -> Result<bool, A::Error> {
        Ok(false)
    }
}

impl<'de, D: Deserializer<'de>, L: Lists<'de>> Deserializer<'de> for Known<D, L> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let Self { inner, shape, lists } = self;
        inner.deserialize_map(Object { visitor, fields, shape, lists })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Object<V, L> {
    visitor: V,
    fields: &'static [&'static str],
    shape: Shape,
    lists: L,
}

impl<'de, V: Visitor<'de>, L: Lists<'de>> Visitor<'de> for Object<V, L> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        let Self { visitor, fields, shape, lists } = self;
        let inner = shape.deeper()?;
        visitor.visit_map(Members { members, fields, next: 0, unknown: Names::default(), inner, lists })
    }
}

struct Members<'de, A, L> {
    members: A,
    fields: &'static [&'static str],
    /// Where the next name is looked for first: senders write in the contract's order.
    next: usize,
    unknown: Names<'de>,
    inner: Shape,
    lists: L,
}

impl<'de, A: MapAccess<'de>, L> Members<'de, A, L> {
    /// Which of the contract's members it is.
    fn known(&mut self, name: &str) -> Option<usize> {
        let (before, after) = self.fields.split_at(self.next);
        let found = after.iter().position(|field| *field == name).map(|at| at + self.next);
        let at = found.or_else(|| before.iter().position(|field| *field == name))?;
        self.next = at + 1;
        Some(at)
    }

    fn pass_over(&mut self, name: Cow<'de, str>) -> Result<(), A::Error> {
        match self.unknown.add(name, self.fields) {
            Ok(()) => self.members.next_value_seed(self.inner),
            Err(told) => self.members.next_value_seed(Refused(&told)),
        }
    }
}

impl<'de, A: MapAccess<'de>, L: Lists<'de>> MapAccess<'de> for Members<'de, A, L> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(Name(name)) = self.members.next_key()? {
            match self.known(&name) {
                Some(at) if self.lists.read(self.fields[at], &mut self.members)? => {}
                // By its place, which a derived type takes as well: it need not look the name up once more.
                Some(at) => {
                    let place: U64Deserializer<A::Error> = (at as u64).into_deserializer();
                    return seed.deserialize(place).map(Some);
                }
                None => self.pass_over(name)?,
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.members.next_value_seed(seed)
    }
}
