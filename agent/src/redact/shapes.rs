//! Secrets that show by what stands around them: a name and `=`, an address, a header, a pipe, a key's first line.

use std::ops::Range;

use super::names::{Names, looks_filled_in};

/// A secret and where what announces it begins.
#[derive(Clone, Debug)]
pub(super) struct Passage {
    pub(super) start: usize,
    pub(super) secret: Range<usize>,
}

impl Passage {
    /// The same in a text that has `by` bytes more before it.
    pub(super) fn moved(self, by: usize) -> Self {
        Self { start: self.start + by, secret: self.secret.start + by..self.secret.end + by }
    }
}

/// An ARN is no longer.
const LONGEST_ARN: usize = 256;

/// Whether a PEM private key begins here. Certificates and public keys are no secrets.
pub(super) fn private_key_begins(text: &str) -> bool {
    text.contains("-----BEGIN") && text.contains("PRIVATE KEY")
}

/// In a text with an `Authorization:` or `Cookie:` header, its credentials: after the scheme, up to a quote or the end of
/// the line, be it written out (`printf 'Authorization: Basic X\r\n'`).
pub(super) fn header(text: &str) -> Option<Passage> {
    if !text.contains(':') {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let names = ["authorization:", "cookie:"].iter();
    let (start, name) = names.filter_map(|name| Some((lower.find(name)?, name.len()))).min()?;
    let at = start + name;
    let at = at + text[at..].len() - text[at..].trim_start().len();
    let at = ["bearer ", "basic ", "token ", "digest ", "aws4-hmac-sha256 ", "negotiate ", "apikey "]
        .iter()
        .find(|scheme| lower[at..].starts_with(**scheme))
        .map_or(at, |scheme| at + scheme.len());
    let ends = ["\"", "'", "\n", "\\n", "\\r"].iter().filter_map(|end| text[at..].find(end)).min();
    let end = ends.map_or(text.len(), |length| at + length);
    (at < end && looks_filled_in(&text[at..end])).then_some(Passage { start, secret: at..end })
}

/// A password in a statement of SQL: `IDENTIFIED BY 'X'`, `PASSWORD 'X'`, `PASSWORD('X')`.
pub(super) fn statement(text: &str) -> Option<Passage> {
    if !text.contains(['"', '\'']) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let of_word = |word: &str| {
        lower.match_indices(word).find_map(|(start, _)| {
            let after = start + word.len();
            let tail = text[after..].trim_start_matches(|c: char| c.is_whitespace() || c == '(');
            let quote = tail.chars().next().filter(|&c| c == '\'' || c == '"' && word != "password")?;
            let from = text.len() - tail.len() + 1;
            let to = text[from..].find(quote).map_or(text.len(), |length| from + length);
            // `'password' 'x'`, `"password": …`: the quote is the word's own.
            (from - 1 > after && looks_filled_in(&text[from..to]))
                .then_some(Passage { start, secret: from..to })
        })
    };
    [of_word("identified by"), of_word("password")].into_iter().flatten().min_by_key(|passage| passage.start)
}

/// What a shell writes into a program that reads a secret (`echo secret | sudo -S …`): from where to where.
pub(super) fn piped(text: &str) -> Option<Passage> {
    const READERS: [&str; 10] = [
        "sudo -S",
        "| passwd",
        "password-stdin",
        "chpasswd",
        "smbpasswd",
        "cryptsetup",
        "--passphrase-fd",
        "--with-token",
        "auth login",
        "vault login",
    ];
    let echoes = ["echo ", "printf ", "yes "];
    let first = echoes.iter().filter_map(|echo| text.find(echo)).min()?;
    let pipe = first + text[first..].find('|')?;
    // Of several commands the last before the pipe.
    let (echo, after) =
        echoes.iter().filter_map(|echo| Some((text[..pipe].rfind(echo)?, echo.len()))).max()?;
    if !READERS.iter().any(|reader| text[pipe..].contains(reader)) {
        return None;
    }
    let mut from = echo + after;
    for option in ["-n ", "-e ", "-ne ", "%s ", "'%s' ", "\"%s\" ", "'%s\\n' "] {
        from += text[from..pipe].strip_prefix(option).map_or(0, |_| option.len());
    }
    let quotes = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    from += text[from..pipe].len() - text[from..pipe].trim_start_matches(quotes).len();
    let to = from + text[from..pipe].trim_end_matches(quotes).len();
    // `echo root:secret | chpasswd`
    if text[pipe..].contains("chpasswd") {
        from += text[from..to].find(':').map_or(0, |colon| colon + 1);
    }
    (from < to && looks_filled_in(&text[from..to])).then_some(Passage { start: from, secret: from..to })
}

/// `name=value`, `name:value`, `"name": "value"`, `name => 'value'`, also several in one text, divided by `&`, `;`, `,`
/// or quotes. Quotes may be written `\"`, in what a shell's own quotes hold.
pub(super) fn named(text: &str, names: &Names) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let part_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(['=', ':']) {
        let mark = at + offset;
        at = mark + 1;
        let name_end = bytes[..mark].iter().rposition(|byte| !QUOTES.contains(byte)).map_or(0, |i| i + 1);
        let name_start = bytes[..name_end].iter().rposition(|&byte| !part_of_name(byte)).map_or(0, |i| i + 1);
        // `"Password:"; …`: the quote after the mark closes the one before the name.
        let own = text[..name_start].chars().next_back().filter(|c| matches!(c, '"' | '\''));
        if name_end == mark && own.is_some_and(|quote| text[at..].starts_with(quote)) {
            continue;
        }
        let name = &text[name_start..name_end];
        let before = &text[text.floor_char_boundary(name_start.saturating_sub(LONGEST_ARN))..name_start];
        // An ARN's `:secret:` is a kind. Before the value is looked for: that may be all the rest, at each of many marks.
        if !names.is_secret(name) || before.ends_with(':') && before.contains("arn:") {
            continue;
        }
        let arrow = usize::from(text[mark + 1..].starts_with('>'));
        let value_start = mark
            + 1
            + arrow
            + text[mark + 1 + arrow..].bytes().take_while(|byte| QUOTES.contains(byte)).count();
        let lead = &text[mark + 1..value_start];
        let quote = lead.rfind(['"', '\'']);
        let tail = &text[value_start..];
        // `Password=a:b;User=c`: a colon belongs to the value; what divides pairs does not.
        let length = match quote {
            Some(at) => closing(tail, lead[at..].starts_with('"'), lead[..at].ends_with('\\')),
            None => tail.find(|c: char| {
                c.is_whitespace() || matches!(c, '&' | ';' | ',' | '"' | '\'' | '|' | ')' | '}')
            }),
        }
        .unwrap_or(tail.len());
        let value = &tail[..length];
        // `https://…` after a name is no value of it, and `token://` no token.
        if value.starts_with("//") || !names.is_secret_value(name, value) {
            continue;
        }
        found.push((value_start, value_start + length));
        at = value_start + length;
    }
    found
}

