//! Options whose meaning only their program knows: `-p` is a password for mysql and a port for ssh.
//!
//! A [`Usage`] is a line as in a program's usage text, in which `*` is the secret. `usages.txt` holds those of known
//! programs and explains the form; an owner adds more in the very same.

use std::collections::HashMap;
use std::ops::Range;

use anyhow::{bail, ensure};

use super::names::looks_filled_in;

/// The usages of known programs.
const KNOWN: &str = include_str!("usages.txt");

/// One way in which a program takes a secret: words that come in this order.
type Usage = Vec<Template>;

/// A word of a usage: its alternatives.
#[derive(Clone, Debug)]
struct Template(Vec<Pattern>);

/// A word, or pieces of one with anything between them.
#[derive(Clone, Debug, Default)]
struct Pattern {
    /// Anything may stand before the first text.
    open: bool,
    texts: Vec<String>,
    /// What follows the texts is anything.
    tail: bool,
    /// What follows the texts is the secret, up to this (its last `@`, its first of anything else), else to the end.
    secret: Option<Option<char>>,
}

impl Pattern {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut pattern = Self::default();
        let mut rest = text;
        while let Some(at) = rest.find(['?', '*']) {
            let (before, after) = (&rest[..at], &rest[at + 1..]);
            if !before.is_empty() {
                pattern.texts.push(before.to_owned());
            }
            pattern.open |= pattern.texts.is_empty();
            rest = after;
            if text[text.len() - after.len() - 1..].starts_with('*') {
                let mut until = after.chars();
                pattern.secret = Some(until.next());
                ensure!(
                    until.next().is_none(),
                    "'{text}' goes on after the secret, expected at most one character there"
                );
                return Ok(pattern);
            }
        }
        match rest {
            "" => pattern.tail = true,
            rest => pattern.texts.push(rest.to_owned()),
        }
        Ok(pattern)
    }

    /// `?` and `*`: any word at all.
    fn any(&self) -> bool {
        self.texts.is_empty()
    }

    fn is_option(&self) -> bool {
        !self.open
            && !self.tail
            && self.secret.is_none()
            && self.texts.iter().any(|text| text.starts_with('-'))
    }

    /// Whether the word is meant; in it the secret's place, if it has one.
    fn find(&self, word: &str) -> Option<Option<Range<usize>>> {
        let mut at = 0;
        for (number, text) in self.texts.iter().enumerate() {
            if number == 0 && !self.open {
                if !word.starts_with(text.as_str()) {
                    return (self.is_option() && is_cluster(word, text)).then_some(None);
                }
                at = text.len();
            } else {
                // What stands for `?` has a character at least.
                let from = at + word[at..].chars().next()?.len_utf8();
                at = from + word[from..].find(text.as_str())? + text.len();
            }
        }
        let end = match self.secret {
            None => return (self.tail || at == word.len()).then_some(None),
            Some(Some('@')) => at + word[at..].rfind('@')?,
            Some(Some(until)) => word[at..].find(until).map_or(word.len(), |length| at + length),
            Some(None) => word.len(),
        };
        // `-p=secret` is one way to write `-psecret`.
        let start = end - word[at..end].trim_start_matches('=').len();
        (start < end).then_some(Some(start..end))
    }
}

/// Short options may stand together: `-su` is `-s -u`. Longer words are options of their own (`-http`).
fn is_cluster(word: &str, option: &str) -> bool {
    let letters = word.strip_prefix('-').unwrap_or_default();
    option.len() == 2
        && (2..=3).contains(&letters.len())
        && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
        && letters.as_bytes().last() == option.as_bytes().last()
}

/// The usages of all programs, by program.
#[derive(Clone, Debug, Default)]
pub(super) struct Usages(HashMap<String, Vec<Usage>>);

impl Usages {
    /// Those of known programs.
    pub(super) fn known() -> Self {
        let mut usages = Self::default();
        for line in KNOWN.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            // A test reads every line.
            let _ = usages.add(line);
        }
        usages
    }

    /// Adds `PROGRAM|PROGRAM WORD … *`.
    pub(super) fn add(&mut self, line: &str) -> anyhow::Result<()> {
        let mut words = line.split_whitespace();
        let programs = words.next().unwrap_or_default();
        ensure!(!programs.contains(['?', '*', '/']), "'{programs}', expected a program's bare name");
        let usage: Usage = words
            .map(|word| Ok(Template(word.split('|').map(Pattern::parse).collect::<anyhow::Result<_>>()?)))
            .collect::<anyhow::Result<_>>()?;
        let secrets =
            usage.iter().filter(|word| word.0.iter().any(|pattern| pattern.secret.is_some())).count();
        match usage.last() {
            Some(Template(last)) if secrets != 1 || last.iter().any(|pattern| pattern.secret.is_none()) => {
                bail!("'{line}', expected one '*' where the secret stands, in the last word")
            }
            _ => {}
        }
        for program in programs.split('|') {
            let usages = self.0.entry(program.to_owned()).or_default();
            usages.extend((!usage.is_empty()).then(|| usage.clone()));
        }
        Ok(())
    }
}

/// The program that the words of a line belong to, and how far each of its usages has come.
#[derive(Clone, Debug)]
pub(super) struct Program<'u> {
    usages: &'u Usages,
    current: Vec<(&'u Usage, usize)>,
    /// A word has been seen.
    begun: bool,
    /// The word before was a long option, which may have a value.
    option: bool,
}

impl<'u> Program<'u> {
    /// None yet.
    pub(super) fn none(usages: &'u Usages) -> Self {
        Self { usages, current: Vec::new(), begun: false, option: false }
    }

