//! Which hosts fell silent, where clocks and streams are not as in a tidy fleet.

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::SessionContext;

use super::embedded::asked;

/// Asks about 2026-11-18 and 2026-11-19, of intervals of `(host, stream, first_ts, last_ts)` with times of the second day
/// unless they say theirs. A row is host, why and how long.
async fn silent(intervals: &[(&str, &str, &str, &str)]) -> Vec<String> {
    let context = SessionContext::new();
    let moment = |text: &str| match text.len() {
        5 => format!("TIMESTAMP '2026-11-19 {text}:00'"),
        _ => format!("TIMESTAMP '{text}:00'"),
    };
    let rows: Vec<String> = intervals
        .iter()
        .map(|(host, stream, first, last)| {
            let dt = if first.starts_with("2026-11-18") { "2026-11-18" } else { "2026-11-19" };
            let (first, last) = (moment(first), moment(last));
            format!("('i-{host}', '{host}', 'boot', '{stream}', 1, 9, {first}, {last}, 'running', '{dt}')")
        })
        .collect();
    let table = format!(
        "CREATE TABLE coverage AS SELECT column1 AS host_id, column2 AS host_name, column3 AS boot_id, column4 AS stream, \
         column5 AS first_seq, column6 AS last_seq, column7 AS first_ts, column8 AS last_ts, column9 AS ended_by, \
         column10 AS dt FROM (VALUES {})",
        rows.join(", ")
    );
    context.sql(&table).await.unwrap();
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
