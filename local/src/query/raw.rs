//! A table over raw objects, read as the compactor will read them.

use std::sync::Arc;

use async_trait::async_trait;
use compactor::Buckets;
use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::{StreamExt, TryStreamExt, stream};
use lake::{Day, TableName, prefix};
use snapshot::HostId;

use super::DAY;

/// What the key of a raw object says, and a scan can therefore be pruned by.
const IN_THE_KEY: [&str; 2] = [DAY, "host_id"];

/// One table over the raw objects of the days that have no commit.
#[derive(Debug)]
pub(crate) struct RawTable {
    pub(crate) buckets: Buckets,
    pub(crate) table: TableName,
    pub(crate) schema: SchemaRef,
    pub(crate) days: Vec<Day>,
}

#[async_trait]
impl TableProvider for RawTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// The engine filters again what comes out of here: pruning only leaves out what cannot match.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let pushed = |filter: &&Expr| match prunes(filter) {
            true => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(pushed).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let host_days = prune(state, filters, self.host_days().await?)?;
        let workers = state.config().target_partitions().max(1);
        let share = host_days.len().div_ceil(workers).max(1);
        let partitions = host_days
            .chunks(share)
            .map(|share| {
                let (buckets, table, schema) = (self.buckets.clone(), self.table, self.schema.clone());
                let host_days = share.to_vec();
                Arc::new(RawPartition { buckets, table, schema, host_days }) as Arc<dyn PartitionStream>
            })
            .collect();
        let scan =
            StreamingTableExec::try_new(self.schema.clone(), partitions, projection, [], false, limit)?;
        Ok(Arc::new(scan))
    }
}

impl RawTable {
    async fn host_days(&self) -> Result<Vec<(Day, HostId)>> {
        let mut host_days = Vec::new();
        for day in &self.days {
            let hosts = self.buckets.raw.list_all_prefixes(&prefix::raw_day(*day)).await;
            let hosts = hosts.map_err(|error| DataFusionError::External(Box::new(error)))?;
            host_days.extend(
                hosts.iter().filter_map(|beginning| prefix::host_of(beginning)).map(|host| (*day, host)),
            );
        }
        Ok(host_days)
    }
}

fn prunes(filter: &Expr) -> bool {
    let columns = filter.column_refs();
    !columns.is_empty() && columns.iter().all(|column| IN_THE_KEY.contains(&column.name.as_str()))
}

/// Leaves out the host-days whose keys alone say that no row can match.
fn prune(state: &dyn Session, filters: &[Expr], host_days: Vec<(Day, HostId)>) -> Result<Vec<(Day, HostId)>> {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let schema = Arc::new(Schema::new(IN_THE_KEY.map(text).to_vec()));
    let days: ArrayRef =
        Arc::new(StringArray::from_iter_values(host_days.iter().map(|(day, _)| day.to_string())));
    let hosts: ArrayRef =
        Arc::new(StringArray::from_iter_values(host_days.iter().map(|(_, host)| host.as_str())));
    let keys = RecordBatch::try_new(schema.clone(), vec![days, hosts])?;
    let schema = DFSchema::try_from(schema)?;
    let mut keep = vec![true; host_days.len()];
    for filter in filters.iter().filter(|filter| prunes(filter)) {
        let matches = state.create_physical_expr(unqualified(filter)?, &schema)?.evaluate(&keys)?;
        let matches = matches.into_array(keys.num_rows())?;
        if let Some(matches) = matches.as_any().downcast_ref::<BooleanArray>() {
            keep.iter_mut().zip(matches).for_each(|(keep, matches)| *keep &= matches == Some(true));
        }
    }
    Ok(host_days.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(host_day, _)| host_day).collect())
}

/// The filter with bare column names, as the keys have them.
fn unqualified(filter: &Expr) -> Result<Expr> {
    use datafusion::common::tree_node::{Transformed, TreeNode};
    let bare = filter.clone().transform(|expression| {
        Ok(match expression {
            Expr::Column(column) => Transformed::yes(Expr::Column(column.name.into())),
            other => Transformed::no(other),
        })
    })?;
    Ok(bare.data)
}

/// Host-days that one worker reads, one after the other.
#[derive(Debug)]
struct RawPartition {
    buckets: Buckets,
    table: TableName,
    schema: SchemaRef,
    host_days: Vec<(Day, HostId)>,
}

impl PartitionStream for RawPartition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (buckets, table, schema) = (self.buckets.clone(), self.table, self.schema.clone());
        let rows = stream::iter(self.host_days.clone()).then(move |(day, host)| {
            let (buckets, schema) = (buckets.clone(), schema.clone());
            async move {
                let rows = compactor::raw_rows(&buckets, day, &host, table).await;
                let rows = rows.map_err(|error| DataFusionError::External(error.into()))?;
                rows.map(|rows| as_seen(&rows, day, schema)).transpose()
            }
        });
        let rows = rows.try_filter_map(|batch| async move { Ok(batch) });
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), rows))
    }
}

/// The rows in the types that SQL sees, with their day.
fn as_seen(rows: &RecordBatch, day: Day, schema: SchemaRef) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    for (column, field) in rows.columns().iter().zip(schema.fields()) {
        columns.push(cast(column, field.data_type())?);
    }
    let day = day.to_string();
    columns.push(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(day, rows.num_rows()))));
    Ok(RecordBatch::try_new(schema, columns)?)
}
