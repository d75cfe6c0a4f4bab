//! SQL over raw and lake together, by DataFusion inside this process: the part that Athena plays on AWS.
//!
//! A view takes a lake row exactly when its commit's manifest is there, and a raw row exactly when its day has none. Athena's
//! views wait 15 minutes after a commit, because a query there reads the manifests more than once; here they
//! are read once, when the query begins, so both branches decide by the same list and need not wait.

mod counted;
mod errors;
mod output;
mod raw;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use compactor::{Buckets, Table};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use lake::{Day, TableName, prefix};

use counted::Counted;
pub(crate) use errors::near;
pub use output::{Format, print};
use raw::RawTable;

/// The partition column: the day under which a batch was filed.
pub(crate) const DAY: &str = "dt";

/// An engine over one data folder, with what was committed when it was opened.
pub struct Engine {
    context: SessionContext,
    /// Bytes of raw objects read so far.
    raw_bytes: Arc<AtomicU64>,
}

/// Rows, and what they cost.
#[derive(Debug)]
pub struct Answer {
    /// The rows; without any, one empty batch that knows the columns.
    pub rows: Vec<RecordBatch>,
    /// Bytes read from where they lie, compressed: columns of Parquet files, whole raw objects.
    pub read_bytes: u64,
    /// From the statement's text to the last row.
    pub took: Duration,
}

impl Engine {
    /// Opens the engine and reads which commits there are.
    pub async fn open(folder: &crate::Folder) -> anyhow::Result<Self> {
        let raw_bytes = Arc::new(AtomicU64::new(0));
        let raw = Arc::new(Counted::new(folder.buckets.raw.clone(), raw_bytes.clone()));
        let buckets = &Buckets { raw, ..folder.buckets.clone() };
        let (committed, open) = days(buckets).await?;
        let mut config = SessionConfig::new().with_information_schema(true);
        // An error then knows its line and column.
        config.options_mut().sql_parser.collect_spans = true;
        let context = SessionContext::new_with_config(config);
        for name in TableName::ALL {
            let schema = with_day(&Table::of(name).schema());
            // A table that no host has rows of yet has no folder.
            let lake_table: Arc<dyn TableProvider> = match folder.lake_path(name) {
                path if !committed.is_empty() && path.is_dir() => lake_table(&path, name)?,
                _ => Arc::new(EmptyTable::new(schema.clone())),
            };
            context.register_table(format!("lake_{name}"), lake_table)?;
            let raw = RawTable { buckets: buckets.clone(), table: name, schema, days: open.clone() };
            context.register_table(format!("raw_{name}"), Arc::new(raw))?;
            context
                .sql(&view(name, &committed))
                .await
                .with_context(|| format!("cannot make the view {name}"))?;
        }
        Ok(Self { context, raw_bytes })
    }

    /// Runs one statement that reads. Anything that would write is refused.
    pub async fn run(&self, sql: &str) -> anyhow::Result<Vec<RecordBatch>> {
        Ok(self.ask(sql).await?.rows)
    }

    /// The same, with what it cost.
    pub async fn ask(&self, sql: &str) -> anyhow::Result<Answer> {
        errors::refuse_writing(sql)?;
        let (began, raw_before) = (Instant::now(), self.raw_bytes.load(Ordering::Relaxed));
        let options =
            SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let answer = async {
            let frame = self.context.sql_with_options(sql, options).await?;
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let context = Arc::new(frame.task_ctx());
            let plan = frame.create_physical_plan().await?;
            let mut rows = collect(plan.clone(), context).await?;
            if rows.is_empty() {
                rows.push(RecordBatch::new_empty(schema));
            }
            Ok((rows, scanned_bytes(plan.as_ref())))
        };
        let (rows, scanned) = answer.await.map_err(|error| errors::explain(&error, sql))?;
        let raw = self.raw_bytes.load(Ordering::Relaxed) - raw_before;
        Ok(Answer { rows, read_bytes: scanned + raw, took: began.elapsed() })
    }
}

/// What the scans of a plan that has run read from Parquet files.
fn scanned_bytes(plan: &dyn ExecutionPlan) -> u64 {
    let own = plan.metrics().and_then(|metrics| metrics.sum_by_name("bytes_scanned"));
    let own = own.map_or(0, |bytes| bytes.as_usize() as u64);
    own + plan.children().iter().map(|child| scanned_bytes(child.as_ref())).sum::<u64>()
}

/// The commits that count, and the days that have none.
async fn days(buckets: &Buckets) -> anyhow::Result<(Vec<String>, Vec<Day>)> {
    let mut commits = Vec::new();
    let mut closed = Vec::new();
    for beginning in buckets.lake.list_all_prefixes(prefix::MANIFEST_DAYS).await? {
        let Some(day) = prefix::day_of(&beginning) else { continue };
        let manifests = compactor::manifests(buckets.lake.as_ref(), day).await?;
        commits.extend(manifests.iter().map(|manifest| manifest.commit_id.to_string()));
        closed.push(day);
    }
    let raw = buckets.raw.list_all_prefixes(prefix::RAW_DAYS).await?;
    let open =
        raw.iter().filter_map(|beginning| prefix::day_of(beginning)).filter(|day| !closed.contains(day));
    Ok((commits, open.collect()))
}

fn with_day(schema: &Schema) -> SchemaRef {
    let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(DAY, DataType::Utf8, false)));
    Arc::new(Schema::new(fields))
}

/// The files of a table, with the day from their path.
fn lake_table(path: &Path, name: TableName) -> anyhow::Result<Arc<dyn TableProvider>> {
    let url = reqwest::Url::from_directory_path(path)
        .map_err(|()| anyhow::anyhow!("'{}' cannot be written as a URL", path.display()))?;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default()))
        .with_file_extension(".parquet")
        .with_table_partition_cols(vec![(DAY.to_owned(), DataType::Utf8)]);
    let config = ListingTableConfig::new(ListingTableUrl::try_new(url, None)?)
        .with_listing_options(options)
        .with_schema(Table::of(name).schema());
    Ok(Arc::new(ListingTable::try_new(config)?))
}

/// Lake rows of commits that count, those of a day's commits added up, and raw rows of days that have no commit.
fn view(name: TableName, commits: &[String]) -> String {
    let table = Table::of(name);
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).chain([DAY]).collect();
    let columns = columns.join(", ");
    if commits.is_empty() {
        return format!("CREATE VIEW {name} AS SELECT {columns} FROM raw_{name}");
    }
    // The ids are our own spelling, DAY.N: nothing in them can end the text.
    let committed = format!("lake_{name} WHERE commit_id IN ('{}')", commits.join("', '"));
    let first = |column: &str| format!("first_value({column} ORDER BY first_seen)");
    let lake = match compactor::added_up(table, &committed, first) {
        Some(sum) => format!("({sum})"),
        None => committed,
    };
    format!("CREATE VIEW {name} AS SELECT {columns} FROM {lake} UNION ALL SELECT {columns} FROM raw_{name}")
}