    /// Looks at the next word; says where in it a secret lies.
    pub(super) fn word(&mut self, word: &str) -> Option<Range<usize>> {
        let word_is_awaited = |&(usage, at): &(&'u Usage, usize)| {
            at > 0 && usage.get(at).is_some_and(|template| template.0.iter().any(Pattern::any))
        };
        // Any word may be the next program (`sudo mysql -p…`), but not where a value is due (`add_user mysql …`).
        if !self.current.iter().any(word_is_awaited) && self.meet(word) {
            return None;
        }
        let mut secret = None;
        for (usage, at) in &mut self.current {
            if let Some(found) = step(usage, at, word) {
                secret.get_or_insert(found);
            }
        }
        secret.filter(|range| looks_filled_in(&word[range.clone()]))
    }

    /// Whether the word starts a program. Further on in a line a path is one only where programs lie: `/var/lib/mysql`
    /// and `https://x.test/zip` are none, nor is the value of a long option (`--name mongo`).
    fn meet(&mut self, word: &str) -> bool {
        let first = !std::mem::replace(&mut self.begun, true);
        let is_option = word.starts_with("--") && word.len() > 2 && !word.contains('=');
        if std::mem::replace(&mut self.option, is_option) {
            return false;
        }
        let word = word.trim_start_matches(['(', '"', '\'', '`', '$']);
        let (folder, name) = word.rsplit_once('/').unwrap_or((".", word));
        let bare = [".py", ".sh", ".jar", ".exe"].iter().find_map(|end| name.strip_suffix(end));
        let is_place = folder == "." || folder.ends_with("bin") || bare.is_some();
        if word.starts_with('-') || word.contains(['=', ':']) || !(first || is_place) {
            return false;
        }
        let bare = bare.unwrap_or(name);
        let Some(usages) = self.usages.0.get(bare) else { return false };
        // `rclone config create nas sftp …` names a kind of storage and starts no program.
        if usages.is_empty() && self.current.iter().any(|(_, at)| *at > 0) {
            return false;
        }
        self.current = usages.iter().map(|usage| (usage, 0)).collect();
        true
    }
}

/// Moves a usage on by one word.
fn step(usage: &Usage, at: &mut usize, word: &str) -> Option<Range<usize>> {
    let template = usage.get(*at)?;
    let after_option = *at > 0 && usage[*at - 1].0.iter().any(Pattern::is_option);
    let positional = template.0.iter().any(Pattern::any) && !after_option;
    // A position is not an option's, and `name=value` is no lone value.
    if positional && (word.starts_with('-') || is_assignment(word)) {
        return None;
    }
    let found = template.0.iter().find_map(|pattern| pattern.find(word));
    // `--password --verbose`: the value was left out.
    let found = found.filter(|_| !(after_option && word.starts_with("--")));
    match found {
        None if after_option => {
            *at -= 1;
            step(usage, at, word)
        }
        None => None,
        Some(None) => {
            *at += 1;
            None
        }
        Some(secret) => {
            // An option, or one of many pairs, may come again; a position comes once.
            match (after_option, positional) {
                (true, _) => *at -= 1,
                (false, true) => *at = usage.len(),
                (false, false) => {}
            }
            secret
        }
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, value)| {
        !value.trim_matches('=').is_empty()
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(usages: &Usages, line: &str) -> Vec<String> {
        let mut program = Program::none(usages);
        let words = line.split(' ');
        words.filter_map(|word| program.word(word).map(|range| word[range].to_owned())).collect()
    }

    #[test]
    fn every_known_line_is_read() {
        let mut usages = Usages::default();
        for line in KNOWN.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            usages.add(line).unwrap();
        }
        assert!(usages.0.len() > 100);
    }

    #[test]
    fn a_usage_finds_its_secret() {
        let mut usages = Usages::default();
        for line in [
            "acme login -k *",
            "acme set ? *",
            "acme -u ?:*",
            "acme ?/*@",
            "acme put ?=*",
            "pipe -k *",
            "other",
        ] {
            usages.add(line).unwrap();
        }
        for (line, expected) in [
            ("/opt/acme login -k one -k two", &["one", "two"][..]),
            ("acme -k one login", &[]),
            ("acme login -k --verbose", &[]),
            ("acme -sk x login -sk one", &["one"]),
            ("acme set --fast name one two", &["one"]),
            ("acme set acme one", &["one"]),
            ("acme -u alice:one:two x", &["one:two"]),
            ("acme a/one@two@host", &["one@two"]),
            ("acme put a=one b=two", &["one", "two"]),
            ("pipe -k one other -k 22", &["one"]),
            ("acme login other -k one", &["one"]),
            ("acme login -k $ONE", &[]),
            ("login -k one", &[]),
            ("sudo /usr/local/bin/pipe -k one", &["one"]),
            ("python3 /opt/pipe.py -k one", &["one"]),
            ("tool --name pipe -k one", &[]),
            ("tool -- pipe -k one", &["one"]),
            ("pipe /var/lib/acme -k one", &["one"]),
            ("tool /var/lib/pipe -k one", &[]),
            ("tool --in=pipe https://x.test/pipe -k one", &[]),
        ] {
            assert_eq!(secrets(&usages, line), expected, "{line}");
        }
    }

    #[test]
    fn a_wrong_usage_is_named() {
        for wrong in ["acme -k", "acme * -k", "acme -k * *", "acme -k *abc", "/bin/acme -k *", "a*b -k *"] {
            let error = Usages::default().add(wrong).unwrap_err().to_string();
            assert!(error.contains("expected"), "{wrong}: {error}");
        }
    }
}
