//! Options whose meaning only their program knows: `-p` is a password for mysql and a port for ssh.

/// How a program takes a secret.
struct Rule {
    program: &'static str,
    /// The option.
    option: &'static str,
    /// Its value may stand in the same word (`-psecret`).
    attached: bool,
    /// Its value may be the next word.
    next: bool,
    /// Only what follows the first of these is secret (`user:secret`).
    after: Option<char>,
}

const fn rule(program: &'static str, option: &'static str, attached: bool, next: bool) -> Rule {
    Rule { program, option, attached, next, after: None }
}

const fn pair(program: &'static str, option: &'static str, separator: char) -> Rule {
    Rule { program, option, attached: true, next: true, after: Some(separator) }
}

const RULES: [Rule; 27] = [
    // mysql asks when nothing is attached, and then the next word is the database.
    rule("mysql", "-p", true, false),
    rule("mysqldump", "-p", true, false),
    rule("mysqladmin", "-p", true, false),
    rule("mariadb", "-p", true, false),
    rule("mariadb-dump", "-p", true, false),
    rule("sshpass", "-p", true, true),
    rule("docker", "-p", false, true),
    rule("podman", "-p", false, true),
    rule("mongo", "-p", false, true),
    rule("mongosh", "-p", false, true),
    rule("mongodump", "-p", false, true),
    rule("redis-cli", "-a", false, true),
    rule("ldapsearch", "-w", true, true),
    rule("ldapmodify", "-w", true, true),
    rule("ldapadd", "-w", true, true),
    rule("az", "-p", false, true),
    rule("sqlcmd", "-P", true, true),
    rule("bcp", "-P", true, true),
    rule("ipmitool", "-P", true, true),
    rule("snmpwalk", "-A", false, true),
    rule("xfreerdp", "/p:", true, false),
    pair("curl", "-u", ':'),
    pair("curl", "--user", ':'),
    pair("curl", "--proxy-user", ':'),
    pair("curl", "-U", ':'),
    pair("smbclient", "-U", '%'),
    pair("net", "-U", '%'),
];

/// Programs that others start, after whose name the options are theirs (`sshpass -p secret ssh -p 22`).
const OTHERS: [&str; 5] = ["openssl", "ssh", "scp", "sftp", "rsync"];

/// What a word means to its program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing that this module knows.
    Plain,
    /// From this byte on it is a secret.
    SecretFrom(usize),
    /// The next word is one.
    SecretNext,
}

/// Which program the words belong to.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    name: String,
    /// The word before was this option, whose value is a pair.
    separator: Option<char>,
    /// `docker run -p 80:80` publishes a port; only `docker login -p` takes a password.
    login: bool,
}

impl Program {
    /// By the first argument, whatever folder it lies in.
    pub(super) fn of(argument: &str) -> Self {
        Self { name: base(argument).to_owned(), ..Self::default() }
    }

    /// Within a shell's text any word may be the next program.
    pub(super) fn meet(&mut self, word: &str) {
        let name = base(word.trim_start_matches(['(', '"', '\'', '`', '$']));
        if RULES.iter().any(|rule| rule.program == name) || OTHERS.contains(&name) {
            *self = Self::of(name);
        }
    }

    /// Looks at the next word.
    pub(super) fn word(&mut self, word: &str) -> Meaning {
        if let Some(separator) = self.separator.take() {
            return after(word, separator, 0);
        }
        // `sudo mysql -psecret`, `env X=1 curl -u a:b`.
        self.meet(word);
        self.login |= word == "login";
        for scheme in ["pass:", "-passin=pass:", "-passout=pass:"] {
            if self.name == "openssl" && word.starts_with(scheme) && word.len() > scheme.len() {
                return Meaning::SecretFrom(scheme.len());
            }
        }
        let ports = matches!(self.name.as_str(), "docker" | "podman" | "az") && !self.login;
        for rule in RULES.iter().filter(|rule| rule.program == self.name && !ports) {
            let Some(value) = word.strip_prefix(rule.option) else { continue };
            if rule.option.starts_with("--") && !value.is_empty() && !value.starts_with('=') {
                continue;
            }
            let at = word.len() - value.trim_start_matches('=').len();
            match (value.is_empty(), rule.after) {
                (true, Some(separator)) => {
                    self.separator = Some(separator);
                    return Meaning::Plain;
                }
                (true, None) if rule.next => return Meaning::SecretNext,
                (false, Some(separator)) => return after(word, separator, at),
                (false, None) if rule.attached && super::names::looks_filled_in(value) => {
                    return Meaning::SecretFrom(at);
                }
                _ => {}
            }
        }
        Meaning::Plain
    }
}

fn after(word: &str, separator: char, from: usize) -> Meaning {
    match word[from..].find(separator) {
        Some(at) if from + at + 1 < word.len() && super::names::looks_filled_in(&word[from + at + 1..]) => {
            Meaning::SecretFrom(from + at + 1)
        }
        _ => Meaning::Plain,
    }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
