//! What an outside reader sees of every table: the types in its file, and nothing of Arrow in the footer.

use std::fmt::Write;
use std::fs::File;

use lake::TableName;
use parquet::basic::{LogicalType, TimeUnit};
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::day::full_day;
use crate::rows::files;

/// Compares with a golden file, which `UPDATE_GOLDEN=1` writes anew.
pub(crate) fn golden(name: &str, found: &str) {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == found, "{path} differs; expected:\n{expected}\nfound:\n{found}");
}

#[tokio::test]
async fn every_table_has_the_types_of_its_golden_file() {
    let fleet = full_day().await;
    let mut text = String::new();
    for table in TableName::ALL {
        let files = files(&fleet, table);
        let reader = SerializedFileReader::new(File::open(&files[0]).unwrap()).unwrap();
        let metadata = reader.metadata().file_metadata();
        writeln!(text, "{table}").unwrap();
        for column in metadata.schema_descr().columns() {
            let logical = match column.logical_type_ref() {
                None => "",
                Some(LogicalType::String) => " STRING",
                Some(LogicalType::Timestamp(kind))
                    if kind.is_adjusted_to_u_t_c && kind.unit == TimeUnit::MILLIS =>
                {
                    " TIMESTAMP(MILLIS, UTC)"
                }
                Some(other) => panic!("{table}.{} is {other:?}", column.name()),
            };
            let optional = if column.self_type().is_optional() { "" } else { " required" };
            writeln!(text, "  {} {}{logical}{optional}", column.name(), column.physical_type()).unwrap();
        }
        let entries: Vec<_> =
            metadata.key_value_metadata().into_iter().flatten().map(|entry| entry.key.as_str()).collect();
        assert_eq!(
            entries,
            [compactor::DIGEST_ENTRY, compactor::KEY_ENTRY, compactor::CONTENT_ENTRY],
            "{table}"
        );
    }
    golden("schemas.txt", &text);
}
