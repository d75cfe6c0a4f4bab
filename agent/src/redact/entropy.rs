//! Words that look like nothing but chance: keys without a name beside them.
//!
//! **Which words.** Runs of base64 and base64url characters of 20 or more, with upper case, lower case and digits.
//! That leaves alone what is random and no secret, each by its class: digests, git commits, container and build ids
//! (hexadecimal, one case), UUIDs (the same, with dashes), Nix store paths and other base 32 (one case), names of pods
//! and stacks (short pieces between dashes).
//!
//! **Which threshold.** In a name classes follow each other in runs (`DailySessionTokenCountsJob`): neighbours are of
//! different class in a quarter of all places. In random base 62 they are in 62 % (two classes of 26 and one of 10).
//! The cut is at [`CHANGES`]; a test measures both sides of it. Bits a character (Shannon) would not tell them apart:
//! 20 characters of either have about 3.9.

/// A shorter word has too few places to judge: at 16 characters, 8 % of random ones fall below the threshold.
const SHORTEST: usize = 20;
/// Parts of places at which the class changes, in hundredths.
const CHANGES: usize = 42;
/// Repetition is no chance (`UAAAAAAAAAAgAAAEAAAA`): so many hundredths of a word are different characters at least,
/// counted in its first 32.
const DIFFERENT: usize = 45;
/// As [`CHANGES`], for what has one case: random hexadecimal changes in 47 places of a hundred, base 36 in 40, words
/// with years in 25.
const CHANGES_IN_DIGESTS: usize = 30;
/// Random digests have 13 different characters and more.
const FEW: usize = 9;
/// What says beforehand that a random word is public: digests and build ids, public keys.
const PUBLIC: [&str; 11] = [
    "sha1-",
    "sha256-",
    "sha384-",
    "sha512-",
    "SHA256:",
    "AAAAB3NzaC1",
    "AAAAC3NzaC1",
    "AAAAE2VjZHNh",
    "AAAAGnNrL",
    "MIIBIjANBgkq",
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS",
];
/// Options whose random value is public.
const PUBLIC_OPTIONS: [&str; 9] = [
    "buildid",
    "build_id",
    "build-id",
    "integrity",
    "digest",
    "checksum",
    "etag",
    "fingerprint",
    "gpu-preferences",
];

/// Whether the word after this one is random and public.
pub(super) fn announces_public(word: &str) -> bool {
    let name = word.trim_start_matches('-');
    word.starts_with('-') && PUBLIC_OPTIONS.contains(&name)
}

/// Where random words lie in a text.
pub(super) fn find(text: &str) -> Vec<(usize, usize)> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '/' | '=');
    let mut found = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if part(character) {
            start.get_or_insert(at);
        } else if let Some(from) = start.take() {
            found.extend(random_parts(text, from, at));
        }
    }
    found
}

/// In a run of such characters: all of it, or what lies between slashes (a path), or after an equals sign.
fn random_parts(text: &str, from: usize, to: usize) -> Vec<(usize, usize)> {
    let run = &text[from..to];
    if PUBLIC.iter().any(|kind| run.contains(kind)) || is_public(&text[..from]) {
        return Vec::new();
    }
    let value = run.trim_end_matches('=');
    if let Some(at) = value.rfind('=') {
        let name = value[..at].trim_start_matches('-');
        if PUBLIC_OPTIONS.contains(&name) {
            return Vec::new();
        }
        return random_parts(text, from + at + 1, to);
    }
    // base64 has a slash in 64 characters; a path has one in every word.
    let slashes = value.matches('/').count();
    if !value.starts_with('/') && slashes * 12 <= value.len() && is_random(value) {
        return vec![(from, to)];
    }
    let mut parts = Vec::new();
    let mut at = from;
    for part in run.split('/') {
        if slashes > 0 && is_random(part.trim_end_matches('=')) {
            parts.push((at, at + part.len()));
        }
        at += part.len() + 1;
    }
    parts
}

/// `SHA256:` and the like end with a character that is no part of a word.
fn is_public(before: &str) -> bool {
    PUBLIC.iter().any(|kind| before.ends_with(kind))
}

fn is_random(word: &str) -> bool {
    let bytes = word.as_bytes();
    if bytes.len() < SHORTEST || !(0..3).all(|wanted| bytes.iter().any(|&byte| class(byte) == wanted)) {
        return false;
    }
    let head = &bytes[..bytes.len().min(32)];
    // Of dashed words one piece alone must be long: stacks' names have random ends of 12 or 13.
    let longest = bytes.split(|&byte| class(byte) == OTHER).map(<[u8]>::len).max().unwrap_or(0);
    longest >= 16
        && longest >= SHORTEST.min(bytes.len() / 2)
        && changes_in_hundred(bytes) >= CHANGES
        && different(head) * 100 >= head.len() * DIFFERENT
}