/// What may stand between a name, its mark and its value.
const QUOTES: [u8; 4] = *b"\"' \\";

/// Where the value ends whose quote was opened before `tail`: at the same quote, written in the same way.
fn closing(tail: &str, double: bool, escaped: bool) -> Option<usize> {
    let quotes = tail.match_indices(if double { '"' } else { '\'' });
    quotes.map(|(at, _)| at).find_map(|at| {
        let slashes = tail[..at].len() - tail[..at].trim_end_matches('\\').len();
        // Within a shell's single quotes a backslash is a character like others.
        match (escaped, double) {
            (true, _) => (!slashes.is_multiple_of(2)).then_some(at - 1),
            (false, true) => slashes.is_multiple_of(2).then_some(at),
            (false, false) => Some(at),
        }
    })
}

/// `scheme://user:secret@host`; a lone user is one only when it is as long as a token (`https://TOKEN@github.com`).
/// Also without a scheme where the form says the same: `user:secret@tcp(host)`, `jdbc:oracle:thin:user/secret@`.
pub(super) fn url_credentials(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find("://") {
        let start = at + offset + 3;
        at = start;
        let authority_end = text[start..]
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\''))
            .map_or(text.len(), |i| start + i);
        let authority = &text[start..authority_end];
        // The last @: a password may hold one, a host may not.
        let Some(user_end) = authority.rfind('@') else { continue };
        let user = &authority[..user_end];
        let lone = user.strip_suffix(':').or_else(|| user.strip_suffix(":x-oauth-basic")).unwrap_or(user);
        let secret = match lone.find(':') {
            Some(colon) => (start + colon + 1, start + user_end),
            None if lone.len() >= 20 => (start, start + lone.len()),
            None => continue,
        };
        if looks_filled_in(&text[secret.0..secret.1]) {
            found.push(secret);
        }
    }
    found.extend(before(text, ["@(", "@tcp(", "@unix("], ':'));
    if text.contains("oracle:") {
        found.extend(before(text, ["@", "@//", "@("], '/'));
    }
    found
}

/// Before the first of these ends, what follows the last divider.
fn before(text: &str, ends: [&str; 3], divider: char) -> Option<(usize, usize)> {
    let to = ends.iter().filter_map(|end| text.find(end)).min()?;
    let from = text[..to].rfind(divider)? + divider.len_utf8();
    (from < to && looks_filled_in(&text[from..to])).then_some((from, to))
}
