//! Sends damaged events to the handler, as many as one likes, and counts the answers:
//!
//! ```console
//! cargo run --release -p ingest --example mutate -- --requests 1000000
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for the desk")]

mod athena;
mod events;
mod trial;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;

/// Damages requests (truncation, flipped bits, bombs, nesting, huge numbers, long texts, invalid UTF-8, NULs, names given
/// twice, wrong types, broken base64, headers that lie, events that are none) and sends them to ingest's handler.
///
/// What is sound must be answered 200, and what is answered 200 must be readable; nothing may be stored otherwise. Exit code 1 when a request made it
/// panic, was answered by a 5xx, or was answered wrongly; each such request is named with its number.
#[derive(Parser)]
#[command(name = "mutate")]
struct Arguments {
    /// How many requests
    #[arg(long, default_value_t = 1_000_000)]
    requests: u64,

    /// The same seed gives the same requests
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let Arguments { requests, seed } = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("mutate: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (mut events, mut trial) = (events::Events::new(seed), trial::Trial::default());
    let (began, mut shown) = (Instant::now(), Instant::now());
    for number in 0..requests {
        trial.send(number, &mut events, &runtime);
        if shown.elapsed() > Duration::from_secs(10) {
            shown = Instant::now();
            eprintln!("{number} of {requests} requests, {:?}", trial.answers);
        }
    }
    println!("{requests} requests of seed {seed} in {:.0} s", began.elapsed().as_secs_f64());
    let answered: u64 = trial.answers.values().sum();
    for (code, count) in &trial.answers {
        println!("  {code}: {count}");
    }
    println!("  not JSON, Lambda's own to refuse: {}", requests - answered - trial.panics);
    let faults: u64 = trial.answers.range(500..).map(|(_, count)| count).sum();
    println!("{} panics, {faults} answers of 500 and more, {} wrong", trial.panics, trial.wrong.len());
    if let Some(peak) = peak_kib() {
        println!("peak memory {} MB", peak / 1024);
    }
    for wrong in &trial.wrong {
        eprintln!("{wrong}");
    }
    if trial.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The process's peak so far, in KiB, as the kernel counts it.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