/// Whether trying words, years and repetitions would find a secret: it is short, or made as those are.
pub(super) fn is_guessable(secret: &str) -> bool {
    let bytes = secret.as_bytes();
    bytes.len() < SHORTEST || changes_in_hundred(bytes) < CHANGES_IN_DIGESTS || different(bytes) < FEW
}

/// Neither letter nor digit.
const OTHER: u8 = 3;

fn class(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => 0,
        b'a'..=b'z' => 1,
        b'0'..=b'9' => 2,
        _ => OTHER,
    }
}

/// Of a hundred pairs of neighbours, how many are of different class. A dash divides names and happens in keys: places
/// beside it count for neither.
fn changes_in_hundred(bytes: &[u8]) -> usize {
    let pairs = bytes.windows(2).map(|pair| (class(pair[0]), class(pair[1])));
    let (mut all, mut changes) = (0, 0);
    for (a, b) in pairs.filter(|(a, b)| *a != OTHER && *b != OTHER) {
        all += 1;
        changes += usize::from(a != b);
    }
    changes * 100 / all.max(1)
}

fn different(bytes: &[u8]) -> usize {
    (0..=u8::MAX).filter(|byte| bytes.contains(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const SEED: u64 = 7;

    fn word(random: &mut Random, alphabet: &[u8], length: usize) -> String {
        let one = |_| alphabet[random.below(alphabet.len() as u64) as usize] as char;
        (0..length).map(one).collect()
    }

    /// Of 10,000 random words, how many are found.
    fn found(alphabet: &[u8], length: usize) -> usize {
        let mut random = Random::seeded(SEED);
        (0..10_000).filter(|_| !find(&word(&mut random, alphabet, length)).is_empty()).count()
    }

    #[test]
    fn random_keys_are_found() {
        for (alphabet, length, least) in [
            (&BASE64[..62], 20, 9_300),
            (&BASE64[..62], 24, 9_600),
            (&BASE64[..62], 32, 9_700),
            (&BASE64[..62], 40, 9_800),
            (BASE64, 40, 8_500),
            (BASE64, 64, 8_500),
        ] {
            let found = found(alphabet, length);
            println!("{} characters, {length} long: {found} of 10,000", alphabet.len());
            assert!(found >= least, "{} characters, {length} long: {found} of 10,000", alphabet.len());
        }
    }

    #[test]
    fn words_can_be_guessed_and_keys_cannot() {
        for guessable in [
            "hunter2",
            "Password123Password123",
            "correct horse battery staple 2026",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1",
            "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
        ] {
            assert!(is_guessable(guessable), "{guessable}");
        }
        let mut random = Random::seeded(SEED);
        for (alphabet, length) in [(BASE64, 40), (&BASE64[..62], 32), (&b"0123456789abcdef"[..], 40)] {
            let guessable =
                (0..10_000).filter(|_| is_guessable(&word(&mut random, alphabet, length))).count();
            // What falls on the wrong side has the shorter hash, which is the careful one.
            assert!(guessable < 300, "{guessable} of 10,000 of {length} characters");
        }
    }

    #[test]
    fn what_is_random_and_public_is_left() {
        let mut random = Random::seeded(SEED);
        let hexadecimal = b"0123456789abcdef";
        let nix = b"0123456789abcdfghijklmnpqrsvwxyz";
        for _ in 0..10_000 {
            let uuid = [8, 4, 4, 4, 12].map(|length| word(&mut random, hexadecimal, length)).join("-");
            let build = word(&mut random, BASE64, 20);
            for public in [
                word(&mut random, hexadecimal, 40),
                word(&mut random, hexadecimal, 64),
                word(&mut random, b"0123456789ABCDEF", 40),
                format!("/nix/store/{}-glibc-2.39-52/lib/ld.so", word(&mut random, nix, 32)),
                format!("web-{}-{}", word(&mut random, hexadecimal, 10), word(&mut random, nix, 5)),
                format!("SHA256:{}", word(&mut random, BASE64, 43)),
                format!("sha512-{}==", word(&mut random, BASE64, 86)),
                format!("--build-id={build}/{build}"),
                uuid,
            ] {
                assert_eq!(find(&public), [], "{public}");
            }
        }
    }
}
