//! The agent's program: parses the command line and hands it to the library.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match agent::main(agent::Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[allow(clippy::print_stderr, reason = "the one line that says why it could not")]
            {
                eprintln!("endpoint-metrics-agent: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
