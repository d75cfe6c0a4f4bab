//! How long a text may be, asked before any reader sees it: one that is refused for its type is repeated in the reader's
//! own words, with each odd character escaped, and twice, so that 30 MB of text would cost 500.

use crate::limits::MAX_TEXT_BYTES;

/// Where a text begins that is longer than [`MAX_TEXT_BYTES`], as it stands in the line, escapes and all.
///
/// A text ends at a quotation mark. As long as there is one in every stretch of so many bytes, none is longer, and a look
/// at each stretch's end is enough: a line of megabytes takes a hundred looks. Only a line that fails this is gone through.
pub(crate) fn too_long(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let mut begin = 0;
    while bytes.len() - begin > MAX_TEXT_BYTES {
        let stretch = begin..(begin + MAX_TEXT_BYTES + 1).min(bytes.len());
        match stretch.rev().find(|at| bytes[*at] == b'"' && !is_escaped(bytes, *at)) {
            Some(mark) => begin = mark + 1,
            None => return first_too_long(bytes),
        }
    }
    None
}

/// Whether an odd number of backslashes stands before.
fn is_escaped(bytes: &[u8], at: usize) -> bool {
    bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Byte by byte. What is no text may be as long as it likes.
fn first_too_long(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == b'"')? + 1;
        let begin = at;
        while *bytes.get(at)? != b'"' {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
            if at - begin > MAX_TEXT_BYTES {
                return Some(begin - 1);
            }
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `filler` over and over, to a text of so many bytes.
    fn text(bytes: usize, filler: &str) -> String {
        format!("\"{}\"", filler.repeat(bytes / filler.len()))
    }

    #[test]
    fn a_text_is_measured_as_it_stands() {
        for filler in ["x", r#"\""#, r"\\", r"\u007f", "\u{7f}", "é"] {
            // All of them divide it.
            let most = MAX_TEXT_BYTES / 6 * 6;
            assert_eq!(too_long(&format!(r#"{{"a":{},"b":1}}"#, text(most, filler))), None, "{filler}");
            let longer = format!(r#"{{"a":{},"b":1}}"#, text(most + 6, filler));
            assert_eq!(too_long(&longer), Some(5), "{filler}");
            // Wherever it stands.
            let many = [text(20, filler), text(most, filler), text(most + 6, filler)].join(",");
            assert_eq!(too_long(&many), Some(many.len() - most - 8), "{filler}");
        }
    }

    #[test]
    fn the_last_byte_counts() {
        assert_eq!(too_long(&text(MAX_TEXT_BYTES, "x")), None);
        assert_eq!(too_long(&text(MAX_TEXT_BYTES + 1, "x")), Some(0));
        // A name, and a text without an end.
        let name = format!("{{{}:1}}", text(MAX_TEXT_BYTES + 1, "x"));
        assert_eq!(too_long(&name), Some(1));
        assert_eq!(too_long(&text(MAX_TEXT_BYTES + 9, "x")[..MAX_TEXT_BYTES + 5]), Some(0));
    }

    #[test]
    fn what_is_no_text_may_be_long() {
        let numbers = format!("[{}0]", "1,".repeat(MAX_TEXT_BYTES));
        assert_eq!(too_long(&numbers), None);
        assert_eq!(too_long(&" ".repeat(3 * MAX_TEXT_BYTES)), None);
        let after = format!("{numbers}{}", text(MAX_TEXT_BYTES + 1, "x"));
        assert_eq!(too_long(&after), Some(numbers.len()));
    }

    /// The looks say what going through every byte says.
    #[test]
    fn both_ways_agree() {
        let mut rng = fastrand::Rng::with_seed(3);
        for _ in 0..200 {
            let mut line = String::new();
            while line.len() < 3 * MAX_TEXT_BYTES {
                let piece = *rng.choice(&["\"", r#"\""#, r"\\", ",", "x"]).unwrap();
                line.push_str(&piece.repeat(rng.usize(1..MAX_TEXT_BYTES / 2)));
            }
            // A backslash outside of text is no JSON: the reader ends there, and so does the comparison.
            let (quick, whole) = (too_long(&line), first_too_long(line.as_bytes()));
            assert!(quick == whole || (quick.is_none() && !is_json_until(&line, whole)), "seed 3");
        }
    }

    /// Whether no backslash stands outside of text before a place.
    fn is_json_until(line: &str, place: Option<usize>) -> bool {
        let (mut inside, mut escaped) = (false, false);
        line.bytes().take(place.unwrap_or(line.len())).all(|byte| {
            let sound = inside || byte != b'\\';
            (inside, escaped) = match byte {
                _ if escaped => (inside, false),
                b'\\' if inside => (inside, true),
                b'"' => (!inside, false),
                _ => (inside, false),
            };
            sound
        })
    }
}
