"""Every table of a lake, read by DuckDB and by pyarrow, against what our own engine reads. Called by .ci/readers."""

import datetime
import json
import os
import subprocess
import sys
from collections import Counter

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

program, data = sys.argv[1:]
lake = os.path.join(data, "lake-bucket", "lake")

# What our own engine calls a type: what the others must find in the file.
TYPES = {
    "Utf8": (pa.string(), "VARCHAR"),
    "Int32": (pa.int32(), "INTEGER"),
    "Int64": (pa.int64(), "BIGINT"),
    "Float64": (pa.float64(), "DOUBLE"),
    "Boolean": (pa.bool_(), "BOOLEAN"),
    # Marked as UTC in the file: an instant, whatever the reader's zone is.
    "Timestamp(ms)": (pa.timestamp("ms", tz="UTC"), "TIMESTAMP WITH TIME ZONE"),
}


def ask(sql):
    command = [program, "query", "--data", data, "--format", "json", sql]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def older(table):
    """Writes the first day's file again under the day before, without its last column: as a program wrote it that did not
    know the column yet."""
    folder = os.path.join(lake, table)
    day = os.path.join(folder, "dt=2026-11-20")
    rows = pq.ParquetFile(os.path.join(day, os.listdir(day)[0])).read()
    os.makedirs(os.path.join(folder, "dt=2026-11-19"))
    missing = rows.schema.names[-1]
    pq.write_table(rows.drop_columns([missing]), os.path.join(folder, "dt=2026-11-19", "old.parquet"), compression="zstd")
    return missing


def plain(value):
    """A value as our json has it."""
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.timezone.utc)
        text = value.strftime("%Y-%m-%dT%H:%M:%S")
        return text + (f".{value.microsecond // 1000:03}" if value.microsecond else "")
    return value


def counted(rows):
    """Rows in no order, each as often as it is there; NULLs are left out, as in our json."""
    return Counter(json.dumps({k: plain(v) for k, v in row.items() if v is not None}, sort_keys=True) for row in rows)


def compare(table, reader, found, expected):
    if found == expected:
        return
    for name, rows in [("only there", found - expected), ("only here", expected - found)]:
        print(f"{reader}, {table}, {name}: {sum(rows.values())} rows, such as", *list(rows)[:2], sep="\n  ", file=sys.stderr)
    sys.exit(f".ci/readers: {reader} reads other rows of {table} than we do")


columns = {}
for row in ask("SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_name LIKE 'lake_%'"):
    columns.setdefault(row["table_name"], []).append((row["column_name"], row["data_type"]))
assert len(columns) == 11, columns.keys()

base = duckdb.connect()
base.execute("SET TimeZone = 'America/St_Johns'")
total = 0
for view, typed in sorted(columns.items()):
    table = view.removeprefix("lake_")
    missing = older(table)
    expected = counted(ask(f"SELECT * FROM {view}"))
    assert expected, f"{table} has no rows"
    names = [name for name, _ in typed]
    assert names[-2:] == [missing, "dt"], names

    wanted = pa.schema([(name, TYPES[kind][0]) for name, kind in typed])
    files = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(lake, table)) for name in names]
    for file in files:
        inner = pq.read_schema(file)
        known = pa.schema([field for field in wanted if field.name in inner.names])
        assert inner.remove_metadata().equals(known), f"pyarrow, {file}: {inner}, expected {known}"
    partition = ds.partitioning(pa.schema([("dt", pa.string())]), flavor="hive")
    found = ds.dataset(os.path.join(lake, table), schema=wanted, partitioning=partition, format="parquet").to_table()
    compare(table, "pyarrow", counted(found.to_pylist()), expected)

    source = f"read_parquet('{lake}/{table}/*/*.parquet', hive_partitioning = true, hive_types = {{'dt': 'VARCHAR'}}, union_by_name = true)"
    described = {name: kind for name, kind, *_ in base.sql(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    assert described == {name: TYPES[kind][1] for name, kind in typed}, f"DuckDB, {table}: {described}"
    rows = base.sql(f"SELECT * FROM {source}")
    found = counted(dict(zip(rows.columns, row)) for row in rows.fetchall())
    compare(table, "DuckDB", found, expected)

    # The instants as SQL has them, by a condition that a shift of an hour would not hold.
    moments = [name for name, kind in typed if kind.startswith("Timestamp")]
    if moments:
        name = moments[0]
        here = ask(f"SELECT count(*) AS n FROM {view} WHERE {name} < TIMESTAMP '2026-11-20 09:30:00'")[0]["n"]
        there = base.sql(f"SELECT count(*) FROM {source} WHERE {name} < TIMESTAMPTZ '2026-11-20 09:30:00+00'").fetchall()[0][0]
        assert here == there, f"{table}: {here} rows before 09:30 UTC here, {there} in DuckDB"
    total += sum(expected.values())
    print(f"{table}: {sum(expected.values())} rows, {len(typed)} columns, the same three times")
print(f"{total} rows of {len(columns)} tables: DuckDB {duckdb.__version__} and pyarrow {pa.__version__} read what we read")
