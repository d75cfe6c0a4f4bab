//! Names that announce a secret (`--db-password`, `API_TOKEN=`), and values that are none (`$TOKEN`, `***`).

/// Within a name, these alone say that its value is a secret.
const SECRET: [&str; 15] = [
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "passcode",
    "storepass",
    "keypass",
    "secret",
    "apikey",
    "api_key",
    "accesskey",
    "access_key",
    "authorization",
    "mnemonic",
    "psk",
];
/// A name is also one when its last part is one of these.
const SECRET_END: [&str; 10] = [
    "token",
    "pw",
    "authtoken",
    "jwt",
    "bearer",
    "authkey",
    "secretkey",
    "otp",
    "licensekey",
    "encryptionkey",
];
/// And one whose value must be a word at least: elsewhere these count and name files.
const WORD_END: [&str; 6] = ["pass", "pwd", "cred", "creds", "credential", "credentials"];
/// And one whose value must look like a key besides, since these are as often files, methods and numbers.
const KEY_END: [&str; 6] = ["key", "auth", "pat", "sig", "signature", "hmac"];
/// Words that end like one and are none.
const NO_KEY: [&str; 6] = ["newkey", "hotkey", "monkey", "bypass", "compass", "multipass"];
/// A last part that turns a secret into something about it: where it lies, what it is called, how long it is.
const ABOUT: [&str; 34] = [
    "file",
    "files",
    "path",
    "dir",
    "directory",
    "name",
    "names",
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
    "command",
    "hash",
];
/// What comes before `key` when it is none that opens anything, and before `token` when it is a piece of text, a
/// page's mark or a cluster's name.
const OPEN: [&str; 38] = [
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
    "project",
    "parse",
    "object",
    "row",
    "message",
    "next",
    "page",
    "starting",
    "continuation",
    "resume",
    "sync",
    "cluster",
    "eos",
    "bos",
    "pad",
    "unk",
    "sep",
    "mask",
    "per",
    "first",
    "last",
    "single",
    "two",
    "render",
];
/// A first part that asks, forbids or bounds.
const ASKING: [&str; 10] = ["no", "ask", "skip", "without", "max", "min", "show", "reset", "num", "existing"];
/// Values that stand for one, or only begin it (`Authorization: Bearer $TOKEN`).
const EMPTY: [&str; 17] = [
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "none",
    "null",
    "nil",
    "stdin",
    "prompt",
    "auto",
    "-",
    "*",
    "bearer",
    "basic",
    "negotiate",
];
/// A key has so many characters at least; what is shorter under such a name is a column, a letter, a mode.
const SHORTEST_KEY: usize = 8;
/// A word has so many: `-pass 2` is a turn.
const SHORTEST_WORD: usize = 4;
/// `0x` and up to 40 digits are the id of a key or an address; a key itself has 64.
const LONGEST_KEY_ID: usize = 42;

/// What a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Announces {
    Nothing,
    /// Whatever is there is a secret: its owner says so.
    Always,
    /// A secret unless it is certainly a file's path.
    Secret,
    /// A secret if it is a word, and no place.
    Word,
    /// A secret if it could be a key.
    Key,
}

/// The names of known programs, and what an owner has added and taken away.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) added: Vec<String>,
    pub(super) kept: Vec<String>,
}

impl Names {
    /// Whether a value beside that name could be one that must go.
    pub(super) fn is_secret(&self, name: &str) -> bool {
        self.announces(name) != Announces::Nothing
    }

    /// Whether the value beside that name is one that must go.
    pub(super) fn is_secret_value(&self, name: &str, value: &str) -> bool {
        looks_filled_in(value)
            && match self.announces(name) {
                Announces::Nothing => false,
                Announces::Always => true,
                Announces::Secret => !is_path(value),
                Announces::Word => {
                    value.len() >= SHORTEST_WORD
                        && !value.bytes().all(|byte| byte.is_ascii_digit())
                        && !is_place(value)
                }
                Announces::Key => could_be_key(value),
            }
    }

