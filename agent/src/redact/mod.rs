//! No secret leaves the host: arguments that look like one become `‹redacted:HASH›`.
//!
//! The hash is keyed (HMAC-SHA256), so one secret can still be recognised wherever it turns up, and guessing it
//! needs the key. A secret that can be guessed (short, or made of words) gets a hash cut to 24 bits: whoever does hold
//! the key then finds a crowd of candidates and not the one.
//!
//! Errs on the side of eating: a harmless argument lost costs a detail, a secret kept costs the secret. What is
//! caught and what is left is a table of command lines in `table.rs`; how often it errs is measured in `corpus.rs`.

#[cfg(test)]
mod corpus;
mod entropy;
mod key;
mod names;
mod rules;
mod shapes;
#[cfg(test)]
mod table;
mod tokens;
mod usage;

use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub(crate) use key::Key;
pub(crate) use rules::Rules;

use rules::Class;
use shapes::Passage;
use usage::Program;

/// Replaces secrets.
#[derive(Clone, Debug)]
pub(crate) struct Redactor {
    host: Key,
    fleet: Option<Key>,
    rules: Rules,
}

/// So many bytes of a command line are looked at, twice as many as a snapshot holds: time must not follow from what a
/// process calls itself.
const LONGEST: usize = 16 * 1024;

/// So many secrets that are longer than a word are looked for in one argument, each by another look at all that follows.
/// Beyond, the rest of the argument is left out.
const MOST_PASSAGES: usize = 64;

/// What a word says about the one after it.
#[derive(Default)]
struct Next<'w> {
    /// It is the value of this name.
    name: Option<&'w str>,
    /// It may look like chance and be none.
    public: bool,
}

impl Redactor {
    /// A redactor by the known rules, whose hashes are made with the host's own key.
    pub(crate) fn new(host: Key) -> Self {
        Self { host, fleet: None, rules: Rules::default() }
    }

    /// By these rules.
    pub(crate) fn with_rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// From now on hashes are made with the fleet's key; none goes back to the host's own.
    pub(crate) fn use_fleet_key(&mut self, fleet: Option<&Key>) {
        self.fleet = fleet.cloned();
    }

    /// The arguments joined by spaces, secrets replaced.
    pub(crate) fn command_line(&self, arguments: &[String]) -> String {
        let mut out = String::new();
        let mut program = Program::none(&self.rules.usages);
        let mut next = Next::default();
        let mut private_key = false;
        let mut left = LONGEST;
        let mut last = "";
        for argument in arguments {
            if !out.is_empty() {
                out.push(' ');
            }
            let previous = std::mem::replace(&mut last, argument);
            if argument.len() > left {
                // Half of a secret would not be recognised: cut between words, or before them all.
                let head = &argument[..argument.floor_char_boundary(left)];
                self.words(&head[..head.rfind(char::is_whitespace).unwrap_or(0)], &mut out);
                out.push('…');
                break;
            }
            left -= argument.len();
            let before = std::mem::take(&mut next);
            let in_usage = self.in_usage(&mut program, argument);
            if private_key || self.rules.has(Class::Pem) && shapes::private_key_begins(argument) {
                // A key's lines may come as arguments of their own, up to the end marker.
                private_key = !argument.contains("-----END");
                out.push_str(&self.mask(argument));
            } else if let Some(secret) = in_usage {
                self.hide(argument, secret, &mut out);
            } else if before.name.is_some_and(|name| self.is_value(name, argument)) {
                out.push_str(&self.mask(argument));
            } else if let Some(from) = self.whole_value(previous, argument) {
                self.hide(argument, from..argument.len(), &mut out);
            } else if argument.contains(char::is_whitespace) {
                // A command within an argument: `sh -c 'mysql -psecret'`, or a header of curl's.
                self.words(argument, &mut out);
            } else {
                next = self.word(argument, &before, &mut out);
            }
        }
        out
    }

    /// A path in which somebody may have written a secret.
    pub(crate) fn path(&self, path: &str) -> String {
        self.inside(path)
    }

    /// Where the value begins when all the rest of an argument is one: `--password=two words`, `-e PASSWORD=two words`. A
    /// command within an argument (`sh -c 'PASSWORD=one psql …'`) and a title of several options are none.
    fn whole_value(&self, before: &str, argument: &str) -> Option<usize> {
        let (name, value) = argument.split_once('=')?;
        let command = matches!(before, "" | "--" | "--command") || before.ends_with('c');
        let is_one = !command
            && (before.starts_with('-') || name.starts_with('-'))
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
            && value.contains(char::is_whitespace)
            && !value.contains(" -")
            && !value.starts_with(['"', '\'']);
        let rules = &self.rules;
        (is_one && rules.has(Class::Names) && rules.names.is_secret_value(name, value))
            .then(|| name.len() + 1)
    }

    /// An argument that holds several words. A loop and no recursion: who writes the text does not choose our stack, nor by
    /// many secrets our time.
    fn words(&self, text: &str, out: &mut String) {
        let phrases = self.phrases(text);
        let mut at = 0;
        for _ in 0..MOST_PASSAGES {
            let rest = &text[at..];
            let passages = [self.header(rest), self.piped(rest), self.statement(rest)];
            let passages = passages.into_iter().flatten().map(|passage| passage.moved(at));
            let phrase = phrases.iter().find(|phrase| phrase.start >= at).cloned();
            // The first of them: what stands before it then holds none of the others.
            let Some(Passage { start, secret }) = passages.chain(phrase).min_by_key(|passage| passage.start)
            else {
                return self.each_word(rest, out);
            };
            self.each_word(&text[at..start], out);
            self.hide(&text[start..secret.end], secret.start - start..secret.end - start, out);
            at = secret.end;
        }
        out.push('…');
    }

