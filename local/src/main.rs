//! The command line of the whole pipeline on one machine.

use std::process::ExitCode;

fn main() -> ExitCode {
    local::command_line::run()
}
