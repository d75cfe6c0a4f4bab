//! Where to send and with which key, and what its owner wants left out.
//!
//! Looked for in the environment, then in a file, each setting by itself; address and keys then in AWS Secrets Manager.
//! An address that is nowhere is an error that says where was looked; there is no default server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use reqwest::header::HeaderValue;

use crate::privacy::Privacy;
use crate::{aws, redact};

/// The address of `put-metrics`: name of the variable, of the line in a file, and by default of the secret.
pub(crate) const URL: &str = "INSTANCE_METRICS_URL";
/// The API key, likewise.
pub(crate) const KEY: &str = "INSTANCE_METRICS_APIKEYSECRET";

/// What is not collected; a list of [`crate::privacy::Privacy`]'s words.
pub(crate) const COLLECT_OFF: &str = "INSTANCE_METRICS_COLLECT_OFF";
/// What is changed about the redactor; a list of [`redact::Rules`]' entries.
pub(crate) const REDACT: &str = "INSTANCE_METRICS_REDACT";
/// All of them.
pub(crate) const NAMES: [&str; 4] = [URL, KEY, COLLECT_OFF, REDACT];

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(HeaderValue);

impl Secret {
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Address and keys.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) url: String,
    pub(crate) key: Secret,
    /// What the fleet's redaction hashes are made with, when the API key's secret has it.
    pub(crate) redaction_key: Option<redact::Key>,
}

/// What the owner wants left out or hidden.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) privacy: Privacy,
    pub(crate) rules: redact::Rules,
}

/// Where settings are looked for.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// A file of `NAME=value` lines.
    pub(crate) file: Option<PathBuf>,
    /// Name or ARN of the secret that holds the address.
    pub(crate) url_secret: String,
    /// Name or ARN of the secret that holds the key.
    pub(crate) key_secret: String,
}

impl Settings {
    /// Reads all anew: a key that was rotated is found where it was changed. The environment cannot change while
    /// the program runs.
    pub(crate) async fn access(&self) -> anyhow::Result<Access> {
        let near = self.near()?;
        let near = |name: &str| near.get(name).cloned();
        let (url, key) = (near(URL), near(KEY));
        let secrets = match (&url, &key) {
            (Some(_), Some(_)) => None,
            _ => Some(aws::secrets().await),
        };
        let url = self.one(URL, url, &self.url_secret, secrets.as_ref()).await?;
        let key = self.one(KEY, key, &self.key_secret, secrets.as_ref()).await?;
        let url = match object(&url).with_context(|| URL.to_owned())? {
            Some(json) => member(&json, "url").with_context(|| URL.to_owned())?,
            None => url,
        };
        let (key, redaction_key) = keys(&key).with_context(|| KEY.to_owned())?;
        Ok(Access { url, key, redaction_key })
    }

    /// What stands in the environment and in the file; an empty value is none.
    fn near(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let mut near = match &self.file {
            Some(path) => read_file(path)?,
            None => BTreeMap::new(),
        };
        let filled = |value: &str| !value.trim().is_empty();
        near.extend(self.environment.clone().into_iter().filter(|(_, value)| filled(value)));
        near.retain(|_, value| filled(value));
        near.values_mut().for_each(|value| *value = value.trim().to_owned());
        Ok(near)
    }

    /// What the owner wants left out or hidden. Read once, at the start.
    pub(crate) fn wishes(&self) -> anyhow::Result<Wishes> {
        let near = self.near()?;
        let text = |name: &str| near.get(name).map_or("", String::as_str);
        Ok(Wishes {
            privacy: text(COLLECT_OFF).parse().context(COLLECT_OFF)?,
            rules: text(REDACT).parse().context(REDACT)?,
        })
    }

    async fn one(
        &self,
        name: &str,
        near: Option<String>,
        secret: &str,
        secrets: Option<&aws::Secrets>,
    ) -> anyhow::Result<String> {
        if let Some(value) = near {
            return Ok(value);
        }
        let file = match &self.file {
            Some(path) => format!("not in {}", path.display()),
            None => "no --config file given".to_owned(),
        };
        let looked = || {
            format!(
                "{name} is missing: not in the environment, {file}, and no secret '{secret}' in AWS Secrets Manager"
            )
        };
        match secrets {
            Some(secrets) => match secrets.get(secret).await.with_context(looked)?.trim() {
                "" => bail!("{}: it is empty", looked()),
                value => Ok(value.to_owned()),
            },
            None => bail!(looked()),
        }
    }
}

/// The API key's secret: the key alone, or `{"api_key": …, "redaction_key": …}` of which the second may be absent. No
/// error shows any of it.
fn keys(value: &str) -> anyhow::Result<(Secret, Option<redact::Key>)> {
    let (api_key, redaction_key) = match object(value)? {
        None => (value.to_owned(), None),
        Some(json) => {
            let redaction_key = json.contains_key("redaction_key").then(|| member(&json, "redaction_key"));
            (member(&json, "api_key")?, redaction_key.transpose()?)
        }
    };
    let mut header = HeaderValue::from_str(&api_key)
        .map_err(|_| anyhow!("a key has characters that no header can carry"))?;
    header.set_sensitive(true);
    Ok((Secret(header), redaction_key.as_deref().map(redact::Key::of_fleet).transpose()?))
}

