//! The same tables and views as a CloudFormation template, to be deployed by itself or nested in a stack: whoever deploys
//! gives the names of the buckets and of the database.

use serde_json::{Map, Value, json};

use super::{Places, definitions, views};

/// Where a parameter is put in.
const LAKE: &str = "s3://${LakeBucket}";
const RAW: &str = "s3://${RawBucket}";
const DATABASE: &str = "${Database}";

/// The template. `places` gives the first day that is proposed; its buckets become parameters.
pub fn template(places: &Places) -> Value {
    let proposed = places.first_day.to_string();
    let places = Places { lake: LAKE.to_owned(), raw: RAW.to_owned(), first_day: places.first_day };
    let mut resources = Map::new();
    for table in definitions(&places) {
        let input = substituted(table.table_input(), &proposed);
        resources.insert(logical(&table.name), resource(input));
    }
    for view in views() {
        let text = json!({"Fn::Base64": {"Fn::Sub": escaped(&view.definition(DATABASE).to_string())}});
        let text = json!({"Fn::Sub": ["/* Presto View: ${View} */", {"View": text}]});
        resources.insert(logical(&view.name), resource(view.table_input_of(text)));
    }
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Endpoint Metrics: the tables and views that Athena asks. Written by endpoint-metrics ddl; do not edit.",
        "Parameters": {
            "Database": {
                "Type": "String",
                "Description": "The Glue database that takes them, which must be there",
                "AllowedPattern": "[a-z0-9_]{1,255}",
            },
            "LakeBucket": {"Type": "String", "Description": "The lake bucket's name"},
            "RawBucket": {"Type": "String", "Description": "The raw bucket's name"},
            "FirstDay": {
                "Type": "String",
                "Default": proposed,
                "Description": "The first day that queries can see: 13 days before the installation",
                "AllowedPattern": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
            },
        },
        "Resources": resources,
    })
}

fn resource(input: Value) -> Value {
    json!({
        "Type": "AWS::Glue::Table",
        "Properties": {
            "CatalogId": {"Ref": "AWS::AccountId"},
            "DatabaseName": {"Ref": "Database"},
            "TableInput": input,
        },
    })
}

/// `lake_process_runs` as a resource is called: `LakeProcessRuns`.
fn logical(name: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').map(word).collect::<String>()
}

/// With `Fn::Sub` wherever a parameter is put in.
fn substituted(value: Value, first_day: &str) -> Value {
    match value {
        Value::String(text) if text.starts_with(LAKE) || text.starts_with(RAW) => {
            json!({"Fn::Sub": escaped(&text)})
        }
        Value::String(text) if text.starts_with(first_day) => {
            json!({"Fn::Sub": text.replacen(first_day, "${FirstDay}", 1)})
        }
        Value::Array(items) => items.into_iter().map(|item| substituted(item, first_day)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, substituted(value, first_day))).collect()
        }
        other => other,
    }
}

/// `Fn::Sub` would take the `${dt}` of a projection for a parameter.
fn escaped(text: &str) -> String {
    text.replace("${dt}", "${!dt}")
}
