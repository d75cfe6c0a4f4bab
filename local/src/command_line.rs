//! What can be asked for, and the exit codes.

use std::process::ExitCode;

/// Runs what the arguments ask for.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