    /// The name, when the next word could be its secret: `--password`, `-token`, `Password:`. Single-letter options are
    /// the business of `usage`; a bare word (`password`) says nothing.
    pub(super) fn announcing<'w>(&self, word: &'w str) -> Option<&'w str> {
        let name = match word.strip_suffix(':') {
            Some(name) if !name.contains('/') => name.rsplit(['"', '\'']).next().unwrap_or(name),
            Some(_) => return None,
            None if word.starts_with(['-', '+'])
                && word.trim_start_matches(['-', '+']).len() > 2
                && !word.contains('=') =>
            {
                word
            }
            None => return None,
        };
        self.is_secret(name).then_some(name)
    }

    fn announces(&self, name: &str) -> Announces {
        let name = plain(name);
        if name.is_empty() || self.kept.contains(&name) {
            return Announces::Nothing;
        }
        if self.added.contains(&name) {
            return Announces::Always;
        }
        let mut parts = name.rsplit('_');
        let last = parts.next().unwrap_or_default();
        let before = parts.next().unwrap_or_default();
        let first = name.split('_').next().unwrap_or_default();
        if ABOUT.contains(&last) || last.ends_with("file") || ASKING.contains(&first) {
            return Announces::Nothing;
        }
        if SECRET.iter().any(|secret| name.contains(secret)) {
            return Announces::Secret;
        }
        if OPEN.contains(&before) || name.ends_with("public_key_token") {
            return Announces::Nothing;
        }
        if NO_KEY.contains(&last) {
            return Announces::Nothing;
        }
        if SECRET_END.contains(&last) || last.ends_with("token") {
            return Announces::Secret;
        }
        // `dbpass`, `userpass`
        if WORD_END.iter().any(|end| last.ends_with(end)) {
            return Announces::Word;
        }
        if KEY_END.contains(&last) || last.ends_with("key") { Announces::Key } else { Announces::Nothing }
    }
}

/// A name in one form: lower case, its parts divided by `_` (`--dbPassword`, `DB-PASSWORD` and `db.password` are one).
pub(super) fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len() + 4);
    let mut lower_before = false;
    for character in name.trim_start_matches(['-', '+', '_', '/']).chars() {
        if character.is_ascii_uppercase() && lower_before {
            plain.push('_');
        }
        lower_before = character.is_ascii_lowercase() || character.is_ascii_digit();
        plain.push(if matches!(character, '-' | '.') { '_' } else { character.to_ascii_lowercase() });
    }
    plain
}

/// Whether a value under a name like `key` could open something: long enough, with a digit, neither place nor number.
fn could_be_key(value: &str) -> bool {
    let bare = value.trim_matches(['"', '\'']);
    bare.len() >= SHORTEST_KEY
        && bare.bytes().any(|byte| byte.is_ascii_digit())
        && !bare.bytes().all(|byte| byte.is_ascii_digit())
        && !(bare.starts_with("0x") && bare.len() <= LONGEST_KEY_ID)
        && !is_place(bare)
}

/// `/run/secrets/db`, `keys/ta.key`: base64 also begins with a slash now and then, but has capitals.
fn is_path(value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-./".contains(&byte);
    let divided = value.starts_with('/') && value.matches('/').count() > 1
        || value.contains('/') && is_file_name(value);
    divided && value.bytes().all(plain)
}

fn is_place(value: &str) -> bool {
    value.starts_with(['/', '.', '~']) || is_file_name(value)
}

/// `server.key`, `a/b.pem`: one to five letters after the last dot.
fn is_file_name(value: &str) -> bool {
    value.rsplit_once('.').is_some_and(|(stem, end)| {
        !stem.is_empty() && (1..=5).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_lowercase())
    })
}

/// Whether a value is there at all, and not a variable, a file, a placeholder or a switch.
pub(super) fn looks_filled_in(value: &str) -> bool {
    let bare = value.trim_matches(['"', '\'']);
    // `$6$…` is a password's hash, which can be guessed at.
    let variable = bare.strip_prefix('$').is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    let placeholder =
        bare.starts_with('<') && bare.ends_with('>') || bare.starts_with("{{") || bare.starts_with('%');
    // `--secret id=db,src=…` of container builders says where it lies.
    let described = bare.split(',').any(|part| part.starts_with("id=") || part.starts_with("type="));
    !(bare.is_empty()
        || described
        || variable
        || placeholder
        || bare.starts_with('@')
        // `{name}`; but JSON may be a secret as a whole.
        || bare.starts_with('{') && !bare.contains('"')
        || bare.starts_with("‹redacted")
        || bare.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.'))
        || EMPTY.contains(&bare.to_ascii_lowercase().as_str()))
}
