//! The same question on Athena: started, watched until it ends, its rows fetched page by page, its price said.
//!
//! A query that nobody waits for goes on and costs money, so whatever ends the wait, Ctrl-C or an error, stops it first.

mod client;
mod rows;

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use arrow::array::RecordBatch;
use aws_sdk_athena::Client;
use aws_sdk_athena::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_athena::types::{
    QueryExecution, QueryExecutionContext, QueryExecutionState, QueryExecutionStatistics,
};

/// The wait before the second look; each later one is half as long again, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Rows of a page of results: as many as Athena gives.
const PAGE: i32 = 1000;

/// Where a question is asked.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The workgroup, which says where results go and how much a query may read.
    pub(crate) workgroup: String,
    /// The Region; without it the environment's.
    pub(crate) region: Option<String>,
    /// The Glue database of the tables and views.
    pub(crate) database: String,
}

/// Rows, and what they cost.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<RecordBatch>,
    /// What Athena read and charges.
    pub(crate) scanned_bytes: u64,
    /// From its arrival at Athena to its end, queues included.
    pub(crate) took: Duration,
}

/// Asks, and waits for the end or for `stop`.
pub(crate) async fn ask(place: &Place, sql: &str, stop: impl Future<Output = ()>) -> anyhow::Result<Answer> {
    let client = client::client(place.region.as_deref()).await?;
    let context = QueryExecutionContext::builder().database(&place.database).build();
    let started = client
        .start_query_execution()
        .query_string(sql)
        .work_group(&place.workgroup)
        .query_execution_context(context)
        .send()
        .await
        .map_err(|error| refused("start the query", &error))?;
    let id = started.query_execution_id().context("Athena named no query")?;
    tokio::pin!(stop);
    let ended = tokio::select! {
        ended = end(&client, id) => ended,
        () = &mut stop => Err(anyhow!("interrupted")),
    };
    let statistics = match ended {
        Ok(Ok(statistics)) => statistics,
        Ok(Err(reason)) => bail!("Athena: {reason}"),
        Err(error) => return Err(error.context(stopped(&client, id).await)),
    };
    let rows = tokio::select! {
        rows = rows::fetch(&client, id) => rows?,
        () = &mut stop => bail!("interrupted while the rows came"),
    };
    let number =
        |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or_default();
    Ok(Answer {
        rows,
        scanned_bytes: number(statistics.data_scanned_in_bytes()),
        took: Duration::from_millis(number(statistics.total_execution_time_in_millis())),
    })
}

/// Waits until a query has ended: well, or with a reason.
async fn end(client: &Client, id: &str) -> anyhow::Result<Result<QueryExecutionStatistics, String>> {
    let mut wait = FIRST_WAIT;
    loop {
        let found = client.get_query_execution().query_execution_id(id).send().await;
        let found = found.map_err(|error| refused("look at the query", &error))?;
        let execution = found.query_execution().context("Athena said nothing of the query")?;
        match execution.status().and_then(|status| status.state()) {
            Some(QueryExecutionState::Succeeded) => {
                let statistics = execution.statistics().cloned();
                return Ok(Ok(statistics.unwrap_or_else(|| QueryExecutionStatistics::builder().build())));
            }
            Some(QueryExecutionState::Failed) => return Ok(Err(reason(execution))),
            // By somebody else, or by the workgroup's limit of bytes.
            Some(QueryExecutionState::Cancelled) => {
                return Ok(Err(format!("the query was cancelled: {}", reason(execution))));
            }
            _ => {}
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 3 / 2).min(LONGEST_WAIT);
    }
}

fn reason(execution: &QueryExecution) -> String {
    let reason =
        execution.status().and_then(|status| status.state_change_reason()).unwrap_or("no reason is given");
    reason.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Stops a query, and says what came of it.
async fn stopped(client: &Client, id: &str) -> String {
    match client.stop_query_execution().query_execution_id(id).send().await {
        Ok(_) => format!("query {id} was stopped"),
        Err(error) => {
            format!("query {id} may still run and cost: {}", refused("stop it", &error))
        }
    }
}

/// A refusal in one line: Athena's own words, or what kept them from coming.
fn refused<E, R>(what: &str, error: &SdkError<E, R>) -> anyhow::Error
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug,
{
    let words = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        _ => DisplayErrorContext(error).to_string(),
    };
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    anyhow!("Athena did not {what}: {words}")
}

/// Dollars for so many scanned bytes: 5 a TB, at least 10 MB a query.
pub(crate) fn dollars(scanned_bytes: u64) -> f64 {
    const DOLLARS_PER_BYTE: f64 = 5.0 / 1e12;
    const LEAST_BYTES: u64 = 10_000_000;
    scanned_bytes.max(LEAST_BYTES) as f64 * DOLLARS_PER_BYTE
}

#[cfg(test)]
mod tests {
    use super::dollars;

    #[test]
    fn ten_megabytes_are_the_least() {
        let shown =
            [0, 10_000_000, 20_000_000, 1_000_000_000_000].map(|bytes| format!("{:.5}", dollars(bytes)));
        assert_eq!(shown, ["0.00005", "0.00005", "0.00010", "5.00000"]);
    }
}
