//! Every row of every table against raw: whatever is changed in a file, in a value or as a whole, is found and named.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use compactor::{Deep, deep};
use lake::{CommitId, Key, TableName};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::fleet::{CLOSED_MS, Fleet, HOUR_MS, batch, day};
use crate::rows::scan;

/// A day of everything: repeats, what cannot be read, a late commit, a batch filed again.
async fn fleet() -> Fleet {
    let fleet = Fleet::new();
    fleet.put(day().back(14), &batch("web-1", 9, 0..2)).await;
    fleet.put(day(), &batch("web-1", 1, 0..5)).await;
    fleet.put(day(), &batch("web-1", 1, 3..8)).await;
    fleet.put(day(), &batch("web-2", 1, 0..3)).await;
    fleet.put_refiled(day(), &[day().back(14)], &batch("web-1", 9, 0..4)).await;
    let mut bad = batch("web-2", 1, 5..8);
    bad[1]["version"] = 99.into();
    fleet.put(day(), &bad).await;
    fleet.compact_well(CLOSED_MS).await;
    fleet.put(day(), &batch("web-2", 1, 2..5)).await;
    fleet.compact_day(CLOSED_MS + HOUR_MS).await.unwrap().unwrap();
    fleet
}

async fn compared(fleet: &Fleet) -> Deep {
    deep(&fleet.buckets(), day(), &()).await.unwrap()
}

fn place(fleet: &Fleet, table: TableName) -> PathBuf {
    fleet.lake().path(&Key::Table(table, CommitId { day: day(), number: 0 }, 0).to_string())
}

/// Writes a file anew, its rows changed.
fn rewrite(path: &Path, change: impl Fn(RecordBatch) -> RecordBatch) {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(|batch| change(batch.unwrap())).collect();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batches[0].schema(), None).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.close().unwrap();
}

/// The batch with another column in this one's place.
fn with(batch: &RecordBatch, name: &str, column: ArrayRef) -> RecordBatch {
    let at = batch.schema().index_of(name).unwrap();
    let mut columns = batch.columns().to_vec();
    columns[at] = column;
    RecordBatch::try_new(batch.schema(), columns).unwrap()
}

async fn found(change: impl Fn(&Path), table: TableName) -> Vec<String> {
    let fleet = fleet().await;
    change(&place(&fleet, table));
    compared(&fleet).await.findings.into_iter().map(|finding| finding.what).collect()
}

#[tokio::test]
async fn a_sound_day_is_equal_to_the_last_value() {
    let fleet = fleet().await;
    let deep = compared(&fleet).await;
    let in_day =
        |table| scan(&fleet, table).iter().filter(|row| row["commit_id"].starts_with("2026-11-20")).count();
    let rows: usize = TableName::ALL.into_iter().map(in_day).sum();
    assert!(rows > 50);
    assert_eq!((deep.rows, deep.findings, deep.not_compared), (rows as u64, vec![], vec![]));
}

#[tokio::test]
async fn one_value_is_found_with_table_host_and_row() {
    let path = "lake/process_runs/dt=2026-11-20/2026-11-20.0-00000.parquet";
    let one_more = |path: &Path| {
        rewrite(path, |batch| {
            let column: &Int64Array = batch.column_by_name("cpu_ms").unwrap().as_primitive::<Int64Type>();
            let change = |(row, value): (usize, Option<i64>)| value.map(|value| value + i64::from(row == 2));
            with(&batch, "cpu_ms", Arc::new(column.iter().enumerate().map(change).collect::<Int64Array>()))
        });
    };
    let said = found(one_more, TableName::ProcessRuns).await;
    let row = "process_runs: row 3 of host web-2 has cpu_ms = 8, raw gives 7";
    assert_eq!(said, [format!("{row} ({path})")]);

    let nothing = |path: &Path| {
        rewrite(path, |batch| {
            let names = batch.column_by_name("exe").unwrap().as_string::<i32>();
            let change = |(row, name): (usize, Option<&str>)| name.filter(|_| row != 0).map(str::to_owned);
            with(&batch, "exe", Arc::new(names.iter().enumerate().map(change).collect::<StringArray>()))
        });
    };
    let said = found(nothing, TableName::ProcessRuns).await;
    assert!(said[0].contains("row 1 of host web-1 has exe = NULL, raw gives /usr"), "{said:?}");
}

#[tokio::test]
async fn rows_that_are_missing_or_too_many_are_found() {
    let shorter = |path: &Path| rewrite(path, |batch| batch.slice(0, batch.num_rows() - 2));
    let said = found(shorter, TableName::Hosts).await;
    assert_eq!(
        (said.len(), said[0].starts_with("hosts: 2 rows are missing in the file (")),
        (1, true),
        "{said:?}"
    );

    let longer = |path: &Path| {
        rewrite(path, |batch| {
            arrow::compute::concat_batches(&batch.schema(), [&batch, &batch.slice(0, 1)]).unwrap()
        });
    };
    let said = found(longer, TableName::Hosts).await;
    assert!(said[0].starts_with("hosts: 1 rows are only in the file ("), "{said:?}");
    // Two that changed places differ each.
    let swapped = |path: &Path| {
        rewrite(path, |batch| {
            let order = arrow::array::UInt32Array::from_iter_values((0..batch.num_rows() as u32).map(
                |row| match row {
                    0 => 1,
                    1 => 0,
                    row => row,
                },
            ));
            arrow::compute::take_record_batch(&batch, &order).unwrap()
        });
    };
    assert_eq!(found(swapped, TableName::Hosts).await.len(), 2);
}