    fn each_word(&self, text: &str, out: &mut String) {
        let mut program = Program::none(&self.rules.usages);
        let mut next = Next::default();
        for piece in text.split_inclusive(char::is_whitespace) {
            let word = piece.trim_end();
            if word.is_empty() {
                out.push_str(piece);
                continue;
            }
            let before = std::mem::take(&mut next);
            // Quotes of an inner shell, and what ends its command, are around the value and no part of it.
            let start = word.len() - word.trim_start_matches(['"', '\'']).len();
            let end = word.trim_end_matches(['"', '\'', ';', ')']).len();
            let bare = start..end.max(start);
            if let Some(secret) = self.in_usage(&mut program, word) {
                let start = secret.start.max(bare.start);
                let start = start + word[start..].len() - word[start..].trim_start_matches(['"', '\'']).len();
                self.hide(word, start..secret.end.min(bare.end).max(start), out);
            } else if before.name.is_some_and(|name| self.is_value(name, &word[bare.clone()])) {
                self.hide(word, bare, out);
            } else {
                next = self.word(word, &before, out);
            }
            out.push_str(&piece[word.len()..]);
        }
    }

    /// Secrets of several words, or with a space before them: `{"password": "two words"}`, `password => 'one'`.
    fn phrases(&self, text: &str) -> Vec<Passage> {
        if !self.rules.has(Class::Names) {
            return Vec::new();
        }
        let spaced = |&(from, to): &(usize, usize)| {
            let before = text[..from].trim_end_matches(['"', '\'', '\\']);
            text[from..to].contains(char::is_whitespace) || before.ends_with(char::is_whitespace)
        };
        let named = shapes::named(text, &self.rules.names).into_iter().filter(spaced);
        named.map(|(from, to)| Passage { start: from, secret: from..to }).collect()
    }

    fn statement(&self, text: &str) -> Option<Passage> {
        shapes::statement(text).filter(|_| self.rules.has(Class::Names))
    }

    fn piped(&self, text: &str) -> Option<Passage> {
        shapes::piped(text).filter(|_| self.rules.has(Class::Usages))
    }

    /// One word; says what it announces.
    fn word<'w>(&self, word: &'w str, before: &Next<'_>, out: &mut String) -> Next<'w> {
        if let Some(header) = self.header(word) {
            self.hide(word, header.secret.start..word.len(), out);
            return Next::default();
        }
        let masked = match before.public {
            true => word.to_owned(),
            false => self.inside(word),
        };
        let untouched = masked == word;
        out.push_str(&masked);
        // `--password X`, `Password: X`; with its value in the same word it was handled above.
        let name = self.rules.names.announcing(word).filter(|_| untouched && self.rules.has(Class::Names));
        Next { name, public: entropy::announces_public(word) }
    }

    /// Whether a word after `--password` is its value and not the next option.
    fn is_value(&self, name: &str, word: &str) -> bool {
        !word.starts_with("--") && self.rules.names.is_secret_value(name, word)
    }

    fn in_usage(&self, program: &mut Program<'_>, word: &str) -> Option<Range<usize>> {
        program.word(word).filter(|_| self.rules.has(Class::Usages))
    }

    fn header(&self, text: &str) -> Option<Passage> {
        shapes::header(text).filter(|_| self.rules.has(Class::Headers))
    }

    /// Everything that can be recognised within a piece of text.
    fn inside(&self, text: &str) -> String {
        let rules = &self.rules;
        let mut found = Vec::new();
        if rules.has(Class::Names) {
            found.extend(shapes::named(text, &rules.names));
        }
        if rules.has(Class::Addresses) {
            found.extend(shapes::url_credentials(text));
        }
        if rules.has(Class::Tokens) {
            found.extend(tokens::find(text, &rules.prefixes));
        }
        if rules.has(Class::Entropy) {
            found.extend(entropy::find(text));
        }
        let mut out = String::new();
        let mut done = 0;
        for (from, to) in joined(found) {
            out.push_str(&text[done..from]);
            out.push_str(&self.mask(&text[from..to]));
            done = to;
        }
        out.push_str(&text[done..]);
        out
    }

    fn hide(&self, word: &str, secret: Range<usize>, out: &mut String) {
        out.push_str(&word[..secret.start]);
        out.push_str(&self.mask(&word[secret.clone()]));
        out.push_str(&word[secret.end..]);
    }

    fn mask(&self, secret: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.fleet.as_ref().unwrap_or(&self.host).bytes())
        else {
            // HMAC takes keys of any length; without a hash the secret is hidden all the same.
            return "‹redacted›".to_owned();
        };
        mac.update(secret.as_bytes());
        let digest = mac.finalize().into_bytes();
        let bytes = if entropy::is_guessable(secret) { 3 } else { 6 };
        let hash: String = digest.iter().take(bytes).map(|byte| format!("{byte:02x}")).collect();
        format!("‹redacted:{hash}›")
    }
}

/// Ranges in order, those that overlap made one.
fn joined(mut found: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    found.sort_unstable();
    let mut kept: Vec<(usize, usize)> = Vec::new();
    for (from, to) in found {
        match kept.last_mut() {
            Some(last) if from < last.1 => last.1 = last.1.max(to),
            _ if from < to => kept.push((from, to)),
            _ => {}
        }
    }
    kept
}