type Object = serde_json::Map<String, serde_json::Value>;

/// A value that is a JSON object; none when it is plain text.
fn object(value: &str) -> anyhow::Result<Option<Object>> {
    match value.starts_with('{') {
        // The parser's own words may quote what it stumbled over.
        true => serde_json::from_str(value)
            .map(Some)
            .map_err(|_| anyhow!("it begins with '{{' and cannot be parsed as JSON")),
        false => Ok(None),
    }
}

fn member(json: &Object, name: &str) -> anyhow::Result<String> {
    match json.get(name).and_then(serde_json::Value::as_str) {
        Some(value) if !value.is_empty() => Ok(value.to_owned()),
        _ => bail!("it is JSON without a member \"{name}\" of type string"),
    }
}

/// `NAME=value` lines; `#` begins a comment, quotes around a value are dropped.
fn read_file(path: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("read the settings file {}", path.display()))?;
    let mut settings = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            // The line itself may be a key that was pasted alone: it is not repeated.
            bail!("{}: line {number} has no '=', expected NAME=value", path.display());
        };
        let name = name.trim().trim_start_matches("export ").trim();
        if !NAMES.contains(&name) {
            bail!("{}: line {number} sets '{name}', expected one of {}", path.display(), NAMES.join(", "));
        }
        let value = value.trim();
        let bare = [('"', '"'), ('\'', '\'')]
            .iter()
            .find_map(|(open, close)| value.strip_prefix(*open)?.strip_suffix(*close))
            .unwrap_or(value);
        settings.insert(name.to_owned(), bare.to_owned());
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_or_its_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.conf");
        std::fs::write(&path, format!("# comment\n\n{URL} = \"https://x.test/p\"\nexport {KEY}='k=1'\n"))
            .unwrap();
        let settings = read_file(&path).unwrap();
        assert_eq!(settings[URL], "https://x.test/p");
        assert_eq!(settings[KEY], "k=1");
        std::fs::write(&path, "# x\nabcdef\n").unwrap();
        let error = read_file(&path).unwrap_err().to_string();
        assert!(error.contains("line 2") && !error.contains("abcdef"), "{error}");
        std::fs::write(&path, "URL=x\n").unwrap();
        assert!(read_file(&path).unwrap_err().to_string().contains("'URL', expected"));
        assert!(read_file(&folder.path().join("none")).unwrap_err().to_string().contains("none"));
    }

    #[test]
    fn a_secret_is_plain_or_json() {
        assert_eq!(keys("abc").unwrap().0.header(), "abc");
        assert_eq!(keys("abc").unwrap().1, None);
        assert_eq!(keys("{\"api_key\":\"abc\"}").unwrap().1, None);
        let (key, redaction_key) =
            keys("{\"api_key\":\"abc\",\"redaction_key\":\"0123456789abcdef\"}").unwrap();
        assert_eq!(key.header(), "abc");
        assert_eq!(redaction_key, Some(redact::Key::of_fleet("0123456789abcdef").unwrap()));
    }

    #[test]
    fn no_error_shows_a_secret() {
        for (wrong, words) in [
            ("{\"key\":\"hunter2\"}", "without a member \"api_key\""),
            ("{\"api_key\":[\"hunter2\"]}", "without a member \"api_key\""),
            ("{\"api_key\":\"hunter2\",\"redaction_key\":\"\"}", "without a member \"redaction_key\""),
            ("{\"api_key\":\"hunter2\",\"redaction_key\":null}", "without a member \"redaction_key\""),
            ("{\"api_key\":\"a\",\"redaction_key\":\"hunter2\"}", "too short, expected 16 characters"),
            ("{hunter2", "cannot be parsed"),
            ("{\"api_key\":\"hunter2", "cannot be parsed"),
            ("hunter2\nline", "no header can carry"),
        ] {
            let error = format!("{:#}", keys(wrong).unwrap_err());
            assert!(error.contains(words) && !error.contains("hunter2"), "{error}");
        }
    }

    #[tokio::test]
    async fn the_environment_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.conf");
        std::fs::write(&path, format!("{URL}=https://file.test/p\n{KEY}=from-file\n")).unwrap();
        let environment = BTreeMap::from([(URL.to_owned(), "https://environment.test/p".to_owned())]);
        let settings =
            Settings { environment, file: Some(path), url_secret: URL.into(), key_secret: KEY.into() };
        let access = settings.access().await.unwrap();
        assert_eq!(access.url, "https://environment.test/p");
        assert_eq!(access.key.header(), "from-file");
        assert_eq!(format!("{:?}", access.key), "Secret(…)");
    }
}
