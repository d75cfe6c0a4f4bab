//! The demo's three questions, and how their parameters are found in the data itself.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::query::{Engine, Format, print};
use crate::screen;

/// What arrived from this machine: the newest snapshot that is still raw.
pub(crate) const ARRIVED: &str = "SELECT concat(host_name, ' (', os_name, ' ', os_version, '), ', cast(processes AS varchar), ' processes') \
     FROM hosts WHERE commit_id IS NULL ORDER BY received_at DESC LIMIT 1";

const THIS_HOST: &str =
    "SELECT host_id, host_name, ts FROM hosts WHERE commit_id IS NULL ORDER BY received_at DESC LIMIT 1";
/// A program of this machine that most others run too; where there is none, the most widespread one.
const A_PROGRAM: &str = "SELECT exe FROM programs WHERE exe <> '' GROUP BY exe \
     ORDER BY max(CASE WHEN commit_id IS NULL THEN 1 ELSE 0 END) * count(DISTINCT host_id) DESC, count(DISTINCT host_id) DESC, exe LIMIT 1";
/// The minute with the most people.
const A_MINUTE: &str = "SELECT date_trunc('minute', ts) AS minute, min(dt) FROM logins GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1";

/// Asks the three questions and shows their answers.
pub(crate) async fn ask(engine: &Engine) -> anyhow::Result<()> {
    let host = engine.run(THIS_HOST).await?;
    let (host_id, host_name, ts) = (cell(&host, 0)?, cell(&host, 1)?, cell(&host, 2)?);
    show(
        engine,
        &format!("What runs on {host_name} now, and as whom?"),
        &format!(
            "SELECT host_name, ts, pid, user_name, exe, cmdline\n\
             FROM processes\n\
             WHERE host_id = '{}' AND ts = TIMESTAMP '{ts}'\n\
             ORDER BY start_time DESC, pid LIMIT 8",
            quoted(&host_id)
        ),
    )
    .await?;

    let exe = cell(&engine.run(A_PROGRAM).await?, 0)?;
    show(
        engine,
        &format!("Where else has {exe} run, first and last seen?"),
        &format!(
            "SELECT host_name, user_name, min(first_seen) AS first_seen, max(last_seen) AS last_seen, sum(runs) AS runs\n\
             FROM programs\n\
             WHERE exe = '{}'\n\
             GROUP BY host_name, user_name\n\
             ORDER BY last_seen DESC, host_name, user_name LIMIT 10",
            quoted(&exe)
        ),
    )
    .await?;

    let minute = engine.run(A_MINUTE).await?;
    let (minute, day) = (cell(&minute, 0)?, cell(&minute, 1)?);
    show(
        engine,
        &format!("Who was logged in at {minute}?"),
        &format!(
            "SELECT host_name, user_name, terminal, remote_host, service, started_at\n\
             FROM logins\n\
             WHERE dt = '{day}' AND ts >= TIMESTAMP '{minute}' AND ts < TIMESTAMP '{minute}' + INTERVAL '1' MINUTE\n\
             ORDER BY host_name, started_at"
        ),
    )
    .await
}

async fn show(engine: &Engine, question: &str, sql: &str) -> anyhow::Result<()> {
    screen::line(format_args!("\n{question}\n\n{}\n", indented(sql)));
    let rows = engine.run(sql).await?;
    let mut text = Vec::new();
    print(&mut text, &rows, Format::Table)?;
    screen::line(String::from_utf8_lossy(&text));
    Ok(())
}

fn indented(sql: &str) -> String {
    sql.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

/// The first row's value in a column, as text.
fn cell(rows: &[RecordBatch], column: usize) -> anyhow::Result<String> {
    let Some(batch) = rows.iter().find(|batch| batch.num_rows() > 0) else {
        anyhow::bail!("nothing has arrived that could be asked about");
    };
    let options = FormatOptions::default().with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.3f"));
    Ok(ArrayFormatter::try_new(batch.column(column), &options)?.value(0).to_string())
}

/// The first row's first value.
pub(crate) fn words(rows: &[RecordBatch]) -> anyhow::Result<String> {
    cell(rows, 0)
}
