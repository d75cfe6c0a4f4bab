//! One line: a snapshot, or the exact place where it is none.

use serde::de::Deserialize;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment, Track};
use snapshot::Snapshot;

use crate::limits::{MAX_FIELD_BYTES, MAX_LINE_BYTES, MAX_TEXT_BYTES, MAX_TOLD_CHARS};
use crate::refusal::{Kind, Refusal, expectation, shorten};
use crate::streamed::Streamed;
use crate::texts;

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

/// Whether the line and each text in it are short enough to be read.
pub(crate) fn bounded(line: &str) -> Result<(), Refusal> {
    if line.len() > MAX_LINE_BYTES {
        let told = format!("{} bytes, expected at most {MAX_LINE_BYTES}", line.len());
        return Err(Refusal::new(Kind::TooLarge, told).logged_as_told());
    }
    let Some(at) = texts::too_long(line) else { return Ok(()) };
    // What comes before the text says where it stands, or is wrong itself.
    let (error, pointer) = failure(&line[..at], |reader| Streamed::deserialize(reader).map(drop));
    match error {
        Some(error) if !error.is_eof() => Err(refused(line, &error, &pointer)),
        _ => {
            let told = format!("a text longer than {MAX_TEXT_BYTES} bytes, expected at most so many");
            let place = format!("{told}, from column {}", at + 1);
            Err(placed(Refusal::new(Kind::TooLarge, place).logged(told), &pointer))
        }
    }
}

pub(crate) type Reader<'t, 'r, 'l> =
    serde_path_to_error::Deserializer<'t, 't, &'r mut serde_json::Deserializer<serde_json::de::StrRead<'l>>>;

/// Reads once more what failed, this time remembering the way: on the way that succeeds it would cost a quarter more.
pub(crate) fn explained<'l>(
    line: &'l str,
    read: impl for<'t, 'r> FnOnce(Reader<'t, 'r, 'l>) -> Result<(), serde_json::Error>,
) -> Refusal {
    match failure(line, read) {
        (Some(error), pointer) => refused(line, &error, &pointer),
        (None, _) => Refusal::malformed("not a snapshot, expected one"),
    }
}

/// What is wrong with the line, and the pointer to where.
fn failure<'l>(
    line: &'l str,
    read: impl for<'t, 'r> FnOnce(Reader<'t, 'r, 'l>) -> Result<(), serde_json::Error>,
) -> (Option<serde_json::Error>, String) {
    let mut reader = serde_json::Deserializer::from_str(line);
    let mut track = Track::new();
    let outcome = read(serde_path_to_error::Deserializer::new(&mut reader, &mut track));
    // What follows a whole object is the one thing that reading it does not find.
    let error = outcome.and_then(|()| reader.end()).err();
    let pointer = pointer(&track.path(), &error.as_ref().map(words).unwrap_or_default());
    (error, pointer)
}

fn refused(line: &str, error: &serde_json::Error, pointer: &str) -> Refusal {
    let (column, text) = (error.column(), words(error));
    let text = text.as_str();
    // The parser's own words, of text that is no JSON, have nothing of that text, and the name of a member that is missing
    // or there twice is the contract's. Otherwise what was found stands before what is expected.
    let (told, logged) = match error.classify() {
        Category::Eof => {
            let told = format!("cut short at column {column}, expected a whole JSON object");
            (told.clone(), told)
        }
        Category::Syntax | Category::Io => {
            let logged = format!("{} at column {column}, expected JSON", found(text));
            (format!("{} at column {column}{}, expected JSON", found(text), near(line, column)), logged)
        }
        Category::Data => {
            let told = match named(text) {
                Some(_) => format!("{text}, expected it once"),
                None => found(text),
            };
            let logged = match named(text) {
                Some(_) => told.clone(),
                None => expectation(text).unwrap_or("expected a snapshot").to_owned(),
            };
            let place = if pointer.is_empty() { String::new() } else { format!(" at {}", shorten(pointer)) };
            (told + &place, logged)
        }
    };
    placed(Refusal::malformed(told).logged(logged), pointer)
}

/// With the member's pointer, if there is one of a bearable length: a part of one points elsewhere.
fn placed(refusal: Refusal, pointer: &str) -> Refusal {
    if pointer.is_empty() || pointer.len() > MAX_FIELD_BYTES { refusal } else { refusal.at_field(pointer) }
}

/// An error's text without the place that the parser appends, and in JSON's words.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&place).unwrap_or(&text);
    let text = match text.strip_suffix(", expected f64") {
        Some(found) => format!("{found}, expected a number"),
        None => text.to_owned(),
    };
    let found = text.strip_prefix("invalid type: ");
    let called = |theirs: &str, ours: &str| {
        found.and_then(|found| found.strip_prefix(theirs)).map(|rest| format!("invalid type: {ours}{rest}"))
    };
    called("sequence,", "list,").or_else(|| called("map,", "object,")).unwrap_or(text)
}

/// What stands at a column and after it, some characters of it.
fn near(line: &str, column: usize) -> String {
    let begin = line.floor_char_boundary(column.saturating_sub(1));
    let rest: String = line[begin..].chars().take(MAX_TOLD_CHARS / 4).collect();
    if rest.is_empty() { rest } else { format!(" ({rest:?})") }
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
