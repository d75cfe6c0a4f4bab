//! What an owner may change about the redactor: classes of rules switched off, own names, prefixes and usages added,
//! names kept readable.
//!
//! No regular expressions: what secrets look like on one's own hosts is a name, a prefix or an option. Each says in
//! its own words what it does, none can be slow on a hostile command line, and the crate for them would add to a program
//! whose resident memory follows from its size.

use std::str::FromStr;

use anyhow::{Context, bail, ensure};

use super::names::{Names, plain};
use super::usage::Usages;

/// A class of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Programs' own options (`mysql -p…`).
    Usages,
    /// What a name announces (`--password`, `token=`).
    Names,
    /// Credentials in addresses.
    Addresses,
    /// `Authorization:` and `Cookie:` headers.
    Headers,
    /// Words in the form of a known issuer.
    Tokens,
    /// Private keys.
    Pem,
    /// Words that look like chance.
    Entropy,
}

impl Class {
    const ALL: [(&str, Self); 7] = [
        ("usages", Self::Usages),
        ("names", Self::Names),
        ("addresses", Self::Addresses),
        ("headers", Self::Headers),
        ("tokens", Self::Tokens),
        ("pem", Self::Pem),
        ("entropy", Self::Entropy),
    ];
}

/// All that a redactor goes by.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(super) usages: Usages,
    pub(super) names: Names,
    pub(super) prefixes: Vec<String>,
    off: Vec<Class>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { usages: Usages::known(), names: Names::default(), prefixes: Vec::new(), off: Vec::new() }
    }
}

impl Rules {
    pub(super) fn has(&self, class: Class) -> bool {
        !self.off.contains(&class)
    }
}

/// The known rules, changed by `KIND VALUE` entries with `;` between them.
impl FromStr for Rules {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut rules = Self::default();
        for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (kind, value) = entry.split_once(char::is_whitespace).unwrap_or((entry, ""));
            let value = value.trim();
            ensure!(!value.is_empty(), "'{entry}', expected a kind and its value, as 'name pincode'");
            let lone = || {
                ensure!(!value.contains(char::is_whitespace), "'{entry}', expected one word after '{kind}'");
                Ok(value)
            };
            match kind {
                "off" => {
                    let class = Class::ALL.iter().find(|(name, _)| *name == value);
                    let (_, class) = class.with_context(|| {
                        format!("'{entry}', expected one of {}", Class::ALL.map(|(name, _)| name).join(", "))
                    })?;
                    rules.off.push(*class);
                }
                "name" => rules.names.added.push(plain(lone()?)),
                "keep" => rules.names.kept.push(plain(lone()?)),
                "prefix" => {
                    ensure!(
                        value.len() >= 3,
                        "'{entry}', expected three characters or more, or it would eat ordinary words"
                    );
                    rules.prefixes.push(lone()?.to_owned());
                }
                "usage" => {
                    ensure!(
                        value.contains('*'),
                        "'{entry}', expected '*' where the secret stands, as 'acmectl login -k *'"
                    );
                    rules.usages.add(value)?;
                }
                _ => bail!("'{entry}', expected off, name, keep, prefix or usage before a value"),
            }
        }
        Ok(rules)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Key, Redactor};
    use super::*;

    fn redacted(rules: &str, line: &str) -> String {
        let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let redactor = Redactor::new(Key::from_bytes([7; 32])).with_rules(rules.parse().unwrap());
        redactor.command_line(&arguments)
    }

    #[test]
    fn an_owners_rules_join_the_known_ones() {
        for (rules, line) in [
            ("name pincode", "tool --pincode 1234"),
            ("name PIN-Code", "tool pinCode=1234"),
            ("name pincode", "tool --pincode /a/b/c"),
            ("prefix acme_", "tool acme_1"),
            ("usage acmectl login -k *", "acmectl login -k one"),
            ("; usage acmectl ? *;\n name pincode ;", "acmectl alice one"),
        ] {
            assert_eq!(redacted("", line), line, "{rules}");
            let shown = redacted(rules, line);
            assert!(shown.contains("‹redacted:") && shown.len() != line.len(), "{rules}: {shown}");
            assert!(redacted(rules, "tool --password x1").contains("‹redacted:"));
        }
    }

    #[test]
    fn what_is_switched_off_stays_readable() {
        for (rules, line) in [
            ("off usages", "mysql -phunter2"),
            ("off names", "tool --password hunter2"),
            ("off addresses", "tool http://a:hunter2@x.test/"),
            ("off headers", "tool Cookie:sid=hunter2"),
            ("off tokens", "tool AKIAIOSFODNN7EXAMPLE"),
            ("off entropy", "tool q8Zk2LxV9mTb4NcR7yWd3HgJ"),
            ("keep session-key", "tool --session-key hunter22 --sessionKey=hunter22"),
        ] {
            assert_ne!(redacted("", line), line, "{rules}");
            assert_eq!(redacted(rules, line), line, "{rules}");
        }
        let key = ["-----BEGIN PRIVATE KEY----- MIIE".to_owned()];
        let redactor =
            |rules: &str| Redactor::new(Key::from_bytes([7; 32])).with_rules(rules.parse().unwrap());
        assert!(!redactor("").command_line(&key).contains("MIIE"));
        assert_eq!(redactor("off pem").command_line(&key), key[0]);
    }

    #[test]
    fn a_wrong_rule_is_named() {
        for (wrong, expected) in [
            ("off everything", "usages, names, addresses"),
            ("regex .*", "expected off, name, keep, prefix or usage"),
            ("name", "expected a kind and its value"),
            ("name a b", "one word"),
            ("prefix a", "three characters"),
            ("usage acmectl -k", "'*' where the secret stands"),
            ("usage acmectl * -k", "in the last word"),
        ] {
            let error = wrong.parse::<Rules>().unwrap_err().to_string();
            assert!(
                error.contains(expected) && error.contains(wrong.split(' ').next_back().unwrap()),
                "{error}"
            );
        }
    }
}
