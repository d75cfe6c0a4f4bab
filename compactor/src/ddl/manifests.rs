//! The manifests as tables: each line that a commit put is a row. `manifest_days` has those of the days, `manifest_months` those
//! of whole months in one object each, since a query that lists three years of days takes seconds. The view `commits` is both.

use lake::Day;

use super::definition::{Definition, Field, Format};
use super::{MANIFEST_DAYS, MANIFEST_MONTHS, Places};
use crate::tables::{Column, Kind};

const fn column(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, about }
}

/// The members of [`lake::Manifest`], in order; a test holds them against it.
pub(super) const COLUMNS: [Column; 14] = [
    column("version", Kind::int, "the manifest's version"),
    column("commit_id", Kind::string, "the commit, DAY.N"),
    column("day", Kind::string, "the filed day, YYYY-MM-DD, UTC"),
    column("committed_at_ms", Kind::bigint, "when it was committed, milliseconds since 1970 UTC"),
    column("snapshots", Kind::bigint, "snapshots taken"),
    column("hosts", Kind::bigint, "hosts of which there are any"),
    column("rows", Kind::bigint, "rows over all tables"),
    column("raw_bytes", Kind::bigint, "bytes of the raw objects, as stored"),
    column("lake_bytes", Kind::bigint, "bytes of the Parquet files"),
    column("objects", Kind::bigint, "raw objects taken"),
    column("dropped", Kind::bigint, "equal repeats that were left out"),
    column("quarantined", Kind::bigint, "what could not be read or contradicted, copied to quarantine/"),
    column("quarantined_bytes", Kind::bigint, "its bytes"),
    column("program", Kind::string, "the program that committed it"),
];

/// Both tables.
pub(super) fn tables(places: &Places) -> [Definition; 2] {
    let folder = format!("{}/manifests/", places.lake.trim_end_matches('/'));
    let table = |name: &str, about: &str, location: String, first_day: Option<Day>| Definition {
        name: name.to_owned(),
        about: format!("{name}: {about}"),
        columns: COLUMNS.iter().map(Field::of).collect(),
        format: Format::Json,
        location,
        first_day,
    };
    [
        table(
            MANIFEST_DAYS,
            "one row a commit of the months that are not rolled up; the compactor moves its range's start",
            folder.clone(),
            Some(places.first_day),
        ),
        table(
            MANIFEST_MONTHS,
            "one row a commit of the months that are rolled up",
            format!("{folder}months/"),
            None,
        ),
    ]
}

/// The text of the view `commits`: a line that lies in both, or in two generations of a month, counts once.
pub(super) fn commits() -> String {
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    let names = names.join(", ");
    format!("SELECT {names}\nFROM {MANIFEST_MONTHS}\nUNION\nSELECT {names}\nFROM {MANIFEST_DAYS}")
}
