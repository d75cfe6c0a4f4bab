//! Which programs are new where digests are not there from the beginning.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::prelude::SessionContext;

use super::embedded::asked;

/// The paths that are new on 2026-11-20, of `(day, digest, path)`, in the question's own order.
async fn new(programs: &[(&str, &str, &str)]) -> Vec<String> {
    let context = SessionContext::new();
    let row = |(dt, digest, exe): &(&str, &str, &str)| {
        format!(
            "('i-1', 'web-1', 'root', nullif('{digest}', ''), '{exe}', TIMESTAMP '{dt} 03:00:00', 1, '{dt}')"
        )
    };
    let table = format!(
        "CREATE TABLE programs AS SELECT column1 AS host_id, column2 AS host_name, column3 AS user_name, \
         column4 AS exe_sha256, column5 AS exe, column6 AS first_seen, column7 AS runs, column8 AS dt FROM (VALUES {})",
        programs.iter().map(row).collect::<Vec<_>>().join(", ")
    );
    context.sql(&table).await.unwrap();
    let sql = asked("new-programs", &[("day", "2026-11-20")]);
    let found = context.sql(&sql).await.unwrap().collect().await.unwrap();
    let mut paths = Vec::new();
    for batch in &found {
        let column = cast(batch.column_by_name("exe").unwrap(), &DataType::Utf8).unwrap();
        let column = column.as_string::<i32>();
        paths.extend((0..column.len()).map(|row| column.value(row).to_owned()));
    }
    paths
}

#[tokio::test]
async fn digests_that_begin_make_nothing_new() {
    let (before, day) = ("2026-11-19", "2026-11-20");
    let nothing: [String; 0] = [];
    assert_eq!(new(&[(before, "", "/bin/a"), (day, "d1", "/bin/a")]).await, nothing);
    // And digests that end.
    assert_eq!(new(&[(before, "d1", "/bin/a"), (day, "", "/bin/a")]).await, nothing);
    // What is known by its digest is known at another path.
    assert_eq!(new(&[(before, "d1", "/bin/a"), (day, "d1", "/tmp/a")]).await, nothing);
    // Another file at a known path, where digests were there, and a path that nobody had.
    let replaced =
        [(before, "d1", "/bin/a"), (day, "d2", "/bin/a"), (day, "d3", "/bin/b"), (day, "", "/bin/c")];
    assert_eq!(new(&replaced).await, ["/bin/a", "/bin/b", "/bin/c"]);
}
