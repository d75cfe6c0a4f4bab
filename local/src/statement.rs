//! `query` and `ddl`.

use std::io::{BufWriter, Write};
use std::path::Path;

use compactor::Places;
use lake::Day;

use crate::query::{Engine, Format, print};
use crate::{Folder, screen};

/// Runs one statement and writes its rows.
pub(crate) async fn run(data: &Path, sql: &str, format: Format) -> anyhow::Result<()> {
    let folder = Folder::existing(data)?;
    let rows = Engine::open(&folder).await?.run(sql).await?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let written = print(&mut out, &rows, format).and_then(|()| Ok(out.flush()?));
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

/// Writes every table's definition for Athena.
pub(crate) fn ddl(lake: String, raw: String, first_day: Day) -> anyhow::Result<()> {
    for bucket in [&lake, &raw] {
        anyhow::ensure!(bucket.starts_with("s3://"), "bucket '{bucket}', expected s3://BUCKET");
    }
    for definition in compactor::definitions(&Places { lake, raw, first_day }) {
        screen::line(definition.sql());
    }
    Ok(())
}
