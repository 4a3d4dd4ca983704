//! What was found as plain text, for a terminal: one block each, and the verdict at the end, where it is seen.

use bookstore_db::credential_spec::lint::Severity;
use bookstore_db::preflight::{Finding, Report};
use textwrap::Options;

/// Lines are no longer, places and fixes excepted: those are to be copied.
const WIDTH: usize = 100;
/// Under the place.
const INDENT: &str = "                ";

/// The report, with colour or without.
pub(super) fn render(report: &Report, colour: bool) -> String {
    let mut lines = vec![format!(
        "bookstore doctor, before anything runs: {}, {}, {} with a gMSA",
        count(report.files, "file"),
        count(report.documents, "document"),
        count(report.pods, "workload")
    )];
    for finding in &report.findings {
        lines.push(String::new());
        lines.extend(block(finding, colour));
    }
    for accepted in &report.accepted {
        let row = accepted.finding.row.unwrap_or_default();
        lines.extend([String::new(), format!("  {:<6}{:<8}{}", "meant", format!("row {row}"), accepted.finding.place)]);
        lines.extend(wrapped(&format!("{}; accepted: {}", accepted.finding.what, accepted.reason)));
    }
    let paint = if colour { paint(report.worst()) } else { ("", "") };
    lines.extend([String::new(), format!("{}{}{}", paint.0, verdict(report), paint.1), String::new()]);
    lines.join("\n")
}

/// What it comes to, in one line.
pub(super) fn verdict(report: &Report) -> String {
    let of = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let (broken, warnings) = (of(Severity::Broken), count(of(Severity::Warning), "warning"));
    match report.worst() {
        None => "SOUND – as far as files can tell; the cluster and the directory were not asked".into(),
        Some(Severity::Warning) => format!("WORKS, WITH WARNINGS – {warnings}"),
        Some(Severity::Broken) => format!("BROKEN – {broken} broken, {warnings}"),
    }
}

fn block(finding: &Finding, colour: bool) -> Vec<String> {
    let word = match finding.severity {
        Severity::Broken => "FAIL",
        Severity::Warning => "WARN",
    };
    let (on, off) = if colour { paint(Some(finding.severity)) } else { ("", "") };
    let row = finding.row.map_or_else(String::new, |row| format!("row {row}"));
    let mut lines = vec![format!("  {on}{word:<6}{off}{row:<8}{}", finding.place)];
    lines.extend(wrapped(&finding.what));
    lines.extend(wrapped(&format!("Why: {}", finding.why)));
    lines.push(format!("{INDENT}Fix: {}", finding.fix));
    lines
}

fn wrapped(words: &str) -> Vec<String> {
    let options = Options::new(WIDTH).initial_indent(INDENT).subsequent_indent(INDENT).break_words(false);
    textwrap::wrap(words, options).into_iter().map(String::from).collect()
}

fn count(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

fn paint(severity: Option<Severity>) -> (&'static str, &'static str) {
    let on = match severity {
        None => "\x1b[32m",
        Some(Severity::Warning) => "\x1b[33m",
        Some(Severity::Broken) => "\x1b[1;31m",
    };
    (on, "\x1b[0m")
}
