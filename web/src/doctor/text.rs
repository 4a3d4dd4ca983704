//! A report as plain text, for a terminal: the checks in one column, and at the end, where it is seen, the verdict.

use std::fmt::Write;

use bookstore_db::doctor::report::{Cause, Check, Report, State, Status, moment};
use textwrap::{Options, WordSeparator, WordSplitter};

/// Lines are no longer, commands excepted: those are to be copied.
const WIDTH: usize = 100;
/// Where what was seen begins.
const COLUMN: usize = 28;

/// The report, with colour or without.
pub(super) fn render(report: &Report, colour: bool) -> String {
    let paint = Paint(colour);
    let mut text = String::new();
    line(&mut text, &format!("bookstore doctor, {}, {:.1} s", moment(report.at), report.took.as_secs_f64()));
    if !report.connection_string.is_empty() {
        line(&mut text, &wrapped(&report.connection_string, "", "    "));
    }
    line(&mut text, "");
    let (skipped, looked): (Vec<_>, Vec<_>) = report.checks.iter().partition(|check| check.status == Status::Skipped);
    for check in looked {
        line(&mut text, &row(check, paint));
    }
    if let Some(first) = skipped.first() {
        let names: Vec<_> = skipped.iter().map(|check| check.link.name()).collect();
        line(&mut text, &listed("-", "not tried", &format!("{}: {}", first.seen, names.join(", "))));
    }
    if report.verdict.state == State::Broken && !report.not_visible.is_empty() {
        line(&mut text, "\nNot visible from inside:");
        for what in &report.not_visible {
            line(&mut text, &wrapped(what, "  - ", "    "));
        }
    }
    line(&mut text, "");
    verdict(&mut text, report, paint);
    text
}

/// Writing to a String cannot fail.
fn line(text: &mut String, words: &str) {
    let _ = writeln!(text, "{words}");
}

fn wrapped(words: &str, first: &str, next: &str) -> String {
    let options = Options::new(WIDTH).initial_indent(first).subsequent_indent(next).break_words(false);
    // A name is not broken at its hyphens: it is to be copied, and searched for.
    let options = options.word_separator(WordSeparator::AsciiSpace).word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(words, options)
}

fn row(check: &Check, paint: Paint) -> String {
    let (word, colour) = match check.status {
        Status::Pass => ("ok", GREEN),
        Status::Warn => ("WARN", YELLOW),
        Status::Fail => ("FAIL", RED),
        Status::NotPossible => ("?", PLAIN),
        Status::Skipped => ("-", PLAIN),
    };
    listed(&paint.with(colour, &format!("{word:<6}")), check.link.name(), &check.seen)
}

fn listed(mark: &str, name: &str, seen: &str) -> String {
    let indent = " ".repeat(COLUMN);
    let seen = wrapped(seen, &indent, &indent);
    format!("  {mark:<6}{name:<20}{}", seen.trim_start())
}

fn verdict(text: &mut String, report: &Report, paint: Paint) {
    let verdict = &report.verdict;
    let (word, colour) = match verdict.state {
        State::Sound => ("SOUND", GREEN),
        State::Warnings => ("WORKS, WITH WARNINGS", YELLOW),
        State::Broken => ("BROKEN", RED),
    };
    let at = verdict.link.map_or_else(String::new, |link| format!(" – {}", link.name()));
    line(text, &format!("{}{at}", paint.with(colour, word)));
    line(text, &wrapped(&verdict.what, "  ", "  "));
    let several = verdict.causes.len() > 1;
    if several {
        line(text, "\nThis fits more than one cause:");
    }
    for (n, each) in verdict.causes.iter().enumerate() {
        line(text, "");
        let title = if several { format!("{}. ", n + 1) } else { "Cause: ".to_owned() };
        cause(text, each, &title, several);
    }
}

fn cause(text: &mut String, cause: &Cause, title: &str, several: bool) {
    let row = cause.row.map_or_else(String::new, |row| format!(" (row {row})"));
    line(text, &wrapped(&format!("{}{row}", cause.what), title, "   "));
    if let (Some(how), true) = (&cause.told_by, several) {
        line(text, &wrapped(&format!("It is this one if {how}."), "   ", "   "));
    }
    for fix in &cause.fixes {
        line(text, &wrapped(&format!("Fix, {}: {}", fix.by, fix.to), "   ", "   "));
        for command in fix.command.lines() {
            line(text, &format!("       {command}"));
        }
    }
}

const GREEN: &str = "32";
const YELLOW: &str = "33";
const RED: &str = "1;31";
const PLAIN: &str = "";

#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, colour: &str, words: &str) -> String {
        if self.0 && !colour.is_empty() { format!("\x1b[{colour}m{words}\x1b[0m") } else { words.to_owned() }
    }
}
