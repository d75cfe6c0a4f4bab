//! How many secrets are missed and how much that is harmless is eaten, over the command lines in `tests/corpus/`.
//!
//! One command line a line, quoted as for a shell, `#` for comments. In `secret.txt` a secret stands between « and »;
//! a `¦` within is dropped, so that scanners of repositories do not take it for a real one. Every third line of both
//! is **held out**: the rules were made without looking at what became of those, so their rates are the fairer
//! ones. They still come from the same hand as the rules. `later.txt` does not: both kinds in one file, written by somebody
//! who looked for what the rules miss, with `¶` for the end of a line within an argument.

use std::sync::LazyLock;

use super::{Key, Redactor};

const SECRET: &str = include_str!("../../tests/corpus/secret.txt");
const HARMLESS: &str = include_str!("../../tests/corpus/harmless.txt");
const LATER: &str = include_str!("../../tests/corpus/later.txt");
static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::new(Key::from_bytes([7; 32])));
const README: &str = include_str!("../../README.md");

/// Arguments as a shell makes them, but without its expansions.
fn arguments(line: &str) -> Vec<String> {
    let mut arguments = vec![String::new()];
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let Some(argument) = arguments.last_mut() else { break };
        match (character, quote) {
            ('\\', Some('"') | None) => argument.extend(characters.next()),
            (mark, Some(open)) if mark == open => quote = None,
            ('"' | '\'', None) => quote = Some(character),
            (' ', None) => arguments.push(String::new()),
            _ => argument.push(character),
        }
    }
    arguments
}

/// Secrets and arguments, and those of them with which it went wrong.
#[derive(Debug, Default)]
struct Score {
    secrets: usize,
    missed: Vec<String>,
    harmless: usize,
    eaten: Vec<String>,
}

impl Score {
    fn take(&mut self, line: &str) {
        let marked = arguments(&line.replace('¦', "").replace('¶', "\n"));
        let bare: Vec<String> = marked.iter().map(|argument| argument.replace(['«', '»'], "")).collect();
        let redacted = REDACTOR.command_line(&bare);
        let open: String = marked.join(" ").split('«').map(after_mark).collect();
        for secret in marked.join(" ").split('«').skip(1).filter_map(|piece| piece.split('»').next()) {
            self.secrets += 1;
            // A name may be a secret here and stand open there (`app:app@host`). Of several words each must go.
            let stands = |text: &str| redacted.matches(text).count() > open.matches(text).count();
            let words = secret.split_whitespace().filter(|word| word.len() > 2);
            if stands(secret) || words.into_iter().any(stands) {
                self.missed.push(format!("{secret} in: {redacted}"));
            }
        }
        let mut rest = redacted.as_str();
        for argument in marked.iter().filter(|argument| !argument.contains('«')) {
            self.harmless += 1;
            match rest.find(argument.as_str()) {
                Some(at) => rest = &rest[at + argument.len()..],
                None => self.eaten.push(format!("{argument} in: {redacted}")),
            }
        }
    }

    fn row(&self) -> String {
        let rate = |wrong: usize, all: usize| {
            format!("{wrong} of {all} ({:.1} %)", 100.0 * wrong as f64 / all as f64)
        };
        format!("{} | {}", rate(self.missed.len(), self.secrets), rate(self.eaten.len(), self.harmless))
    }
}

fn after_mark(piece: &str) -> &str {
    piece.split_once('»').map_or(piece, |(_, after)| after)
}

fn is_command(line: &&str) -> bool {
    !line.starts_with('#') && !line.is_empty()
}

/// The scores of the lines that the rules were made with, of those held out, and of those added later.
fn scores() -> [Score; 3] {
    let mut scores = [Score::default(), Score::default(), Score::default()];
    for text in [SECRET, HARMLESS] {
        let lines = text.lines().filter(is_command);
        for (number, line) in lines.enumerate() {
            scores[usize::from(number % 3 == 2)].take(line);
        }
    }
    LATER.lines().filter(is_command).for_each(|line| scores[2].take(line));
    scores
}

#[test]
fn rates_are_those_in_the_readme() {
    let [known, held_out, later] = scores();
    let rows = [("made with", &known), ("held out", &held_out), ("added later", &later)];
    for (name, score) in rows {
        for missed in &score.missed {
            println!("{name}, missed: {missed}");
        }
        for eaten in &score.eaten {
            println!("{name}, eaten: {eaten}");
        }
    }
    for (name, score) in rows {
        let row = format!("| {name} | {} |", score.row());
        assert!(README.contains(&row), "README.md states other rates, now: {row}");
    }
}

/// The commands in tldr's pages, written by hundreds of others: `TLDR_PAGES=CLONE/pages cargo test -p agent --lib --
/// --ignored --nocapture tldr`. A placeholder that is called a password, a token or a key becomes a secret, every other
/// one becomes what it is called.
#[test]
#[ignore = "needs a clone of github.com/tldr-pages/tldr"]
fn rates_over_tldr() {
    let mut scores = [Score::default(), Score::default()];
    let pages = std::path::PathBuf::from(std::env::var("TLDR_PAGES").unwrap());
    let mut files: Vec<_> = ["common", "linux"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(pages.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut number = 0;
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix('`')?.strip_suffix('`')) {
            scores[usize::from(number % 3 == 2)].take(&filled_in(line));
            number += 1;
        }
    }
    for (name, score) in [("known", &scores[0]), ("held out", &scores[1])] {
        for (kind, lines) in [("missed", &score.missed), ("eaten", &score.eaten)] {
            lines.iter().for_each(|line| println!("tldr, {name}, {kind}: {line}"));
        }
        println!("tldr, {name}: {}", score.row());
    }
}

/// Placeholders whose value is a secret; `{{key}}` and `{{private_key}}` are mostly names and files.
const SECRETS: [&str; 6] = ["password", "passphrase", "token", "api_key", "secret_key", "client_secret"];
/// What a shell takes for itself: such a line is seen only as the argument of `sh -c`.
const SHELL: [&str; 5] = [" | ", " < ", " > ", " && ", "; "];

/// `{{[-p|--password]}} {{password}}` as somebody would have typed it.
fn filled_in(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inside, after) = after.split_once("}}").unwrap_or((after, ""));
        out.push_str(before);
        let called = inside.to_ascii_lowercase();
        let secret = SECRETS.iter().any(|name| called == *name || called.ends_with(&format!("_{name}")));
        match inside.strip_prefix('[').and_then(|options| options.strip_suffix(']')) {
            Some(options) => out.push_str(options.rsplit('|').next().unwrap_or(options)),
            None if secret => out.push_str("«s3cretv4lue»"),
            None => out.push_str(inside),
        }
        rest = after;
    }
    out.push_str(rest);
    match SHELL.iter().any(|mark| out.contains(mark)) {
        true => format!("sh -c \"{}\"", out.replace('\\', "\\\\").replace('"', "\\\"")),
        false => out,
    }
}
