//! Words that are credentials by themselves: their issuers gave them a form that nothing else has.

/// Prefixes that only tokens of well-known services have. What follows has at least so many characters.
const PREFIXES: [&str; 79] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "glrt-",
    "gldt-",
    "glcbt-",
    "glft-",
    "glsoat-",
    "GR1348941",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxs-",
    "xoxe-",
    "xoxe.",
    "xapp-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "rk_test_",
    "pk_live_",
    "whsec_",
    "sk-",
    "sess-",
    "AIza",
    "ya29.",
    "GOCSPX-",
    "npm_",
    "pypi-",
    "rubygems_",
    "cio",
    "hvs.",
    "hvb.",
    "hvr.",
    "dop_v1_",
    "doo_v1_",
    "dor_v1_",
    "SG.",
    "key-",
    "dckr_pat_",
    "dckr_oat_",
    "shpat_",
    "shpss_",
    "shpca_",
    "shppa_",
    "sqp_",
    "squ_",
    "sqa_",
    "sq0csp-",
    "sq0atp-",
    "SWMTKN-1-",
    "K10",
    "tskey-",
    "sha256~",
    "dapi",
    "hf_",
    "gsk_",
    "xai-",
    "pplx-",
    "r8_",
    "ATATT",
    "ATCTT",
    "ATBB",
    "lin_api_",
    "NRAK-",
    "glsa_",
    "glc_",
    "PMAK-",
    "figd_",
    "dp.pt.",
    "sntrys_",
    "sntryu_",
    "EAACEdEose0cBA",
    "AGE-SECRET-KEY-1",
    "LTAI",
];
/// Shorter rests than any issuer's: below, a word only happens to begin like one.
const SHORTEST_REST: usize = 16;
/// Kinds of AWS identifiers that stand for credentials.
const AWS_KEYS: [&str; 2] = ["AKIA", "ASIA"];
/// How the hashes of passwords begin (crypt, Apache); they can be guessed at.
const CRYPT: [&str; 10] =
    ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$apr1$", "$argon2id$", "$argon2i$"];
/// Addresses whose path is the credential: what comes before it, and where it ends.
const PATHS: [(&str, &[char]); 7] = [
    ("hooks.slack.com/services/", &['?', '"', '\'', ' ']),
    ("hooks.slack.com/workflows/", &['?', '"', '\'', ' ']),
    ("discord.com/api/webhooks/", &['?', '"', '\'', ' ']),
    ("discordapp.com/api/webhooks/", &['?', '"', '\'', ' ']),
    ("webhook.office.com/webhookb2/", &['?', '"', '\'', ' ']),
    ("api.telegram.org/bot", &['/', '?', '"', '\'', ' ']),
    ("hc-ping.com/", &['/', '?', '"', '\'', ' ']),
];

/// Where tokens lie in a text; `prefixes` are an owner's own.
pub(super) fn find(text: &str, prefixes: &[String]) -> Vec<(usize, usize)> {
    let mut found = in_paths(text);
    found.extend(crypt(text));
    let token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '~');
    found.extend(words(text, token).into_iter().filter(|(from, to)| is_token(&text[*from..*to], prefixes)));
    let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    found.extend(words(text, base64).into_iter().filter(|(from, to)| is_aws_secret(&text[*from..*to])));
    found
}

/// Words of such characters.
fn words(text: &str, part: impl Fn(char) -> bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if part(character) {
            start.get_or_insert(at);
        } else if let Some(from) = start.take() {
            found.push((from, at));
        }
    }
    found
}

fn is_token(word: &str, prefixes: &[String]) -> bool {
    if prefixes.iter().any(|prefix| word.len() > prefix.len() && word.starts_with(prefix.as_str())) {
        return true;
    }
    if word.len() < SHORTEST_REST {
        return false;
    }
    let aws = word.len() == 20
        && AWS_KEYS.iter().any(|kind| word.starts_with(kind))
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let known = PREFIXES.iter().any(|prefix| {
        word.strip_prefix(prefix).is_some_and(|rest| {
            rest.len() >= SHORTEST_REST
                && !rest.contains('/')
                && (prefix.len() > 8 || rest.bytes().any(|byte| byte.is_ascii_digit()))
        })
    });
    aws || known || is_jwt(word)
}

/// Three base64url parts, the first a JSON object: `eyJ` is `{"`.
fn is_jwt(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3 && parts[0].starts_with("eyJ") && parts[1].len() >= 4 && parts[0].len() >= 10
}

/// An AWS secret access key: 40 characters of base64 in which cases and digits change often. A digest has one case, and
/// a path has more slashes and longer words. `entropy` would find most of them; this length is worth a lower threshold.
fn is_aws_secret(word: &str) -> bool {
    if word.len() != 40 {
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

fn in_paths(text: &str) -> Vec<(usize, usize)> {
    let ends = |(before, ends): &(&str, &[char])| {
        let from = text.find(before)? + before.len();
        let to = text[from..].find(*ends).map_or(text.len(), |length| from + length);
        // A short word is a page of the service and no credential.
        (to - from >= SHORTEST_REST).then_some((from, to))
    };
    if !text.contains(".com/") {
        return Vec::new();
    }
    PATHS.iter().filter_map(ends).collect()
}

fn crypt(text: &str) -> Option<(usize, usize)> {
    // Most words have none, and ten searches in each would be most of a command line's time.
    if !text.contains('$') {
        return None;
    }
    let from = CRYPT.iter().filter_map(|kind| text.find(kind)).min()?;
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '.' | '/' | '=' | ',' | '+' | '-');
    let to = text[from..].find(|c: char| !part(c)).map_or(text.len(), |length| from + length);
    (text[from..to].matches('$').count() >= 3).then_some((from, to))
}
