//! Which hosts fell silent, where clocks, streams and agents are not as in a tidy fleet.

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::SessionContext;

use super::embedded::asked;

/// Asks about 2026-11-18 and 2026-11-19, of intervals of `(host, stream, first_ts, last_ts)` with times of the second day
/// unless they say theirs, each of an agent of its own. A row is host, why and how long.
async fn silent(intervals: &[(&str, &str, &str, &str)]) -> Vec<String> {
    let rows: Vec<String> = intervals
        .iter()
        .map(|(host, stream, first, last)| {
            let (dt, first, last) = (day(first), moment(first), moment(last));
            format!("('i-{host}', '{host}', 'boot', '{stream}', 1, 9, {first}, {last}, {first}, 'running', '{dt}')")
        })
        .collect();
    ask(&rows, &[]).await
}

/// A moment and its day, of a time or of both.
fn moment(text: &str) -> String {
    match text.len() {
        5 => format!("TIMESTAMP '2026-11-19 {text}:00'"),
        _ => format!("TIMESTAMP '{text}:00'"),
    }
}

fn day(text: &str) -> &str {
    if text.starts_with("2026-11-18") { "2026-11-18" } else { "2026-11-19" }
}

/// Asks of these rows of `coverage`, and of these samples of one agent, numbered from 1.
async fn ask(coverage: &[String], samples: &[&str]) -> Vec<String> {
    let context = SessionContext::new();
    let samples = (1..).zip(samples).map(|(seq, ts)| {
        let (dt, ts) = (day(ts), moment(ts));
        format!("('i-a', 'a', '1', {seq}, {ts}, TIMESTAMP '2026-11-18 00:00:00', '{dt}')")
    });
    // Of no host, so that there is a row to tell the columns' kinds.
    let nobody = "('i-0', '0', '1', 1, TIMESTAMP '2026-11-01 00:00:00', TIMESTAMP '2026-11-01 00:00:00', '2026-11-01')".to_owned();
    let samples: Vec<String> = samples.chain([nobody]).collect();
    for (table, columns, rows) in [
        (
            "coverage",
            "host_id, host_name, boot_id, stream, first_seq, last_seq, first_ts, last_ts, agent_started_at, ended_by, dt",
            coverage,
        ),
        ("hosts", "host_id, host_name, stream, seq, ts, agent_started_at, dt", &samples),
    ] {
        let columns = columns.split(", ").zip(1..).map(|(name, place)| format!("column{place} AS {name}"));
        let columns: Vec<String> = columns.collect();
        let sql = format!(
            "CREATE TABLE {table} AS SELECT {} FROM (VALUES {})",
            columns.join(", "),
            rows.join(", ")
        );
        context.sql(&sql).await.unwrap();
    }
    let sql = asked("silent-hosts", &[("to", "2026-11-19")]);
    let sql = format!("SELECT host_name, why, silent_until - silent_from AS lasted FROM ({sql}) s");
    let found = context.sql(&sql).await.unwrap().collect().await.unwrap();
    let table = pretty_format_batches(&found).unwrap().to_string();
    let lines = table.lines().filter(|line| line.starts_with('|')).skip(1);
    lines.map(|line| line.split('|').map(str::trim).collect::<Vec<_>>().join("|")).collect()
}

#[tokio::test]
async fn a_host_whose_clock_is_fast_does_not_make_the_others_silent() {
    let others = [("a", "1", "00:00", "23:59"), ("b", "1", "00:00", "23:58")];
    let fast = ("c", "1", "00:08", "2026-11-20 00:07");
    assert_eq!(silent(&[others[0], others[1], fast]).await, Vec::<String>::new());
    // One that was, is.
    let gone = ("d", "1", "00:00", "23:40");
    assert_eq!(silent(&[others[0], gone, fast]).await, ["|d|not heard of again||"]);
}

#[tokio::test]
async fn a_stream_within_another_is_no_end() {
    let clone = ("a", "2", "10:00", "10:10");
    assert_eq!(silent(&[("a", "1", "00:00", "23:59"), clone]).await, Vec::<String>::new());
    // Silence begins when the last of both was heard.
    let found = silent(&[("a", "1", "00:00", "12:00"), clone, ("a", "1", "13:00", "23:59")]).await;
    assert_eq!(found, ["|a|spool was wiped|PT3600S|"]);
}

#[tokio::test]
async fn silence_over_midnight_is_found_without_naming_both_days() {
    let host = [("a", "1", "2026-11-18 00:00", "2026-11-18 23:56"), ("a", "1", "06:00", "23:59")];
    assert_eq!(silent(&host).await.len(), 1);
}

#[tokio::test]
async fn an_agent_that_stood_still_over_midnight_shows_once() {
    let samples = ["2026-11-18 23:50", "2026-11-18 23:51", "00:20", "00:21", "00:25"];
    let interval = |first: i64, from: &str, until: &str| {
        let (last, dt) = (first + if first == 1 { 1 } else { 2 }, day(from));
        let (from, until) = (moment(from), moment(until));
        format!(
            "('i-a', 'a', 'boot', '1', {first}, {last}, {from}, {until}, TIMESTAMP '2026-11-18 00:00:00', 'running', '{dt}')"
        )
    };
    let coverage = [interval(1, samples[0], samples[1]), interval(3, samples[2], samples[4])];
    assert_eq!(ask(&coverage, &samples).await, ["|a|agent stood still|PT1740S|"]);
}
