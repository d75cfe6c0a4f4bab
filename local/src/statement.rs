//! `query`.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use lake::{Clock, SystemClock};

use crate::athena::{self, Place};
use crate::named::{self, Heard, Sampled, Values};
use crate::query::{Engine, Format, print};
use crate::{Folder, screen};

pub(crate) const EXAMPLES: &str = "\
Examples:
  endpoint-metrics query --data lake 'SELECT host_name, count(*) FROM hosts GROUP BY host_name'
  endpoint-metrics query --list                          the questions and what they take
  endpoint-metrics query --named who-listened            what this one takes
  endpoint-metrics query --data lake --named who-listened --host web-017 --port 4444 --at 2026-11-20T03:12+01:00
  endpoint-metrics query --named who-listened --show     its SQL, to change or to paste elsewhere
  endpoint-metrics query --data lake - <changed.sql
  endpoint-metrics query --against athena --workgroup forensics --region eu-central-1 --named new-programs";

/// What is asked, of what, and how the answer is written.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct QueryArguments {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Ask this service instead of a folder; credentials are taken as all AWS tools take them
    #[arg(long, value_enum, requires = "workgroup", conflicts_with = "data")]
    against: Option<Against>,
    /// Athena's workgroup
    #[arg(long, value_name = "NAME", requires = "against")]
    workgroup: Option<String>,
    /// Athena's Region; without it the environment's
    #[arg(long, value_name = "REGION", requires = "against")]
    region: Option<String>,
    /// The Glue database that holds the tables and views
    #[arg(long, value_name = "NAME", default_value = "endpoint_metrics")]
    database: String,
    /// One statement that reads; - takes it from standard input
    #[arg(value_name = "SQL", conflicts_with_all = ["named", "list"])]
    sql: Option<String>,
    /// A question of the forensic pack, with its parameters as options; alone it says what it takes
    #[arg(long, value_name = "QUESTION", conflicts_with = "list")]
    named: Option<String>,
    /// List the forensic pack's questions with what they take
    #[arg(long)]
    list: bool,
    /// Show the question's SQL, with the values that are given, instead of asking
    #[arg(long, requires = "named")]
    show: bool,
    /// How to write the rows
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    values: Values,
}

/// Who else can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Against {
    /// Amazon Athena
    Athena,
}

