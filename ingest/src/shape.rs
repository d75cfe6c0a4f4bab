//! What a value must keep that this version does not know and passes on: readers to come must be able to read it.
//! Athena's reader takes names without regard to case, by Unicode's rules, and fails on one given twice.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::limits::{MAX_DEPTH, MAX_MEMBERS, MAX_NAME_BYTES};

/// A member's name, borrowed from the line unless it is escaped there. Transparent, or the way to a wrong value would
/// lack it.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Name<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// Refuses a value for its name. Said when the value is read, so that the error's place is that of the member.
pub(crate) struct Refused<'r>(pub(crate) &'r str);

impl<'de> DeserializeSeed<'de> for Refused<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, _: D) -> Result<(), D::Error> {
        Err(D::Error::custom(self.0))
    }
}

/// The names of one object's unknown members so far, as Athena's reader compares them: in lower case. A set, since a batch
/// can have five million of them.
#[derive(Default)]
pub(crate) struct Names<'a>(HashSet<Cow<'a, str>>);

impl<'a> Names<'a> {
    /// Takes one more. An error is what to refuse the member's value with.
    pub(crate) fn add(&mut self, name: Cow<'a, str>, contracts: &[&str]) -> Result<(), Cow<'static, str>> {
        if name.len() > MAX_NAME_BYTES {
            let told = format!("a name of {} bytes, expected at most {MAX_NAME_BYTES}", name.len());
            return Err(told.into());
        }
        let upper = name.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii());
        let name = if upper { name.to_lowercase().into() } else { name };
        if let Some(field) = contracts.iter().find(|field| **field == name) {
            let told =
                format!("a name that differs from '{field}' in case alone, expected names that differ");
            return Err(told.into());
        }
        if !self.0.insert(name) {
            return Err("a name given twice in one object, expected each once in any case".into());
        }
        if self.0.len() > MAX_MEMBERS {
            return Err(format!("more members, expected at most {MAX_MEMBERS}").into());
        }
        Ok(())
    }
}

/// A value at this depth: nothing in it is nested too deeply, no object has a name twice (in any case) or too many.
#[derive(Clone, Copy, Default)]
pub(crate) struct Shape {
    depth: usize,
}

impl Shape {
    pub(crate) fn at(depth: usize) -> Self {
        Self { depth }
    }

    /// What lies in a list or an object at this depth.
    pub(crate) fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!("nested deeper, expected at most {MAX_DEPTH} levels")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shape {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut names = Names::default();
        while let Some(Name(name)) = members.next_key()? {
            match names.add(name, &[]) {
                Ok(()) => members.next_value_seed(inner)?,
                Err(told) => return members.next_value_seed(Refused(&told)),
            }
        }
        Ok(())
    }
}
