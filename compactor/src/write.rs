//! A shard's Parquet files, written in temporary space.
//!
//! Everything in a file follows from the shard's keys and this program: no time, no path, no chance. So a run
//! that was killed is followed by one that writes the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use arrow::array::RecordBatch;
use lake::{CommitId, Digest, Key, TableName};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::content::{BLANK, CONTENT_ENTRY, Hashed};
use crate::record::Output;
use crate::tables::{Table, file_schema};

/// The footer's entry that holds the digest over the identities in a file.
pub const DIGEST_ENTRY: &str = "endpoint-metrics.digest";

/// The footer's entry that holds the key under which a file belongs: files of one shard hold the same identities, and
/// only this tells one that lies in another's place.
pub const KEY_ENTRY: &str = "endpoint-metrics.key";

/// Rows in a row group: a few hosts' day of processes, and of other tables all that a hundred hosts and more have. Engines
/// skip what a group's bounds and page index rule out.
///
/// Chosen by what Trino reads (`.ci/bytes 100`: a day of 100 hosts in a file). Pages of 500 to 1,500 rows, so that a page is
/// one host's, and bloom filters on digests and peers were tried: a question about one host then read 10 to 17 % more and one
/// about the fleet up to 50 % more, since what lies within 1 MB is read in one go and a file below 3 MB is read whole.
pub(crate) const ROW_GROUP_ROWS: usize = 256 * 1024;

/// The files of one shard, in the making.
pub(crate) struct Files {
    folder: PathBuf,
    writers: BTreeMap<TableName, Writing>,
}

struct Writing {
    writer: ArrowWriter<Hashed>,
    rows: u64,
}

/// A file that is whole.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) path: PathBuf,
    pub(crate) output: Output,
}

impl Files {
    /// No files yet; they will lie in `folder`.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), writers: BTreeMap::new() }
    }

    /// Adds rows to a table's file.
    pub(crate) fn add(&mut self, name: TableName, batch: &RecordBatch) -> anyhow::Result<()> {
        let folder = &self.folder;
        let failed = || format!("cannot write to {}", path(folder, name).display());
        let writing = match self.writers.entry(name) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => entry.insert(open(folder, name)?),
        };
        writing.writer.write(batch).with_context(failed)?;
        writing.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Ends every file with the digest and its key, one of `shard` of `commit`, in its footer, and seals it.
    pub(crate) fn finish(
        self,
        commit: CommitId,
        shard: u32,
        digest: Digest,
    ) -> anyhow::Result<BTreeMap<TableName, Written>> {
        let mut written = BTreeMap::new();
        for (name, Writing { mut writer, rows }) in self.writers {
            let key = Key::Table(name, commit, shard);
            writer.append_key_value_metadata(KeyValue::new(DIGEST_ENTRY.to_owned(), digest.to_string()));
            writer.append_key_value_metadata(KeyValue::new(KEY_ENTRY.to_owned(), key.to_string()));
            writer.append_key_value_metadata(KeyValue::new(CONTENT_ENTRY.to_owned(), BLANK.to_owned()));
            let path = path(&self.folder, name);
            let failed = || format!("cannot finish {}", path.display());
            writer.into_inner().with_context(failed)?.seal().with_context(failed)?;
            let bytes =
                std::fs::metadata(&path).with_context(|| format!("cannot look at {}", path.display()))?.len();
            written.insert(name, Written { path, output: Output { rows, bytes } });
        }
        Ok(written)
    }
}

fn path(folder: &Path, name: TableName) -> PathBuf {
    folder.join(format!("{name}.parquet"))
}

fn open(folder: &Path, name: TableName) -> anyhow::Result<Writing> {
    let properties = WriterProperties::builder()
        .set_created_by(format!("endpoint-metrics {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build();
    let path = path(folder, name);
    let file = Hashed::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
    // Without the Arrow schema in the footer every reader sees plain Parquet: the dictionaries are ours.
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let writer = ArrowWriter::try_new_with_options(file, file_schema(Table::of(name)), options)?;
    Ok(Writing { writer, rows: 0 })
}
