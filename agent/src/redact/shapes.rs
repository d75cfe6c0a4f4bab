//! Secrets that show by their shape or by the name beside them, wherever in a text they stand.

use super::names;

/// Prefixes that only tokens of well-known services have.
const PREFIXES: [&str; 27] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "glrt-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxs-",
    "xapp-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "whsec_",
    "sk-",
    "AIza",
    "npm_",
    "pypi-",
    "hvs.",
    "hvb.",
    "dop_v1_",
    "SG.",
    "dckr_pat_",
    "shpat_",
];
/// Kinds of AWS identifiers that stand for credentials.
const AWS_KEYS: [&str; 2] = ["AKIA", "ASIA"];

/// Whether a PEM private key begins here. Certificates and public keys are no secrets.
pub(super) fn private_key_begins(text: &str) -> bool {
    text.contains("-----BEGIN") && text.contains("PRIVATE KEY")
}

/// In a text with an `Authorization:` header, where its credentials begin (after the scheme).
pub(super) fn authorization(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let header = lower.find("authorization:")?;
    let value = header + "authorization:".len();
    let at = value + text[value..].len() - text[value..].trim_start().len();
    let at = ["bearer ", "basic ", "token ", "digest ", "aws4-hmac-sha256 ", "negotiate ", "apikey "]
        .iter()
        .find(|scheme| lower[at..].starts_with(**scheme))
        .map_or(at, |scheme| at + scheme.len());
    (at < text.len() && names::looks_filled_in(&text[at..])).then_some(at)
}

/// Where secrets lie in `text`: ranges of bytes, in order, none overlapping another.
pub(super) fn secrets(text: &str) -> Vec<(usize, usize)> {
    let mut found = named(text);
    found.extend(url_credentials(text));
    found.extend(tokens(text));
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

/// `name=value`, `name:value`, `"name": "value"`, also several in one text, divided by `&`, `;`, `,` or quotes.
fn named(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let part_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(['=', ':']) {
        let mark = at + offset;
        at = mark + 1;
        let name_end =
            bytes[..mark].iter().rposition(|byte| !matches!(byte, b'"' | b'\'' | b' ')).map_or(0, |i| i + 1);
        let name_start = bytes[..name_end].iter().rposition(|&byte| !part_of_name(byte)).map_or(0, |i| i + 1);
        let name = &text[name_start..name_end];
        let value_start = mark
            + 1
            + text[mark + 1..].bytes().take_while(|byte| matches!(byte, b'"' | b'\'' | b' ')).count();
        let quote = text[mark + 1..value_start].chars().rev().find(|c| matches!(c, '"' | '\''));
        let tail = &text[value_start..];
        // `Password=a:b;User=c`: a colon belongs to the value; what divides pairs does not.
        let length = match quote {
            Some(quote) => tail.find(quote),
            None => tail.find(|c: char| {
                c.is_whitespace() || matches!(c, '&' | ';' | ',' | '"' | '\'' | '|' | ')' | '}')
            }),
        }
        .unwrap_or(tail.len());
        let value = &tail[..length];
        // `https://…` after a name is no value of it, and `token://` no token.
        if value.starts_with("//") || !names::is_secret_value(name, value) {
            continue;
        }
        found.push((value_start, value_start + length));
        at = value_start + length;
    }
    found
}

/// `scheme://user:secret@host`; a lone user is one only when it is as long as a token (`https://TOKEN@github.com`).
fn url_credentials(text: &str) -> Vec<(usize, usize)> {
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
        let secret = match user.find(':') {
            Some(colon) => (start + colon + 1, start + user_end),
            None if user.len() >= 20 => (start, start + user_end),
            None => continue,
        };
        if names::looks_filled_in(&text[secret.0..secret.1]) {
            found.push(secret);
        }
    }
    found
}

/// Words that are tokens by themselves.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/');
    let mut found = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if part(character) {
            start.get_or_insert(at);
        } else if let Some(from) = start.take()
            && is_token(&text[from..at])
        {
            found.push((from, at));
        }
    }
    found
}

fn is_token(word: &str) -> bool {
    let aws = word.len() == 20
        && AWS_KEYS.iter().any(|kind| word.starts_with(kind))
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let known = PREFIXES.iter().any(|prefix| {
        word.strip_prefix(prefix).is_some_and(|rest| {
            rest.len() >= 16 && !rest.contains('/') && rest.bytes().any(|byte| byte.is_ascii_digit())
        })
    });
    aws || known || is_jwt(word) || is_aws_secret(word)
}

/// Three base64url parts, the first a JSON object: `eyJ` is `{"`.
fn is_jwt(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3 && parts[0].starts_with("eyJ") && parts[1].len() >= 4 && parts[0].len() >= 10
}

/// An AWS secret access key: 40 characters of base64 in which cases and digits change all the time. A digest has one
/// case, and a path has more slashes and longer words.
fn is_aws_secret(word: &str) -> bool {
    if word.len() != 40 || word.bytes().any(|byte| matches!(byte, b'_' | b'-' | b'.')) {
        return false;
    }
    let kind = |byte: u8| match byte {
        b'A'..=b'Z' => 0,
        b'a'..=b'z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let bytes = word.as_bytes();
    let changes = bytes.windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    let all = (0..3).all(|wanted| bytes.iter().any(|&byte| kind(byte) == wanted));
    all && changes >= 16
}
