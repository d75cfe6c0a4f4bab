//! The values on the command line: every parameter of the pack, so that a misspelled one is known for what it is.

/// A value for each parameter that the pack has.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Parameters of questions (query --list says which takes what)")]
pub struct Values {
    /// A host's name
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// A moment, 2026-11-20T03:12, with Z or an offset like +01:00 (UTC where none is given)
    #[arg(long, value_name = "MOMENT")]
    pub at: Option<String>,
    /// A day
    #[arg(long, value_name = "DAY")]
    pub day: Option<String>,
    /// The first day
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// The last day
    #[arg(long, value_name = "DAY")]
    pub to: Option<String>,
    /// SHA-256 of a file
    #[arg(long, value_name = "SHA256")]
    pub digest: Option<String>,
    /// A port
    #[arg(long, value_name = "PORT", allow_negative_numbers = true)]
    pub port: Option<String>,
    /// A peer's IP address
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<String>,
    /// So many bytes
    #[arg(long, value_name = "BYTES", allow_negative_numbers = true)]
    pub bytes: Option<String>,
    /// So many minutes
    #[arg(long, value_name = "MINUTES", allow_negative_numbers = true)]
    pub minutes: Option<String>,
    /// A package's name
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,
    /// A package's version
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// A program's name as the kernel has it, 15 bytes
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

impl Values {
    /// The value of a parameter, if one is given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(given, _)| *given == name).map(|(_, value)| value)
    }

    /// What is given.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("host", &self.host),
            ("at", &self.at),
            ("day", &self.day),
            ("from", &self.from),
            ("to", &self.to),
            ("digest", &self.digest),
            ("port", &self.port),
            ("address", &self.address),
            ("bytes", &self.bytes),
            ("minutes", &self.minutes),
            ("package", &self.package),
            ("version", &self.version),
            ("name", &self.name),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}
