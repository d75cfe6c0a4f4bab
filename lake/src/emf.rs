//! CloudWatch's embedded metric format: a line of JSON in a Lambda's log becomes metrics, without a request of its own.
//!
//! The line must be whole and alone: CloudWatch takes no metric from one with anything before the JSON.

use serde_json::{Value, json};

/// CloudWatch's namespace of all our metrics.
pub const NAMESPACE: &str = "EndpointMetrics";

/// A metric: its name, its unit by CloudWatch's name, and its value, a number or at most 100 of them.
pub type Metric<'m> = (&'m str, &'m str, Value);

/// The line that counts `metrics` at `now_ms`, milliseconds since 1970 UTC. `function` is the metrics' one dimension: two
/// stacks in one account are two functions. An empty list of numbers is no metric.
pub fn line(function: &str, now_ms: i64, metrics: Vec<Metric<'_>>) -> Value {
    let counted = |value: &Value| value.as_array().is_none_or(|each| !each.is_empty());
    let metrics: Vec<Metric<'_>> = metrics.into_iter().filter(|(_, _, value)| counted(value)).collect();
    let units: Vec<Value> =
        metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
    let directive = json!({"Namespace": NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": units});
    let mut line = json!({
        "_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [directive]},
        "FunctionName": function,
    });
    for (name, _, value) in metrics {
        line[name] = value;
    }
    line
}
