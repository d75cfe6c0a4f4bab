//! `ddl`.

use std::path::Path;

use anyhow::Context;
use compactor::Places;
use lake::Day;

use crate::screen;

/// Writes every table's and view's definition for Athena: to the screen, or as files that a test compares and a stack takes.
pub(crate) fn run(lake: String, raw: String, first_day: Day, out: Option<&Path>) -> anyhow::Result<()> {
    for bucket in [&lake, &raw] {
        anyhow::ensure!(bucket.starts_with("s3://"), "bucket '{bucket}', expected s3://BUCKET");
    }
    let places = Places { lake, raw, first_day };
    let Some(folder) = out else {
        for (_, sql) in compactor::statements(&places) {
            screen::line(sql);
        }
        return Ok(());
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make '{}'", folder.display()))?;
    let files = compactor::files(&places)?;
    for (name, text) in &files {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write '{}'", path.display()))?;
    }
    screen::line(format_args!("{} files in {}", files.len(), folder.display()));
    Ok(())
}
