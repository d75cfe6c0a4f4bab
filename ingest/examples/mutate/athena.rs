//! What Athena's reader of raw JSON asks of an object, as an oracle of its own: it shares no code with ingest.

use std::collections::HashSet;
use std::fmt;
use std::io::Read;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use snapshot::Snapshot;

/// The object's rows. An error says what a query would fail on, or lose a row for.
pub(crate) fn read(object: &[u8]) -> Result<usize, String> {
    if !object.starts_with(b"\x28\xb5\x2f\xfd") {
        return Err("it does not begin with a frame of zstd".to_owned());
    }
    let mut frame = zstd::stream::read::Decoder::with_buffer(object).map_err(told)?.single_frame();
    frame.window_log_max(23).map_err(told)?;
    let mut text = String::new();
    frame.read_to_string(&mut text).map_err(told)?;
    if !frame.finish().is_empty() {
        return Err("something follows the frame".to_owned());
    }
    let rows = text.strip_suffix('\n').ok_or("the last row does not end")?;
    let mut count = 0;
    // A carriage return ends a row as well as a newline does.
    for row in rows.split(['\n', '\r']) {
        serde_json::from_str::<Snapshot<'_>>(row).map_err(|error| format!("{error}: {row}"))?;
        serde_json::from_str::<Distinct>(row).map_err(|error| format!("{error}: {row}"))?;
        count += 1;
    }
    Ok(count)
}

fn told(error: std::io::Error) -> String {
    error.to_string()
}

/// A value in which no object has a name twice, as a reader finds that lower-cases each.
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Distinct {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut names = HashSet::new();
        while let Some((name, Self)) = members.next_entry::<String, Self>()? {
            if !names.insert(name.to_lowercase()) {
                return Err(A::Error::custom(format_args!("the name '{name}' twice")));
            }
        }
        Ok(self)
    }
}
