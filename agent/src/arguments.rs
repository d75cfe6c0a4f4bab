//! The command line.

use std::path::PathBuf;

use clap::Parser;
use snapshot::HostId;

use crate::settings::{KEY, URL};

/// Samples this host each minute and sends what it saw.
///
/// It sees every process with its user and command line, who is logged in, processor, memory, disks, networks and
/// addresses, and sends them in batches over HTTPS. Secrets in command lines are replaced before they leave the
/// host; environments are never read. Command lines, people and tables can be left out (see below). What was not accepted yet is kept in the state folder.
#[derive(Clone, Debug, Parser)]
#[command(name = "endpoint-metrics-agent", version, after_long_help = EXAMPLES)]
pub struct Arguments {
    /// Show one snapshot as JSON, as it would leave this host, and send nothing (needs neither address nor key)
    #[arg(long, conflicts_with = "once")]
    pub print: bool,

    /// Take one snapshot, send it and all that waits, then exit: 0 only when everything was accepted
    #[arg(long)]
    pub once: bool,

    /// Folder that holds what is not sent yet, the stream's numbers and the redaction key
    #[arg(long, value_name = "DIR", default_value = "/var/lib/endpoint-metrics")]
    pub state_dir: PathBuf,

    /// File of NAME=value lines for the settings below; the environment wins over it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Name or ARN of the secret that holds the address
    #[arg(long, value_name = "NAME", default_value = URL)]
    pub url_secret: String,

    /// Name or ARN of the secret that holds the API key: its text, or JSON {"api_key", "redaction_key"}
    #[arg(long, value_name = "NAME", default_value = KEY)]
    pub key_secret: String,

    /// This host's id, instead of the EC2 instance id or the machine id
    #[arg(long, value_name = "ID")]
    pub host_id: Option<HostId>,

    /// Snapshots in a batch; fewer are sent sooner and cost more
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u8).range(1..=15))]
    pub batch: u8,

    /// Seconds between two snapshots, for tests and demonstrations
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub interval_s: u32,

    /// Megabytes that waiting batches may take; beyond, the oldest are dropped and counted
    #[arg(long, value_name = "MB", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    pub spool_limit_mb: u32,

    /// Send the key over plain HTTP to another host
    #[arg(long)]
    pub allow_http: bool,
}

/// What `--help` ends with.
pub const EXAMPLES: &str = "\
Examples:
  See what it sees, as root for all of it:
    sudo endpoint-metrics-agent --print | less

  See what would leave this host without command lines and people:
    sudo INSTANCE_METRICS_COLLECT_OFF='cmdline users' endpoint-metrics-agent --print | less

  Send one snapshot to a server on this machine:
    INSTANCE_METRICS_URL=http://127.0.0.1:8080/Prod/put-metrics \\
    INSTANCE_METRICS_APIKEYSECRET=key endpoint-metrics-agent --once --state-dir /tmp/spool

  Run as a service on EC2, address and key from AWS Secrets Manager:
    endpoint-metrics-agent

Settings, each looked for in the environment, then in the --config file; the first two then in
AWS Secrets Manager (--url-secret, --key-secret), and anew each day:
  INSTANCE_METRICS_URL            https://HOST/PATH
  INSTANCE_METRICS_APIKEYSECRET   the API key, or {\"api_key\": …, \"redaction_key\": …}
  INSTANCE_METRICS_COLLECT_OFF    what does not leave the host, some of:
    cmdline users processes logins disks networks sockets inventory
  INSTANCE_METRICS_REDACT         changes to what counts as a secret, with ; between them:
    name pincode                  a name whose value is one (--pincode X, pincode=X)
    keep session_key              a name whose value is none
    prefix acme_                  words that begin so
    usage acmectl login -k *      a program's own way; * is the secret, ? any word
    off usages|names|addresses|headers|tokens|pem|entropy

Exit codes:
  0  done, or told to stop
  1  could not, with one line that says why
  2  wrong usage";
