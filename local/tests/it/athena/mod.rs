//! A question to Athena, asked by the program itself of a peer that answers as Athena does: no AWS here.

mod peer;

use std::process::Output;

use peer::{Next, Peer};
use serde_json::{Value, json};

use crate::program::command;

const ID: &str = "b1946ac9-2492-4d23-8a11-000000000001";
const SQL: &str = "SELECT host_name, pid, exe_deleted, load1, ts, exe FROM somewhere";

fn started() -> Next {
    Next::Answer(json!({"QueryExecutionId": ID}))
}

/// The query is in this state, for this reason.
fn state(state: &str, reason: Option<&str>) -> Next {
    Next::Answer(json!({"QueryExecution": {
        "QueryExecutionId": ID,
        "Query": SQL,
        "StatementType": "DML",
        "WorkGroup": "forensics",
        "Status": {"State": state, "StateChangeReason": reason, "SubmissionDateTime": 1.795140720123e9},
        "Statistics": {"DataScannedInBytes": 21_500_000, "EngineExecutionTimeInMillis": 1900, "TotalExecutionTimeInMillis": 2350, "QueryQueueTimeInMillis": 40}
    }}))
}

/// A page of results. The first one begins with the columns' names, as Athena's does.
fn page(rows: &[[Option<&str>; 6]], token: Option<&str>) -> Next {
    let columns = [
        ("host_name", "varchar"),
        ("pid", "integer"),
        ("exe_deleted", "boolean"),
        ("load1", "double"),
        ("ts", "timestamp"),
        ("exe", "varchar"),
    ];
    results(columns, rows, token)
}

/// The same with columns of one's own.
fn results<const N: usize>(
    columns: [(&str, &str); N],
    rows: &[[Option<&str>; N]],
    token: Option<&str>,
) -> Next {
    let column = |(name, kind): (&str, &str)| {
        json!({"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name, "Type": kind,
               "Precision": 0, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": true})
    };
    let cell = |cell: &Option<&str>| cell.map_or(json!({}), |cell| json!({"VarCharValue": cell}));
    let row = |row: &[Option<&str>; N]| json!({"Data": row.iter().map(cell).collect::<Vec<Value>>()});
    let rows: Vec<Value> = rows.iter().map(row).collect();
    Next::Answer(json!({
        "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": columns.map(column).to_vec()}},
        "NextToken": token, "UpdateCount": 0
    }))
}

const NAMES: [Option<&str>; 6] =
    [Some("host_name"), Some("pid"), Some("exe_deleted"), Some("load1"), Some("ts"), Some("exe")];
const FIRST: [Option<&str>; 6] =
    [Some("web-017"), Some("4400"), Some("true"), Some("0.25"), Some("2026-11-20 03:11:11.123"), None];
const SECOND: [Option<&str>; 6] =
    [Some("db, \"1\""), Some("7"), Some("false"), None, None, Some("/usr/bin/x")];

fn asking(peer: &Peer, arguments: &[&str]) -> std::process::Command {
    let words = ["query", "--against", "athena", "--workgroup", "forensics", "--region", "eu-central-1"];
    let mut command = command(&[&words[..], arguments].concat());
    for variable in
        ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_ATHENA", "HTTPS_PROXY", "https_proxy"]
    {
        command.env_remove(variable);
    }
    command
        .env("AWS_ENDPOINT_URL", &peer.url)
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command
}

