//! The same questions, the same answers, by Athena's engine over our own definitions.

use serde_json::Value;

use super::answers::expected;
use super::embedded::{sql, why};
use super::fleet::{fill, planted};
use crate::trino::servers::Servers;

/// A value as the expectations have it.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Trino, a Glue catalogue and an S3 server: .ci/trino starts them and runs this"]
async fn on_trino_every_question_finds_what_was_planted_and_nothing_else() {
    let servers = Servers::new("forensics", "2026-08-01").await;
    let fleet = planted();
    fill(&fleet, &servers.buckets).await;
    servers.make_tables().await;
    // The last day is raw and the others are committed, so each question meets both branches of the views.
    let mut wrong = Vec::new();
    for expected in expected(&fleet) {
        let rows = servers.rows(&sql(&expected)).await;
        let found: Vec<String> =
            rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" | ")).collect();
        if found != expected.rows {
            wrong.push(format!(
                "{} {:?}:\nexpected\n  {}\nfound\n  {}",
                expected.name,
                expected.values,
                expected.rows.join("\n  "),
                found.join("\n  ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));

    // And why one has no rows: of a host of another name, and of one that has no such port.
    for (host, is_it) in [("web-17", 0), ("WEB-017", 1)] {
        let values = [("host", host), ("port", "1"), ("at", "2026-11-20T03:12")];
        let rows = servers.rows(&why("who-listened", &values)).await;
        let found = rows.iter().find(|row| row[0] == "web-017").unwrap_or_else(|| panic!("{host}: {rows:?}"));
        assert!(found[2].as_u64().unwrap() > 0 && found[3] == is_it, "{host}: {found:?}");
    }
}
