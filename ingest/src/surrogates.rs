//! A name on Linux is bytes, and need not be UTF-8. Python reads one with `surrogateescape` and its JSON writer then sends
//! `\udce9` for the byte 0xe9: half of a pair, which no text has and no reader takes. One process called so, and any user
//! can start one, must not hide its whole host.

/// Puts U+FFFD, the sign for what could not be read, in the place of each escaped surrogate that stands alone.
pub(crate) fn replace_alone(body: &mut [u8]) {
    let mut at = 0;
    while let Some(next) = body.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        at += next;
        at += match (escaped(body, at), escaped(body, at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                body[at + 2..at + 6].copy_from_slice(b"fffd");
                6
            }
            _ => 2,
        };
    }
}

/// The number in `\u1234`, if that stands there.
fn escaped(body: &[u8], at: usize) -> Option<u16> {
    let digits = body.get(at..at + 6)?.strip_prefix(b"\\u")?;
    // A sign would be taken for a number's.
    let digits = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_alone_is_replaced() {
        for (sent, kept) in [
            (r"caf\udce9", r"caf\ufffd"),
            (r"\uD800\uD800\uDC00", r"\ufffd\uD800\uDC00"),
            (r"\udc00\ud83d\ude00\ude00", r"\ufffd\ud83d\ude00\ufffd"),
            (r"\\udce9 \\\udce9", r"\\udce9 \\\ufffd"),
            (r"\ud83dx\ud83d", r"\ufffdx\ufffd"),
            (r"\u00e9\n\+d8\u+d80\ud8\", r"\u00e9\n\+d8\u+d80\ud8\"),
        ] {
            let mut body = sent.as_bytes().to_vec();
            replace_alone(&mut body);
            assert_eq!(String::from_utf8(body).unwrap(), kept);
        }
    }
}
