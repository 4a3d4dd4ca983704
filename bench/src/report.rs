//! The tables, in Markdown, as the README has them.

use crate::wrk::Load;

pub(crate) fn head() {
    println!(
        "\n| what | connections | requests/s | p50 ms | p99 ms | p99.9 ms | CPU s per 1,000 | queries per 1,000 |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
}

/// `cpu` and `queries` are per 1,000 requests.
pub(crate) fn row(what: &str, connections: u32, load: &Load, cpu: f64, queries: Option<f64>) {
    let Load { p50, p99, p999, failures, .. } = load;
    let failed = if *failures > 0.0 { format!(" **{failures} failed**") } else { String::new() };
    let queries = queries.map_or_else(|| "–".to_owned(), |queries| format!("{queries:.1}"));
    println!(
        "| {what}{failed} | {connections} | {:.0} | {p50:.2} | {p99:.2} | {p999:.2} | {cpu:.3} | {queries} |",
        load.per_second()
    );
}

/// A ratio beside its target.
pub(crate) fn target(what: &str, value: f64, unit: &str, wanted: &str, met: bool) {
    println!("| {what} | {value:.2}{unit} | {wanted} | {} |", if met { "yes" } else { "no" });
}
