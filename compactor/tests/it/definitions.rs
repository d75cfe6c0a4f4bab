//! The tables as Athena is told of them, against what they describe.

use std::collections::BTreeMap;
use std::path::Path;

use compactor::{Places, Shape, definitions, files, raw_columns, template, views};
use lake::Manifest;
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

fn places() -> Places {
    Places {
        lake: "s3://the-lake".to_owned(),
        raw: "s3://the-raw/".to_owned(),
        first_day: "2026-03-01".parse().unwrap(),
    }
}

#[test]
fn what_glue_takes_is_within_its_limits_and_says_what_the_statement_says() {
    for definition in definitions(&places()) {
        let (sql, input) = (definition.sql(), definition.table_input());
        let storage = &input["StorageDescriptor"];
        let columns = storage["Columns"].as_array().unwrap();
        for column in columns.iter().chain(input["PartitionKeys"].as_array().unwrap()) {
            let (name, kind) = (column["Name"].as_str().unwrap(), column["Type"].as_str().unwrap());
            // A statement has members' names in quotes, the catalogue has them bare.
            assert!(sql.replace('`', "").contains(&format!("{name} {kind}")), "{name} {kind} in {sql}");
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
        let range = input["Parameters"].get("projection.dt.range");
        if definition.name == "manifest_months" {
            assert!(range.is_none() && !sql.contains("PARTITIONED"), "{sql}");
        } else if definition.name == "raw" {
            assert!(sql.contains("`follows` struct<`stream`:string,`seq`:bigint>"), "{sql}");
            assert!(sql.contains("array<struct<`user`:string,"), "a word of the grammar, {sql}");
            assert_eq!(range.unwrap(), "2026-03-01,NOW+1DAYS");
        } else {
            assert_eq!(range.unwrap(), "2026-03-01,NOW+1DAYS");
        }
        let reader = storage["SerdeInfo"]["SerializationLibrary"].as_str().unwrap();
        assert!(sql.contains("STORED AS PARQUET") || sql.contains(&format!("ROW FORMAT SERDE '{reader}'")));
    }
}

#[test]
fn raw_open_and_raw_read_the_same_files_as_json() {
    let tables: BTreeMap<String, Value> =
        definitions(&places()).iter().map(|table| (table.name.clone(), table.table_input())).collect();
    let (raw, open) = (&tables["raw"], &tables["raw_open"]);
    assert_eq!(raw["Parameters"]["storage.location.template"], "s3://the-raw/raw/dt=${dt}/");
    assert_eq!(raw["StorageDescriptor"]["SerdeInfo"]["Parameters"]["ignore.malformed.json"], "true");
    for same in ["Parameters", "StorageDescriptor", "PartitionKeys"] {
        assert_eq!(raw[same], open[same], "{same}");
    }
    let days = &tables["manifest_days"]["Parameters"]["storage.location.template"];
    assert_eq!(days, "s3://the-lake/manifests/dt=${dt}/");
    assert_eq!(tables["manifest_months"]["StorageDescriptor"]["Location"], "s3://the-lake/manifests/months/");
}

#[test]
fn the_manifests_tables_have_every_member_of_a_manifest() {
    let line = include_str!("../../README.md").lines().find(|line| line.starts_with("{\"version\"")).unwrap();
    let manifest: Manifest = serde_json::from_str(line).unwrap();
    let manifest = serde_json::to_value(manifest).unwrap();
    for definition in definitions(&places()).iter().filter(|table| table.name.starts_with("manifest_")) {
        let input = definition.table_input();
        let columns = input["StorageDescriptor"]["Columns"].as_array().unwrap();
        assert_eq!(columns.len(), manifest.as_object().unwrap().len());
        for column in columns {
            let value = &manifest[column["Name"].as_str().unwrap()];
            assert_eq!(value.is_string(), column["Type"] == "string", "{column} of {manifest}");
            assert!(value.is_string() || value.is_i64(), "{column} of {manifest}");
        }
    }
}

/// What a parameter's value makes of the template's text.
fn resolved(value: &Value, parameters: &BTreeMap<&str, &str>) -> Value {
    if let Some(text) = value.get("Fn::Sub").and_then(Value::as_str) {
        let put = |text: String, (name, value): (&&str, &&str)| text.replace(&format!("${{{name}}}"), value);
        return parameters.iter().fold(text.to_owned(), put).replace("${!", "${").into();
    }
    if let Some(parts) = value.get("Fn::Sub").and_then(Value::as_array) {
        let view = resolved(&parts[1]["View"], parameters);
        return parts[0].as_str().unwrap().replace("${View}", view.as_str().unwrap()).into();
    }
    if let Some(inner) = value.get("Fn::Base64") {
        use base64::Engine;
        let text = resolved(inner, parameters);
        return base64::engine::general_purpose::STANDARD.encode(text.as_str().unwrap()).into();
    }
    match value {
        Value::Array(items) => items.iter().map(|item| resolved(item, parameters)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), resolved(value, parameters))).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn the_template_makes_the_same_tables_and_views_wherever_it_is_deployed() {
    let parameters = BTreeMap::from([
        ("LakeBucket", "the-lake"),
        ("RawBucket", "the-raw"),
        ("Database", "metrics"),
        ("FirstDay", "2026-03-01"),
    ]);
    let template = template(&Places { first_day: "2026-01-01".parse().unwrap(), ..places() });
    let resources = template["Resources"].as_object().unwrap();
    let tables = definitions(&places()).into_iter().map(|table| table.table_input());
    let inputs: Vec<Value> =
        tables.chain(views().into_iter().map(|view| view.table_input("metrics"))).collect();
    assert_eq!(resources.len(), inputs.len());
    let words = |name: &Value| name.as_str().unwrap().replace('_', "");
    for input in inputs {
        let (_, resource) =
            resources.iter().find(|(name, _)| name.to_lowercase() == words(&input["Name"])).unwrap();
        assert_eq!(resolved(&resource["Properties"]["TableInput"], &parameters), input);
    }
}

#[test]
fn what_is_checked_in_is_what_the_declaration_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../athena-ddl");
    let places = Places {
        lake: "s3://LAKE-BUCKET".to_owned(),
        raw: "s3://RAW-BUCKET".to_owned(),
        first_day: "2026-01-01".parse().unwrap(),
    };
    let files: BTreeMap<String, String> = files(&places).unwrap().into_iter().collect();
    for (name, text) in &files {
        let found = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(found == *text, "athena-ddl/{name} differs: cargo run -- ddl --out athena-ddl");
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.ends_with(".sql") || files.contains_key(&name), "athena-ddl/{name} is of nobody");
    }
}
