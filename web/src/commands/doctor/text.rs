//! The doctor's report as text for a terminal: one row per check, and at the end, where it is visible, the verdict.

use std::fmt::Write;

use bookstore_doctor::report::{Cause, Check, Report, State, Status, format_utc};

use crate::commands::terminal::{GREEN, PLAIN, Painter, RED, YELLOW, wrapped};

/// The column at which the result of a check begins.
const COLUMN: usize = 35;

/// Renders the report.
pub(super) fn render(report: &Report, painter: Painter) -> String {
    let mut text = String::new();
    line(&mut text, &format!("bookstore doctor, {}, {:.1} s", format_utc(report.at), report.took.as_secs_f64()));
    if let Some(trace_id) = &report.trace_id {
        line(&mut text, &format!("trace {trace_id}"));
    }
    if !report.connection_string.is_empty() {
        line(&mut text, &wrapped(&report.connection_string, "", "    "));
    }
    line(&mut text, "");
    let (skipped, checked): (Vec<_>, Vec<_>) = report.checks.iter().partition(|check| check.status == Status::Skipped);
    for check in checked {
        line(&mut text, &row(check, painter));
    }
    // Links that were skipped for one reason share a line.
    for same in skipped.chunk_by(|one, next| one.seen == next.seen) {
        let names: Vec<_> = same.iter().map(|check| check.link.name()).collect();
        let (name, seen) = match &names[..] {
            [name] => ((*name).to_owned(), same[0].seen.clone()),
            names => (format!("{} links", names.len()), format!("{}: {}", names.join(", "), same[0].seen)),
        };
        line(&mut text, &listed("skipped", &name, &seen));
    }
    if report.verdict.state == State::Failed && !report.not_visible.is_empty() {
        line(&mut text, "\nNot visible from this process:");
        for what in &report.not_visible {
            line(&mut text, &wrapped(what, "  - ", "    "));
        }
    }
    line(&mut text, "");
    verdict(&mut text, report, painter);
    text
}

/// Writing to a String cannot fail.
fn line(text: &mut String, content: &str) {
    let _ = writeln!(text, "{content}");
}

fn row(check: &Check, painter: Painter) -> String {
    let (word, style) = match check.status {
        Status::Passed => ("passed", GREEN),
        Status::Warning => ("WARNING", YELLOW),
        Status::Failed => ("FAILED", RED),
        Status::NotApplicable => ("n/a", PLAIN),
        Status::Skipped => ("skipped", PLAIN),
    };
    listed(&painter.paint(style, &format!("{word:<9}")), check.link.name(), &check.seen)
}

fn listed(mark: &str, name: &str, seen: &str) -> String {
    let indent = " ".repeat(COLUMN);
    let seen = wrapped(seen, &indent, &indent);
    format!("  {mark:<9}{name:<24}{}", seen.trim_start())
}

fn verdict(text: &mut String, report: &Report, painter: Painter) {
    let verdict = &report.verdict;
    let (word, style) = match verdict.state {
        State::Healthy => ("HEALTHY", GREEN),
        State::Warnings => ("WARNINGS", YELLOW),
        State::Failed => ("FAILED", RED),
    };
    let at = verdict.link.map_or_else(String::new, |link| format!(" – {}", link.name()));
    line(text, &format!("{}{at}", painter.paint(style, word)));
    line(text, &wrapped(&verdict.what, "  ", "  "));
    line(text, &wrapped(&format!("{}.", verdict.coverage), "  ", "  "));
    let several = verdict.causes.len() > 1;
    if several {
        line(text, "\nMore than one cause fits:");
    }
    for (n, each) in verdict.causes.iter().enumerate() {
        line(text, "");
        let title = if several { format!("{}. ", n + 1) } else { "Cause: ".to_owned() };
        cause(text, each, &title, several);
    }
}

fn cause(text: &mut String, cause: &Cause, title: &str, several: bool) {
    let number = cause.known_failure.map_or_else(String::new, |number| format!(" (known failure {number})"));
    line(text, &wrapped(&format!("{}{number}", cause.what), title, "   "));
    if let (Some(how), true) = (&cause.distinguish_by, several) {
        line(text, &wrapped(&format!("It is this one if {how}."), "   ", "   "));
    }
    for fix in &cause.fixes {
        line(text, &wrapped(&format!("Fix, {}: {}", fix.by, fix.action), "   ", "   "));
        for command in fix.command.lines() {
            line(text, &format!("       {command}"));
        }
    }
}
