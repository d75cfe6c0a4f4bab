//! Names that announce a secret (`--db-password`, `API_TOKEN=`), and values that are none (`$TOKEN`, `***`).

/// Within a name, these alone say that its value is a secret.
const SECRET: [&str; 10] = [
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "secret",
    "apikey",
    "api_key",
    "accesskey",
    "access_key",
    "credential",
];
/// A name is also one when its last part is one of these.
const SECRET_END: [&str; 9] = ["token", "pass", "pwd", "pw", "key", "auth", "authtoken", "pat", "jwt"];
/// A last part that turns a secret into something about it: where it lies, what it is called, how long it is.
const ABOUT: [&str; 30] = [
    "file",
    "path",
    "dir",
    "directory",
    "name",
    "id",
    "ids",
    "arn",
    "url",
    "uri",
    "endpoint",
    "length",
    "policy",
    "ttl",
    "timeout",
    "type",
    "count",
    "size",
    "stdin",
    "fd",
    "store",
    "env",
    "expiry",
    "prompt",
    "class",
    "provider",
    "manager",
    "lookup",
    "version",
    "method",
];
/// What comes before `key` when it is none that opens anything.
const OPEN_KEY: [&str; 14] = [
    "public",
    "pub",
    "primary",
    "foreign",
    "sort",
    "partition",
    "hash",
    "range",
    "cache",
    "group",
    "gpg",
    "host",
    "routing",
    "idempotency",
];
/// Values that stand for one.
const EMPTY: [&str; 14] =
    ["true", "false", "yes", "no", "on", "off", "none", "null", "nil", "stdin", "prompt", "auto", "-", "*"];

/// Whether a name, dashes, dots and case aside, is a secret's.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.trim_start_matches('-').to_ascii_lowercase().replace(['-', '.'], "_");
    let mut parts = name.rsplit('_');
    let last = parts.next().unwrap_or_default();
    let before = parts.next().unwrap_or_default();
    if name.is_empty() || ABOUT.contains(&last) || last.ends_with("file") {
        return false;
    }
    if matches!(name.split('_').next(), Some("no" | "ask" | "skip" | "without" | "max" | "show")) {
        return false;
    }
    if last == "key" && OPEN_KEY.contains(&before) {
        return false;
    }
    SECRET.iter().any(|secret| name.contains(secret)) || SECRET_END.contains(&last)
}

/// Whether a value under that name is one that must go. `key=2` sorts by the second column and `key=/etc/x.pem` is a
/// place: names that end in `key` are only meant when the value could be a key.
pub(super) fn is_secret_value(name: &str, value: &str) -> bool {
    if !looks_filled_in(value) || !is_secret(name) {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let strong = SECRET.iter().any(|secret| lower.replace(['-', '.'], "_").contains(secret));
    let weak = !strong && (lower.ends_with("key") || lower.ends_with("auth") || lower.ends_with("pat"));
    !(weak
        && (value.len() < 8
            || value.starts_with(['/', '.', '~'])
            || value.bytes().all(|b| b.is_ascii_digit())))
}

/// Whether the next word is a secret: `--password`, `-token`, `Password:`. Single-letter options are the business of
/// `programs`; a bare word (`password`) says nothing.
pub(super) fn announces_secret(word: &str) -> bool {
    if let Some(name) = word.strip_suffix(':') {
        return is_secret(name) && !name.contains('/');
    }
    // `--key` and `--auth` are mostly files and methods; what follows them is judged by its own shape.
    let name = word.trim_start_matches('-');
    word.starts_with('-')
        && name.len() > 2
        && !word.contains('=')
        && is_secret(name)
        && !matches!(
            name,
            "key" | "auth" | "pat" | "ssh-key" | "sslkey" | "private-key" | "ssl-key" | "tls-key" | "tlskey"
        )
}

/// Whether a value is there at all, and not a variable, a placeholder or a switch.
pub(super) fn looks_filled_in(value: &str) -> bool {
    let bare = value.trim_matches(['"', '\'']);
    !(bare.is_empty()
        || bare.starts_with(['$', '%', '<', '{', '@'])
        || bare.starts_with("‹redacted")
        || bare.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.'))
        || EMPTY.contains(&bare.to_ascii_lowercase().as_str()))
}
