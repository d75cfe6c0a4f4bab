//! Text that somebody else chose: names, arguments, paths.

/// Bytes as readable text: UTF-8 stays, control characters and bytes that are no UTF-8 become `\n`, `\t`, `\x1b`,
/// `\xff`. A process chooses its own name and arguments; neither may move an investigator's cursor nor be lost.
pub(crate) fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => text.push_str("\\n"),
                '\t' => text.push_str("\\t"),
                '\r' => text.push_str("\\r"),
                c if c.is_control() && u32::from(c) < 256 => {
                    text.push_str(&format!("\\x{:02x}", u32::from(c)))
                }
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn odd_bytes_stay_readable() {
        assert_eq!(readable("naïve ‹x›".as_bytes()), "naïve ‹x›");
        assert_eq!(readable(b"a\nb\x1b[2Jc\xff\xfe"), "a\\nb\\x1b[2Jc\\xff\\xfe");
    }
}
