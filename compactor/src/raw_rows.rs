//! Rows of what is still raw: what the next commit will make of it, for a query that does not wait.

use std::collections::HashSet;

use arrow::array::RecordBatch;
use lake::{Day, Key, StoreError, TableName, prefix};
use snapshot::HostId;

use crate::{Buckets, HostDay, read};

/// The rows of one table that the raw objects of one host and day hold now. What cannot be read is left out here and
/// will be quarantined by the commit; a repeated number counts once.
pub async fn raw_rows(
    buckets: &Buckets,
    day: Day,
    host: &HostId,
    table: TableName,
) -> anyhow::Result<Option<RecordBatch>> {
    let mut rows = HostDay::new(host, day, None, &[table]);
    let mut taken = HashSet::new();
    for found in buckets.raw.list_all(&prefix::raw_host(day, host)).await? {
        let Ok(Key::Raw(key)) = found.key.parse() else { continue };
        let object = match buckets.raw.get(&found.key).await {
            Ok(object) => object,
            // Raw expires once its day is committed; a query may have begun before.
            Err(StoreError::NotFound(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        let Ok(text) = read::text(&object) else { continue };
        for (_, line) in read::lines(&text) {
            if let Ok(snapshot) = read::snapshot(line, &key)
                && taken.insert((snapshot.stream, snapshot.seq))
            {
                rows.take(&snapshot)?;
            }
        }
    }
    Ok(rows.finish()?.into_iter().next().map(|(_, batch)| batch))
}
