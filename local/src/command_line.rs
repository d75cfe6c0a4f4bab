//! What can be asked for, and the exit codes: 0 done, 1 could not, 2 wrong usage.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lake::Day;

use crate::place::Place;
use crate::{acceptance, compaction, demo, explanation, moment, proof, up};

/// Endpoint Metrics on one machine: agent, gateway, ingest, compaction and SQL, the same code that runs on AWS.
#[derive(Debug, Parser)]
#[command(name = "endpoint-metrics", version, after_help = EXAMPLES)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  endpoint-metrics                                   the demo: the whole pipeline in a minute
  endpoint-metrics up --data lake                    a server for this and other machines
  endpoint-metrics query --data lake 'SELECT host_name, count(*) FROM hosts GROUP BY host_name'
  endpoint-metrics query --list                      the questions that investigators ask
  endpoint-metrics simulate --data lake --hosts 20   a day of a fleet, to try queries on
  endpoint-metrics explain --raw s3://RAW --lake s3://LAKE 2026-11-20   a day's story, on AWS

Exit codes: 0 done, 1 could not (one line says why), 2 wrong usage";

/// Stack of the threads that plan and run.
const STACK_BYTES: usize = 16 * 1024 * 1024;

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the whole pipeline on this machine: what no argument does too
    Demo {
        /// Keep the data in this folder; without it a temporary one is removed at the end
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Serve agents: gateway, ingest and hourly compaction on a folder, until Ctrl-C
    Up {
        #[command(flatten)]
        data: Data,
        /// Address to listen on; agents on other machines need one that they can reach
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
        listen: String,
        /// The key that agents send; without it one is made and printed
        #[arg(long, value_name = "KEY")]
        api_key: Option<String>,
        #[command(flatten)]
        expire: compaction::Expire,
    },
    /// Fill a folder with what a believable fleet would have posted
    Simulate {
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        fleet: crate::fleet::FleetArguments,
    },
    /// Turn every closed day of raw JSON into Parquet, oldest first
    Compact {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        arguments: compaction::CompactArguments,
    },
    /// Prove that what was committed is there, whole
    Verify {
        #[command(flatten)]
        place: Place,
        /// Only this day
        #[arg(value_name = "DAY")]
        day: Option<Day>,
        /// Also make every row anew from raw and compare it, column by column, with the files as they lie
        #[arg(long)]
        deep: bool,
    },
    /// Say why a day is, or is not, compacted, what became of everything in it, and what it cost
    Explain {
        #[command(flatten)]
        place: Place,
        /// Which day
        #[arg(value_name = "DAY")]
        day: Day,
        /// As if it were this moment, 2026-11-20T03:12 (UTC, or with an offset)
        #[arg(long, value_name = "TIME", value_parser = moment::parse)]
        now: Option<i64>,
        #[command(flatten)]
        hold: compaction::Hold,
    },
    /// Let a commit be made that is held because too much of it cannot be read
    Accept {
        #[command(flatten)]
        place: Place,
        /// The commit, 2026-11-20.0, or its day
        #[arg(value_name = "COMMIT|DAY")]
        which: acceptance::Which,
        #[command(flatten)]
        hold: compaction::Hold,
    },
    /// Ask in SQL, or one of the forensic pack's questions, over raw and lake together
    #[command(after_help = crate::statement::EXAMPLES)]
    Query(Box<crate::statement::QueryArguments>),
    /// Print the tables' and views' definitions for Athena, or write them as files
    Ddl {
        /// The lake bucket
        #[arg(long, value_name = "URL", default_value = "s3://LAKE-BUCKET")]
        lake: String,
        /// The raw bucket
        #[arg(long, value_name = "URL", default_value = "s3://RAW-BUCKET")]
        raw: String,
        /// The first day that queries can see
        #[arg(long, value_name = "DAY", default_value = "2026-01-01")]
        first_day: Day,
        /// Write a file a statement into this folder, in the order in which to run them, and besides the CloudFormation
        /// template of the same (glue.json) and the data dictionary (README.md)
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// The agent of this machine, as endpoint-metrics-agent runs it
    Agent(agent::Arguments),
}

#[derive(Debug, clap::Args)]
struct Data {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Runs what the arguments ask for.
pub fn run() -> ExitCode {
    let arguments = CommandLine::parse();
    // The planner recurses deeply on long statements, and more so unoptimised.
    let command = arguments.command.unwrap_or(Command::Demo { data: None });
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_stack_size(STACK_BYTES)
            .build()?;
        let outcome = runtime.block_on(dispatch(command));
        runtime.shutdown_background();
        outcome
    });
    let outcome = match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            crate::screen::error(&error);
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo { data } => demo::run(data.as_deref()).await?,
        Command::Up { data, listen, api_key, expire } => {
            up::run(&data.data, &listen, api_key, expire).await?;
        }
        Command::Simulate { data, fleet } => crate::fleet::run(&data.data, &fleet).await?,
        Command::Compact { place, arguments } => return compaction::run(&place, &arguments).await,
        Command::Verify { place, day, deep } => return proof::run(&place, day, deep).await,
        Command::Explain { place, day, now, hold } => {
            explanation::run(&place, day, now, hold.held_above_percent).await?;
        }
        Command::Accept { place, which, hold } => {
            acceptance::run(&place, which, hold.held_above_percent).await?;
        }
        Command::Query(query) => return crate::statement::run(&query).await,
        Command::Ddl { lake, raw, first_day, out } => crate::ddl::run(lake, raw, first_day, out.as_deref())?,
        Command::Agent(arguments) => agent::main(arguments).await?,
    }
    Ok(ExitCode::SUCCESS)
}
