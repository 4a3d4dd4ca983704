//! The pre-flight report as text for a terminal: one block per finding, and at the end, where it is visible, the
//! verdict.

use anstyle::Style;
use bookstore_gmsa::credential_spec::Severity;
use bookstore_gmsa::preflight::{Finding, PreflightReport, VerdictState};

use crate::commands::terminal::{self, GREEN, Painter, RED, YELLOW};

/// The indent of the lines below a finding's position.
const INDENT: &str = "           ";

/// Renders the report.
pub(super) fn render(report: &PreflightReport, painter: Painter) -> String {
    let mut lines = vec![format!(
        "bookstore doctor, pre-flight check: {}; {}, {} of them checked; {} with a gMSA",
        count(report.files, "file"),
        count(report.documents, "object"),
        report.checked,
        count(report.workloads_with_gmsa, "workload")
    )];
    for finding in &report.findings {
        lines.push(String::new());
        lines.extend(finding_lines(finding, painter));
    }
    for accepted in &report.accepted {
        lines.extend([String::new(), format!("  {:<9}{}", "accepted", accepted.finding.position)]);
        lines.push(wrapped(&format!("{}; accepted: {}", what(&accepted.finding), accepted.reason)));
    }
    let verdict_lines = terminal::wrapped(&verdict(report), "", "");
    lines.extend([String::new(), painter.paint(style(report.verdict()), &verdict_lines), String::new()]);
    lines.join("\n")
}

/// The verdict in one sentence.
pub(super) fn verdict(report: &PreflightReport) -> String {
    let of = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(of(Severity::Error), "error"), count(of(Severity::Warning), "warning"));
    match report.verdict() {
        VerdictState::Healthy if report.workloads_with_gmsa == 0 => {
            "HEALTHY – no fault in these files, but no workload in them has a gMSA".into()
        }
        VerdictState::Healthy => {
            "HEALTHY – as far as files show; `kubectl apply --dry-run=server` checks with the cluster too".into()
        }
        VerdictState::Warnings => format!("WARNINGS – {warnings}"),
        VerdictState::Failed => format!("FAILED – {errors}, {warnings}"),
        VerdictState::NothingToCheck => {
            "NOTHING TO CHECK – no credential spec, no pod and no right to use a credential spec in these files".into()
        }
    }
}

fn finding_lines(finding: &Finding, painter: Painter) -> [String; 4] {
    let (label, style) = match finding.severity {
        Severity::Error => ("ERROR", RED),
        Severity::Warning => ("WARNING", YELLOW),
    };
    [
        format!("  {}{}", painter.paint(style, &format!("{label:<9}")), finding.position),
        wrapped(&what(finding)),
        wrapped(&format!("Why: {}", finding.why)),
        format!("{INDENT}Fix: {}", finding.fix),
    ]
}

fn what(finding: &Finding) -> String {
    let number = finding.known_failure.map_or_else(String::new, |number| format!(" (known failure {number})"));
    format!("{}{number}", finding.what)
}

fn style(verdict: VerdictState) -> Style {
    match verdict {
        VerdictState::Healthy => GREEN,
        VerdictState::Warnings | VerdictState::NothingToCheck => YELLOW,
        VerdictState::Failed => RED,
    }
}

fn wrapped(text: &str) -> String {
    terminal::wrapped(text, INDENT, INDENT)
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