async fn ask(peer: &Peer, arguments: &[&str]) -> Output {
    let mut command = asking(peer, arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn operations(peer: &Peer) -> Vec<String> {
    peer.calls().into_iter().map(|(operation, _)| operation).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_started_watched_and_fetched_page_by_page() {
    let script = vec![
        started(),
        state("QUEUED", None),
        state("RUNNING", None),
        state("SUCCEEDED", None),
        page(&[NAMES, FIRST], Some("more")),
        page(&[SECOND], None),
    ];
    let peer = Peer::start(script.clone()).await;
    let output = ask(&peer, &["--database", "metrics", "--format", "csv", SQL]).await;
    assert_eq!(text(&output.stderr), "", "csv stays clean");
    assert_eq!(
        text(&output.stdout),
        "host_name,pid,exe_deleted,load1,ts,exe\n\
         web-017,4400,true,0.25,2026-11-20 03:11:11.123,\n\
         \"db, \"\"1\"\"\",7,false,,,/usr/bin/x\n"
    );
    let calls = peer.calls();
    let (operation, start) = &calls[0];
    assert_eq!(operation, "StartQueryExecution");
    assert_eq!(start["QueryString"], SQL);
    assert_eq!(start["WorkGroup"], "forensics");
    assert_eq!(start["QueryExecutionContext"]["Database"], "metrics");
    // So that a start whose answer is lost is not a second query.
    assert!(start["ClientRequestToken"].as_str().unwrap().len() >= 32);
    assert!(calls[1..].iter().all(|(_, request)| request["QueryExecutionId"] == ID));
    assert_eq!(calls[5].1["NextToken"], "more");
    assert_eq!(calls.len(), 6);

    let peer = Peer::start(script).await;
    let output = ask(&peer, &[SQL]).await;
    assert!(text(&output.stdout).ends_with("(2 rows)\n"), "{}", text(&output.stdout));
    assert_eq!(text(&output.stderr), "21.5 MB scanned in 2.35 s, $0.00011 ($5 a TB, at least 10 MB)\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_of_the_pack_goes_there_as_it_stands() {
    // It has no rows, so the program asks why.
    let heard = [("host_name", "varchar"), ("ts", "varchar"), ("sockets", "bigint"), ("is_it", "integer")];
    let heard = results(
        heard,
        &[
            heard.map(|(name, _)| Some(name)),
            [Some("o'h"), Some("2026-11-24 02:11:30.007"), Some("0"), Some("1")],
        ],
        None,
    );
    let done = || state("SUCCEEDED", None);
    let peer = Peer::start(vec![started(), done(), page(&[NAMES], None), started(), done(), heard]).await;
    let question =
        ["--named", "who-listened", "--host", "o'h", "--port", "4444", "--at", "2026-11-24T03:12+01:00"];
    let output = ask(&peer, &question).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).ends_with("(0 rows)\n"));
    let said = text(&output.stderr);
    let why = "o'h was sampled at 2026-11-24 02:11:30.007, the last time before 2026-11-24 02:12:00 UTC; sockets are not collected there\n";
    assert!(said.contains(why) && said.matches("scanned in").count() == 2, "{said}");
    let sql = peer.calls()[0].1["QueryString"].as_str().unwrap().to_owned();
    assert!(sql.starts_with("SELECT s.host_name") && sql.contains("host_name = 'o''h'"), "{sql}");
    assert!(sql.contains("ts <= TIMESTAMP '2026-11-24 02:12:00'"), "{sql}");
}

/// It must have failed in one line that holds all of `words`.
fn failed(output: &Output, words: &[&str]) {
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    for word in words {
        assert!(said.contains(word), "'{word}' in {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_athena_says_no_to_is_one_line() {
    let reason =
        "COLUMN_NOT_FOUND: line 1:8: Column 'hots' cannot be resolved\nor requester is not authorized";
    let peer = Peer::start(vec![started(), state("RUNNING", None), state("FAILED", Some(reason))]).await;
    failed(&ask(&peer, &[SQL]).await, &["line 1:8: Column 'hots' cannot be resolved or requester"]);
    assert_eq!(operations(&peer), ["StartQueryExecution", "GetQueryExecution", "GetQueryExecution"]);

    let limit = "Query exhausted the bytes scanned limit";
    let peer = Peer::start(vec![started(), state("CANCELLED", Some(limit))]).await;
    failed(&ask(&peer, &[SQL]).await, &["the query was cancelled", limit]);
    assert_eq!(operations(&peer).len(), 2, "it has ended: there is nothing to stop");

    let denied = Next::Refuse(
        400,
        "AccessDeniedException",
        "User: x is not authorized to perform: athena:StartQueryExecution",
    );
    failed(
        &ask(&Peer::start(vec![denied]).await, &[SQL]).await,
        &["did not start the query", "AccessDeniedException: User: x is"],
    );
    let unknown = Next::Refuse(400, "InvalidRequestException", "WorkGroup forensics is not found.");
    failed(&ask(&Peer::start(vec![unknown]).await, &[SQL]).await, &["WorkGroup forensics is not found."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_is_waited_out() {
    let throttled = || Next::Refuse(400, "TooManyRequestsException", "Rate exceeded");
    let unwell = || Next::Refuse(500, "InternalServerException", "try again");
    let script = vec![
        throttled(),
        started(),
        throttled(),
        unwell(),
        state("SUCCEEDED", None),
        page(&[NAMES, FIRST], None),
    ];
    let peer = Peer::start(script).await;
    let output = ask(&peer, &[SQL]).await;
    assert!(text(&output.stdout).ends_with("(1 row)\n"), "{}", text(&output.stderr));
    let calls = peer.calls();
    assert_eq!(calls.len(), 6);
    assert_eq!(calls[0].1["ClientRequestToken"], calls[1].1["ClientRequestToken"], "the same start, twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_the_wait_stops_the_query() {
    // Ctrl-C, once the program waits.
    let peer = Peer::start(vec![started(), state("RUNNING", None)]).await;
    let child = asking(&peer, &[SQL]).stderr(std::process::Stdio::piped()).spawn().unwrap();
    peer.script.over.notified().await;
    peer.script.over.notified().await;
    let interrupted = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    failed(&output, &[&format!("query {ID} was stopped: interrupted")]);
    let (last, request) = peer.calls().pop().unwrap();
    assert_eq!((last.as_str(), &request["QueryExecutionId"]), ("StopQueryExecution", &json!(ID)));

    // An answer that cannot be had.
    let refused = Next::Refuse(400, "AccessDeniedException", "no GetQueryExecution for you");
    let peer = Peer::start(vec![started(), refused]).await;
    failed(&ask(&peer, &[SQL]).await, &["was stopped", "no GetQueryExecution for you"]);
    assert_eq!(operations(&peer).last().unwrap(), "StopQueryExecution");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_must_be_named() {
    let peer = Peer::start(vec![started()]).await;
    let output = command(&["query", "--against", "athena", SQL]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--workgroup"));
    let mut nowhere = command(&["query", "--against", "athena", "--workgroup", "w", SQL]);
    for variable in ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"] {
        nowhere.env_remove(variable);
    }
    nowhere.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_CONFIG_FILE", "/dev/null");
    failed(&nowhere.output().unwrap(), &["--region", "AWS_REGION"]);
    assert!(peer.calls().is_empty());
}
