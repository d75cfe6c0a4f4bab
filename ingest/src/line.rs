//! One line: a snapshot, or the exact place where it is none.

use serde::de::Deserialize;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment, Track};
use snapshot::Snapshot;

use crate::limits::MAX_LINE_BYTES;
use crate::refusal::{Kind, Refusal, expectation, shorten};
use crate::streamed::Streamed;

/// The snapshot in a line, without its long lists. A refusal names the member but not yet the line.
pub(crate) fn read(line: &str) -> Result<Snapshot<'_>, Refusal> {
    bounded(line)?;
    if line.trim_ascii().is_empty() {
        return Err(Refusal::malformed("empty, expected a snapshot").logged_as_told());
    }
    match serde_json::from_str::<Streamed<'_>>(line) {
        Ok(Streamed(snapshot)) => Ok(snapshot),
        Err(_) => Err(explained(line, |reader| Streamed::deserialize(reader).map(drop))),
    }
}

/// Whether the line is short enough to be read.
pub(crate) fn bounded(line: &str) -> Result<(), Refusal> {
    if line.len() > MAX_LINE_BYTES {
        let told = format!("{} bytes, expected at most {MAX_LINE_BYTES}", line.len());
        return Err(Refusal::new(Kind::TooLarge, told).logged_as_told());
    }
    Ok(())
}

pub(crate) type Reader<'t, 'r, 'l> =
    serde_path_to_error::Deserializer<'t, 't, &'r mut serde_json::Deserializer<serde_json::de::StrRead<'l>>>;

/// Reads once more what failed, this time remembering the way: on the way that succeeds it would cost a quarter more.
pub(crate) fn explained<'l>(
    line: &'l str,
    read: impl for<'t, 'r> FnOnce(Reader<'t, 'r, 'l>) -> Result<(), serde_json::Error>,
) -> Refusal {
    let mut reader = serde_json::Deserializer::from_str(line);
    let mut track = Track::new();
    let outcome = read(serde_path_to_error::Deserializer::new(&mut reader, &mut track));
    // What follows a whole object is the one thing that reading it does not find.
    let error = match outcome.and_then(|()| reader.end()) {
        Err(error) => error,
        Ok(()) => return Refusal::malformed("not a snapshot"),
    };
    let column = error.column();
    let text = error.to_string();
    let text = text.strip_suffix(&format!(" at line {} column {column}", error.line())).unwrap_or(&text);
    let pointer = pointer(&track.path(), text);
    let told = match error.classify() {
        Category::Eof => format!("cut short at column {column}, expected a whole JSON object"),
        Category::Syntax | Category::Io => format!("{} at column {column}, expected JSON", found(text)),
        Category::Data => match pointer.as_str() {
            "" => found(text),
            pointer => format!("{} at {}", found(text), shorten(pointer)),
        },
    };
    // What was found stands before what is expected. The parser's own words, of text that is no JSON, have nothing of
    // that text, and the name of a member that is missing or there twice is the contract's.
    let logged = match error.classify() {
        Category::Data if named(text).is_some() => text,
        Category::Data => expectation(text).unwrap_or("expected a snapshot"),
        _ => told.as_str(),
    };
    match pointer.as_str() {
        "" => Refusal::malformed(&told).logged(logged),
        _ => Refusal::malformed(&told).logged(logged).at_field(shorten(&pointer)),
    }
}

/// The parser's words, with what it found cut to a bearable length and what it expected left whole.
fn found(text: &str) -> String {
    match text.rfind(", expected ") {
        Some(at) => format!("{}{}", shorten(&text[..at]), shorten(&text[at..])),
        None => shorten(text),
    }
}

/// The member that is missing or there twice: it is in the parser's words alone.
fn named(text: &str) -> Option<&str> {
    let rest = ["missing field `", "duplicate field `"].iter().find_map(|words| text.strip_prefix(words))?;
    rest.strip_suffix('`')
}

fn pointer(path: &Path, text: &str) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1")))
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    if let Some(name) = named(text) {
        let last = format!("/{name}");
        if !pointer.ends_with(&last) {
            pointer.push_str(&last);
        }
    }
    pointer
}
