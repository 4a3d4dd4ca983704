//! Evaluates the alerts on real metrics: two scrapes of a shop, continued for six hours in promtool, which needs no
//! time.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::scrape::Scrape;
use super::tools::{promtool, rules};

const MINUTES: u32 = 360;

/// Fires if the machine is slow, whatever the test is about.
pub(super) const SLOW: &str = "BookstoreSlow";

/// Asserts that exactly these alerts fire when a shop continues as it did between two scrapes. [`SLOW`] counts only if
/// it is one of them.
pub(super) fn assert_firing(tool: &Path, before: &Scrape, after: &Scrape, alerts: &[&str]) {
    let condition = if alerts.contains(&SLOW) { String::new() } else { format!(", alertname!=\"{SLOW}\"") };
    firing(tool, before, after, &condition, alerts).unwrap();
}

/// Whether no alert at all fires.
///
/// # Errors
/// What promtool reports.
pub(super) fn is_silent(tool: &Path, before: &Scrape, after: &Scrape) -> Result<(), String> {
    firing(tool, before, after, "", &[])
}

fn firing(tool: &Path, before: &Scrape, after: &Scrape, condition: &str, alerts: &[&str]) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let test = folder.path().join("test.json");
    fs::write(folder.path().join("rules.yaml"), rules()).unwrap();
    let samples: BTreeSet<_> = alerts.iter().map(|alert| format!("{{alertname=\"{alert}\"}}")).collect();
    let samples: Vec<_> = samples.into_iter().map(|labels| json!({"labels": labels, "value": 1})).collect();
    let content = json!({
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [{
            "interval": "1m",
            "input_series": series(before, after),
            "promql_expr_test": [{
                "expr": format!("group by (alertname) (ALERTS{{alertstate=\"firing\"{condition}}})"),
                "eval_time": format!("{MINUTES}m"),
                "exp_samples": samples,
            }],
        }],
    });
    fs::write(&test, content.to_string()).unwrap();
    promtool(tool, &["test", "rules", test.to_str().unwrap()], "")
}

/// The series of a pod: counters go on by the same increase per minute, gauges keep their last value.
fn series(before: &Scrape, after: &Scrape) -> Vec<Value> {
    let earlier = before.samples();
    let all = after.samples().into_iter().filter(|(_, value)| !value.is_nan());
    all.map(|(series, value)| {
        let (name, labels) = series.split_once('{').map_or((series, "}"), |(name, labels)| (name, labels));
        let is_counter = ["_total", "_bucket", "_sum", "_count"].iter().any(|suffix| name.ends_with(suffix));
        let increase = if is_counter { value - earlier.get(series).copied().unwrap_or_default() } else { 0.0 };
        // The clock of a rule test starts at 0. What the time-out of an alert counts down from stays as far away.
        let value =
            if name.ends_with("_timestamp_seconds") { value - after.at + f64::from(MINUTES * 60) } else { value };
        let series = format!(
            "{name}{{job=\"bookstore-admin\",namespace=\"shop\",pod=\"web-0\"{}{labels}",
            if labels == "}" { "" } else { "," }
        );
        json!({"series": series, "values": format!("{value:.6}+{increase:.6}x{MINUTES}")})
    })
    .collect()
}