#[tokio::test]
async fn many_differences_are_counted_and_five_of_them_told() {
    let all = |path: &Path| {
        rewrite(path, |batch| {
            let gone = StringArray::from(vec![None::<&str>; batch.num_rows()]);
            with(&batch, "host_name", Arc::new(gone))
        });
    };
    let said = found(all, TableName::Processes).await;
    assert_eq!(said.len(), 6);
    assert!(said[5].starts_with("processes: ") && said[5].contains(" rows more differ ("), "{said:?}");
}

#[tokio::test]
async fn a_damaged_or_missing_file_is_a_finding() {
    let garbage = |path: &Path| std::fs::write(path, b"no parquet at all").unwrap();
    let said = found(garbage, TableName::Hosts).await;
    assert!(said[0].starts_with("hosts: cannot be read: "), "{said:?}");
    // A page, and not the footer.
    let page = |path: &Path| {
        let mut bytes = std::fs::read(path).unwrap();
        bytes[4..200].fill(0xff);
        std::fs::write(path, bytes).unwrap();
    };
    let said = found(page, TableName::Hosts).await;
    assert!(said[0].starts_with("hosts: cannot be read after row 0: "), "{said:?}");
    let gone = |path: &Path| std::fs::remove_file(path).unwrap();
    let said = found(gone, TableName::Hosts).await;
    assert_eq!(said, ["lake/hosts/dt=2026-11-20/2026-11-20.0-00000.parquet is not there"]);
}

/// A file of an older program lacks columns that joined at the end: they read as NULL, and that is said.
#[tokio::test]
async fn columns_that_a_file_lacks_are_told_and_no_difference() {
    let fleet = fleet().await;
    let older = |batch: RecordBatch| {
        let columns = batch.num_columns() - 2;
        batch.project(&(0..columns).collect::<Vec<_>>()).unwrap()
    };
    rewrite(&place(&fleet, TableName::Hosts), older);
    let deep = compared(&fleet).await;
    assert_eq!((deep.findings, deep.not_compared.len()), (vec![], 1));
    let said = &deep.not_compared[0];
    assert!(said.contains("without unreadable, collect_off, which read as NULL"), "{said}");

    let newer = |batch: RecordBatch| {
        let mut fields: Vec<_> = batch.schema().fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new("from_tomorrow", DataType::Int64, true)));
        let mut columns = batch.columns().to_vec();
        columns.push(Arc::new(Int64Array::from(vec![7; batch.num_rows()])));
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    };
    rewrite(&place(&fleet, TableName::Processes), newer);
    let deep = compared(&fleet).await;
    assert_eq!((deep.findings, deep.not_compared.len()), (vec![], 2));
    assert!(deep.not_compared[1].contains("from_tomorrow"), "{:?}", deep.not_compared);
}

#[tokio::test]
async fn raw_that_has_expired_is_told() {
    let fleet = fleet().await;
    std::fs::remove_dir_all(fleet.raw().path("raw/dt=2026-11-20/host=web-2")).unwrap();
    let deep = compared(&fleet).await;
    assert_eq!((deep.files, deep.findings), (0, vec![]));
    assert_eq!(
        deep.not_compared,
        [
            "shard 0 of 2026-11-20.0: 2 of its 5 raw objects have expired",
            "shard 0 of 2026-11-20.1: 1 of its 1 raw objects have expired"
        ]
    );
}

/// Somebody put another object in a raw one's place.
#[tokio::test]
async fn raw_that_was_exchanged_is_found() {
    let fleet = fleet().await;
    let keys = fleet.buckets().raw.list_all("raw/dt=2026-11-20/host=web-2/").await.unwrap();
    let mut other = batch("web-2", 1, 0..3);
    other[1]["forks"] = 7.into();
    let text: String = other.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(fleet.raw().path(&keys[0].key), zstd::encode_all(text.as_bytes(), 3).unwrap()).unwrap();
    let said: Vec<String> = compared(&fleet).await.findings.into_iter().map(|finding| finding.what).collect();
    assert!(said.iter().any(|what| what.contains("when it was listed")), "{said:?}");
    assert!(said.iter().any(|what| what.contains("of host web-2 has forks = NULL, raw gives 7")), "{said:?}");
}

/// A file that no commit reported doubles rows in a plain scan.
#[tokio::test]
async fn a_stranger_among_the_files_is_found() {
    let fleet = fleet().await;
    let stranger = "lake/hosts/dt=2026-11-20/2026-11-20.0-00001.parquet";
    std::fs::copy(place(&fleet, TableName::Hosts), fleet.lake().path(stranger)).unwrap();
    let verified = compactor::verify(&fleet.buckets(), day()).await.unwrap();
    assert_eq!(verified.findings.len(), 1);
    assert!(verified.findings[0].what.starts_with(stranger), "{:?}", verified.findings);
}
