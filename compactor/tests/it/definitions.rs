//! The tables as Athena is told of them, against what they describe.

use compactor::{Places, Shape, definitions, raw_columns};
use serde_json::{Value, json};
use snapshot::Snapshot;

/// A snapshot with every member, ingest's four in front: the crate `snapshot` fixes it byte by byte.
fn full() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../snapshot/tests/golden/full.json");
    let added = r#"{"received_at_ms":1795140721000,"source_ip":"203.0.113.7","principal":"k3y","clock_offset_ms":-5,"#;
    let line = std::fs::read_to_string(path).unwrap().replacen('{', added, 1);
    serde_json::from_str(&line).unwrap()
}

fn refused(line: &Value) -> bool {
    serde_json::from_str::<Snapshot<'_>>(&line.to_string()).is_err()
}

/// Calls `check` with every single value of the declaration, by its JSON pointer in [`full`].
fn each(shape: Shape, pointer: &str, line: &Value, check: &mut dyn FnMut(Shape, &str)) {
    match shape {
        Shape::array(of) => each(*of, &format!("{pointer}/0"), line, check),
        Shape::record(members) => {
            let found: Vec<&String> = line.pointer(pointer).unwrap().as_object().unwrap().keys().collect();
            let mut declared: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
            declared.sort_unstable();
            assert_eq!(found, declared, "members of {pointer}");
            for (name, shape) in members {
                each(*shape, &format!("{pointer}/{name}"), line, check);
            }
        }
        one => check(one, pointer),
    }
}

#[test]
fn raw_has_every_member_of_the_contract_in_its_type() {
    let line = full();
    assert!(!refused(&line));
    let mut values = 0;
    each(Shape::record(raw_columns()), "", &line, &mut |shape, pointer| {
        values += 1;
        // What no column of this type can hold, ingest must not let in; a value of the type is there already.
        let found = line.pointer(pointer).unwrap();
        let (of_the_type, too_much) = match shape {
            Shape::string => (found.is_string(), json!(1_795_140_000)),
            Shape::int => (found.is_i64(), json!(i64::from(i32::MAX) + 1)),
            Shape::bigint => (found.is_i64(), json!(1_u64 << 63)),
            Shape::double => (found.is_f64(), json!("0.5")),
            Shape::boolean => (found.is_boolean(), json!("true")),
            Shape::array(_) | Shape::record(_) => panic!("{pointer} is no single value"),
        };
        if pointer == "/users/0/started" {
            assert!(found.is_f64(), "text, so that it holds the original program's numbers and texts");
            return;
        }
        assert!(of_the_type, "{pointer} is {found}, declared {}", shape.athena());
        let mut line = line.clone();
        *line.pointer_mut(pointer).unwrap() = too_much;
        assert!(refused(&line), "{pointer} takes more than {} holds", shape.athena());
    });
    assert!(values > 140, "{values}");
}

#[test]
fn what_glue_takes_is_within_its_limits_and_says_what_the_statement_says() {
    let places = Places {
        lake: "s3://the-lake".to_owned(),
        raw: "s3://the-raw/".to_owned(),
        first_day: "2026-03-01".parse().unwrap(),
    };
    for definition in definitions(&places) {
        let (sql, input) = (definition.sql(), definition.table_input());
        let storage = &input["StorageDescriptor"];
        let columns = storage["Columns"].as_array().unwrap();
        for column in columns.iter().chain(input["PartitionKeys"].as_array().unwrap()) {
            let (name, kind) = (column["Name"].as_str().unwrap(), column["Type"].as_str().unwrap());
            assert!(sql.contains(&format!("`{name}` {kind}")), "{name} {kind} in {sql}");
            assert_eq!(name, name.to_lowercase());
            assert!(
                column["Comment"].as_str().is_none_or(|about| about.len() <= 255),
                "{name} says too much"
            );
        }
        assert!(sql.contains(&format!("LOCATION '{}'", storage["Location"].as_str().unwrap())), "{sql}");
        for (name, value) in input["Parameters"].as_object().unwrap() {
            let property = format!("'{name}' = '{}'", value.as_str().unwrap());
            assert!(name == "EXTERNAL" || sql.contains(&property), "{property} in {sql}");
        }
        assert_eq!(input["Parameters"]["projection.dt.range"], "2026-03-01,NOW+1DAYS");
        let reader = storage["SerdeInfo"]["SerializationLibrary"].as_str().unwrap();
        assert!(sql.contains("STORED AS PARQUET") || sql.contains(&format!("ROW FORMAT SERDE '{reader}'")));
    }
    let raw = definitions(&places).pop().unwrap().table_input();
    assert_eq!(raw["Name"], "raw");
    assert_eq!(raw["Parameters"]["storage.location.template"], "s3://the-raw/raw/dt=${dt}/");
    assert_eq!(raw["StorageDescriptor"]["SerdeInfo"]["Parameters"]["ignore.malformed.json"], "true");
}