/// Runs the command. Exit code 2 when it was asked in a way that cannot be answered.
pub(crate) async fn run(arguments: &QueryArguments) -> anyhow::Result<ExitCode> {
    if arguments.list {
        return list().map(|()| ExitCode::SUCCESS);
    }
    let sql = match statement(arguments) {
        Ok(Some(sql)) => sql,
        Ok(None) => return Ok(ExitCode::SUCCESS),
        Err(error) => {
            screen::error(&error);
            return Ok(ExitCode::from(2));
        }
    };
    if let (Some(Against::Athena), Some(workgroup)) = (arguments.against, &arguments.workgroup) {
        on_athena(arguments, workgroup, &sql).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(data) = &arguments.data else {
        screen::note("endpoint-metrics: where is the data? expected --data DIR, or --against athena");
        return Ok(ExitCode::from(2));
    };
    let engine = Engine::open(&Folder::to_read(data)?).await?;
    let answer = engine.ask(&sql).await?;
    write(&answer.rows, arguments.format)?;
    if arguments.format == Format::Table {
        let seconds = answer.took.as_secs_f64();
        screen::note(format_args!("{} read in {seconds:.2} s", screen::bytes(answer.read_bytes)));
    }
    if let Some(heard) = unanswered(arguments, &answer.rows)? {
        let why = async { anyhow::Ok(heard.why(&sampled(&engine.run(&heard.sql).await?)?)) };
        // The answer stands, whatever becomes of the reason.
        why.await.map_or_else(|error| screen::error(&error), screen::note);
    }
    Ok(ExitCode::SUCCESS)
}

async fn on_athena(arguments: &QueryArguments, workgroup: &str, sql: &str) -> anyhow::Result<()> {
    let place = Place {
        workgroup: workgroup.to_owned(),
        region: arguments.region.clone(),
        database: arguments.database.clone(),
    };
    let answer = watched(&place, sql).await?;
    write(&answer.rows, arguments.format)?;
    if arguments.format == Format::Table {
        price(&answer);
    }
    if let Some(heard) = unanswered(arguments, &answer.rows)? {
        let why = async {
            let answer = watched(&place, &heard.sql).await?;
            screen::note(heard.why(&sampled(&answer.rows)?));
            price(&answer);
            anyhow::Ok(())
        };
        why.await.unwrap_or_else(|error| screen::error(&error));
    }
    Ok(())
}

/// Asks Athena until Ctrl-C.
async fn watched(place: &Place, sql: &str) -> anyhow::Result<athena::Answer> {
    let bar = screen::waiting("Athena");
    let interrupted = async {
        // Where no signal can be waited for, none ends the wait.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    let answer = athena::ask(place, sql, interrupted).await;
    bar.finish_and_clear();
    answer
}

fn price(answer: &athena::Answer) {
    let (bytes, seconds) = (screen::bytes(answer.scanned_bytes), answer.took.as_secs_f64());
    let dollars = athena::dollars(answer.scanned_bytes);
    screen::note(format_args!("{bytes} scanned in {seconds:.2} s, ${dollars:.5} ($5 a TB, at least 10 MB)"));
}

/// What to ask next when a question of one host at a moment has no rows, which a person would take for an answer.
fn unanswered(arguments: &QueryArguments, rows: &[RecordBatch]) -> anyhow::Result<Option<Heard>> {
    match &arguments.named {
        Some(name) if rows.iter().all(|batch| batch.num_rows() == 0) => {
            Heard::of(&named::find(name)?, &arguments.values)
        }
        _ => Ok(None),
    }
}

fn sampled(rows: &[RecordBatch]) -> anyhow::Result<Vec<Sampled>> {
    let options = FormatOptions::default();
    let mut all = Vec::new();
    for batch in rows {
        let columns: Result<Vec<_>, _> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options)).collect();
        let columns = columns?;
        let [host, ts, sockets, is_it] = &columns[..] else { bail!("{} columns, expected 4", columns.len()) };
        for row in 0..batch.num_rows() {
            let text = |column: &ArrayFormatter<'_>| column.value(row).to_string();
            let (sockets, is_it) = (text(sockets).parse()?, text(is_it) == "1");
            all.push(Sampled { host: text(host), ts: text(ts), sockets, is_it });
        }
    }
    Ok(all)
}

/// The SQL to run; none when there is nothing to run, because what was asked for has been shown.
fn statement(arguments: &QueryArguments) -> anyhow::Result<Option<String>> {
    let Some(name) = &arguments.named else {
        // The parser would not miss it beside SQL, with which it cannot stand.
        if let Some((value, _)) = arguments.values.iter().next() {
            bail!("--{value} is a question's, expected --named QUESTION");
        }
        let sql = match arguments.sql.as_deref() {
            Some("-") => {
                Some(std::io::read_to_string(std::io::stdin()).context("cannot read standard input")?)
            }
            sql => sql.map(str::to_owned),
        };
        return sql.map(Some).context("what is the question? expected SQL, --named QUESTION or --list");
    };
    let question = named::find(name)?;
    let given = arguments.values.iter().next().is_some();
    if arguments.show && !given {
        screen::line(question.text.trim_end());
        return Ok(None);
    }
    if arguments.data.is_none() && arguments.against.is_none() && !given {
        screen::line(format_args!(
            "{}\n{}\n\n  query {}",
            question.title,
            question.takes(),
            question.usage()
        ));
        return Ok(None);
    }
    let sql = question.sql(&arguments.values, SystemClock.now_ms())?;
    if arguments.show {
        screen::line(sql);
        return Ok(None);
    }
    Ok(Some(sql))
}

/// Every question, and how it is asked.
fn list() -> anyhow::Result<()> {
    for question in named::all()? {
        screen::line(format_args!("{}\n  {}", question.title, question.usage()));
    }
    Ok(())
}

/// Writes the rows to standard output.
fn write(rows: &[RecordBatch], format: Format) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let written = print(&mut out, rows, format).and_then(|()| Ok(out.flush()?));
    match written {
        // The reader had enough (`| head`).
        Err(error) if is_broken_pipe(&error) => Ok(()),
        other => other,
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
    error
        .chain()
        .any(|cause| cause.downcast_ref().is_some_and(is) || cause.to_string().contains("Broken pipe"))
}
