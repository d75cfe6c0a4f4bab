//! No secret leaves the host: arguments that look like one become `‹redacted:HASH›`.
//!
//! The hash is keyed (HMAC-SHA256), so one secret can still be recognised wherever it turns up, and guessing it
//! needs the key. A short secret gets a hash cut to 24 bits: whoever does hold the key then finds a crowd of
//! candidates and not the one.
//!
//! Errs on the side of eating: a harmless argument lost costs a detail, a secret kept costs the secret. What is
//! caught and what is left is a table of command lines in `table.rs`.

mod key;
mod names;
mod programs;
mod shapes;
#[cfg(test)]
mod table;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub(crate) use key::Key;

/// Replaces secrets.
#[derive(Clone, Debug)]
pub(crate) struct Redactor {
    host: Key,
    fleet: Option<Key>,
}

/// From so many characters on a secret is taken to be long enough that 48 bits of hash give nothing away.
const LONG: usize = 20;

impl Redactor {
    /// A redactor whose hashes are made with the host's own key.
    pub(crate) fn new(host: Key) -> Self {
        Self { host, fleet: None }
    }

    /// From now on hashes are made with the fleet's key; none goes back to the host's own.
    pub(crate) fn use_fleet_key(&mut self, fleet: Option<&Key>) {
        self.fleet = fleet.cloned();
    }

    /// The arguments joined by spaces, secrets replaced.
    pub(crate) fn command_line(&self, arguments: &[String]) -> String {
        let mut out = String::new();
        let mut program = programs::Program::of(arguments.first().map_or("", String::as_str));
        let mut secret_follows = false;
        let mut private_key = false;
        for argument in arguments {
            if !out.is_empty() {
                out.push(' ');
            }
            if private_key || shapes::private_key_begins(argument) {
                // A key's lines may come as arguments of their own, up to the end marker.
                private_key = !argument.contains("-----END");
                out.push_str(&self.mask(argument));
                secret_follows = false;
            } else if std::mem::take(&mut secret_follows) && is_value(argument) {
                out.push_str(&self.mask(argument));
            } else if argument.contains(char::is_whitespace) {
                // A command within an argument: `sh -c 'mysql -psecret'`, or a header of curl's.
                self.words(argument, &mut out);
            } else {
                secret_follows = self.word(argument, &mut program, &mut out);
            }
        }
        out
    }

    /// An argument that holds several words.
    fn words(&self, text: &str, out: &mut String) {
        if let Some(at) = shapes::authorization(text) {
            let end = text[at..].find(['"', '\'']).map_or(text.len(), |length| at + length);
            out.push_str(&self.inside(&text[..at]));
            out.push_str(&self.mask(&text[at..end]));
            return self.rest(&text[end..], out);
        }
        let mut program = programs::Program::default();
        let mut secret_follows = false;
        for piece in text.split_inclusive(char::is_whitespace) {
            let word = piece.trim_end();
            if word.is_empty() {
                out.push_str(piece);
                continue;
            }
            program.meet(word);
            // Quotes of an inner shell are around the value, not part of it.
            if std::mem::take(&mut secret_follows) && is_value(word) {
                let bare = word.trim_matches(['"', '\'']);
                let (before, after) = word.split_once(bare).unwrap_or(("", ""));
                out.push_str(before);
                out.push_str(&self.mask(bare));
                out.push_str(after);
            } else {
                secret_follows = self.word(word, &mut program, out);
            }
            out.push_str(&piece[word.len()..]);
        }
    }

    fn rest(&self, text: &str, out: &mut String) {
        if !text.is_empty() {
            self.words(text, out);
        }
    }

    /// One word; says whether the next one is a secret.
    fn word(&self, word: &str, program: &mut programs::Program, out: &mut String) -> bool {
        match program.word(word) {
            programs::Meaning::SecretFrom(at) => {
                out.push_str(&word[..at]);
                out.push_str(&self.mask(&word[at..]));
                return false;
            }
            programs::Meaning::SecretNext => {
                out.push_str(word);
                return true;
            }
            programs::Meaning::Plain => {}
        }
        let masked = self.inside(word);
        let untouched = masked == word;
        out.push_str(&masked);
        // `--password X`, `Password: X`; with its value in the same word it was handled above.
        untouched && names::announces_secret(word)
    }

    /// Everything that can be recognised within a piece of text.
    fn inside(&self, text: &str) -> String {
        let mut out = String::new();
        let mut done = 0;
        for (from, to) in shapes::secrets(text) {
            out.push_str(&text[done..from]);
            out.push_str(&self.mask(&text[from..to]));
            done = to;
        }
        out.push_str(&text[done..]);
        out
    }

    fn mask(&self, secret: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.fleet.as_ref().unwrap_or(&self.host).bytes())
        else {
            // HMAC takes keys of any length; without a hash the secret is hidden all the same.
            return "‹redacted›".to_owned();
        };
        mac.update(secret.as_bytes());
        let digest = mac.finalize().into_bytes();
        let bytes = if secret.len() < LONG { 3 } else { 6 };
        let hash: String = digest.iter().take(bytes).map(|byte| format!("{byte:02x}")).collect();
        format!("‹redacted:{hash}›")
    }
}

/// Whether a word after `--password` is its value and not the next option.
fn is_value(word: &str) -> bool {
    !word.starts_with("--") && names::looks_filled_in(word)
}
