//! Text that somebody else chose: names, arguments, paths.

/// Bytes as readable text: UTF-8 stays, control characters and bytes that are no UTF-8 become `\n`, `\t`, `\x1b`,
/// `\xff`. A process chooses its own name and arguments; neither may move an investigator's cursor nor be lost.
pub(crate) fn readable(bytes: &[u8]) -> String {
    shown(&text(bytes))
}

/// Bytes as text in which secrets are looked for, before it is [`shown`]: the ends of a script's lines divide its words,
/// and written out they would not.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Text in which nothing is left that a screen would act on or not show.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            c if c.is_control() && u32::from(c) < 256 => shown.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if is_unseen(c) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

/// What changes how its neighbours look and is not seen itself: the direction of writing (`exe.gpj` for `jpg.exe`),
/// lines, spaces without width (`ba sh`).
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::{readable, text};

    #[test]
    fn odd_bytes_stay_readable() {
        assert_eq!(readable("naïve ‹x› 𝄞".as_bytes()), "naïve ‹x› 𝄞");
        assert_eq!(readable(b"a\nb\x1b[2Jc\xff\xfe"), "a\\nb\\x1b[2Jc\\xff\\xfe");
        assert_eq!(readable("\u{202e}gpj.exe ba\u{200b}sh".as_bytes()), "\\u{202e}gpj.exe ba\\u{200b}sh");
        assert_eq!(text(b"a\nb\xff"), "a\nb\\xff");
    }
}
