//! What the daemon tells its owner: one line on stderr, which journald or a terminal keeps.
//!
//! The first word is the priority in the form that systemd understands (`<4>` is a warning), written only when
//! stderr is journald's, so that a terminal shows plain text.

use std::fmt::Arguments;

/// A warning: something was refused, dropped or set aside. Once per event, where it is handled.
#[allow(clippy::print_stderr, reason = "a daemon's standard error is its log")]
pub(crate) fn warn(text: Arguments<'_>) {
    let prefix = if std::env::var_os("JOURNAL_STREAM").is_some() { "<4>" } else { "" };
    eprintln!("{prefix}endpoint-metrics-agent: {text}");
}

/// What went as it should, for somebody who watches.
#[allow(clippy::print_stderr, reason = "a daemon's standard error is its log")]
pub(crate) fn say(text: Arguments<'_>) {
    let prefix = if std::env::var_os("JOURNAL_STREAM").is_some() { "<6>" } else { "" };
    eprintln!("{prefix}endpoint-metrics-agent: {text}");
}
