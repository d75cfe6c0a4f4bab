//! Secrets that show by what stands around them: a name and `=`, an address, a header, a pipe, a key's first line.

use super::names::{Names, looks_filled_in};

/// Whether a PEM private key begins here. Certificates and public keys are no secrets.
pub(super) fn private_key_begins(text: &str) -> bool {
    text.contains("-----BEGIN") && text.contains("PRIVATE KEY")
}

/// In a text with an `Authorization:` or `Cookie:` header, where its credentials begin (after the scheme).
pub(super) fn header(text: &str) -> Option<usize> {
    if !text.contains(':') {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let at =
        ["authorization:", "cookie:"].iter().filter_map(|name| Some(lower.find(name)? + name.len())).min()?;
    let at = at + text[at..].len() - text[at..].trim_start().len();
    let at = ["bearer ", "basic ", "token ", "digest ", "aws4-hmac-sha256 ", "negotiate ", "apikey "]
        .iter()
        .find(|scheme| lower[at..].starts_with(**scheme))
        .map_or(at, |scheme| at + scheme.len());
    (at < text.len() && looks_filled_in(&text[at..])).then_some(at)
}

/// What a shell writes into a program that reads a secret (`echo secret | sudo -S …`): from where to where.
pub(super) fn piped(text: &str) -> Option<(usize, usize)> {
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
    let (echo, after) =
        ["echo ", "printf ", "yes "].iter().find_map(|echo| Some((text.find(echo)?, echo.len())))?;
    let pipe = echo + text[echo..].find('|')?;
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
    (from < to && looks_filled_in(&text[from..to])).then_some((from, to))
}

/// `name=value`, `name:value`, `"name": "value"`, `name => 'value'`, also several in one text, divided by `&`, `;`, `,`
/// or quotes.
pub(super) fn named(text: &str, names: &Names) -> Vec<(usize, usize)> {
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
        let arrow = usize::from(text[mark + 1..].starts_with('>'));
        let value_start = mark
            + 1
            + arrow
            + text[mark + 1 + arrow..].bytes().take_while(|byte| matches!(byte, b'"' | b'\'' | b' ')).count();
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
        // `https://…` after a name is no value of it, `token://` no token, and an ARN's `:secret:` a kind.
        if text[..name_start].ends_with(':') && text[..name_start].contains("arn:") {
            continue;
        }
        if value.starts_with("//") || !names.is_secret_value(name, value) {
            continue;
        }
        found.push((value_start, value_start + length));
        at = value_start + length;
    }
    found
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
