//! The strings of `vectors.txt`: which are accepted, and what they mean.
//!
//! Each line has a string and its meaning. The meaning of an accepted string is its canonical form; of a refused one it
//! is `!` and a part of the error. `@` starts a section: its strings are put in the place of `…` in the section's own,
//! and the pairs after `=>` are left out of their meaning; `-` means nothing else. A character may be written as
//! `\u{A0}`.
//!
//! The cases follow the public test suites of Microsoft.Data.SqlClient, go-mssqldb and tiberius, and SqlClient's source
//! where those suites leave a question open.

use std::fmt::Write;

use crate::connection_string::ConnectionString;

const VECTORS: &str = include_str!("vectors.txt");
const MIN_VECTORS: usize = 300;

/// A section of the file: its string with a gap, and the pairs that are left out of each meaning.
struct Section {
    template: String,
    known: Vec<String>,
}

impl Section {
    fn new(line: &str) -> Self {
        let (template, known) = line.split_once(" => ").unwrap_or((line, ""));
        Self { template: template.to_owned(), known: known.split(';').map(str::to_owned).collect() }
    }

    /// Returns the canonical form without the known pairs, or `!` and the error.
    fn meaning(&self, text: &str) -> String {
        let canonical = match ConnectionString::parse(&self.template.replace('…', text)) {
            Ok(parsed) => parsed.to_secret_string(),
            Err(error) => return format!("! {error}"),
        };
        let added = self.known.iter().fold(format!(";{canonical}"), |text, pair| match pair.as_str() {
            "" => text,
            pair => text.replacen(&format!(";{pair}"), "", 1),
        });
        if added.is_empty() { "-".to_owned() } else { added[1..].to_owned() }
    }
}

#[test]
fn vectors_have_their_meaning() {
    let mut section = Section::new("…");
    let mut failed = String::new();
    let mut count = 0;
    for (n, line) in VECTORS.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        if let Some(template) = line.strip_prefix("@ ") {
            section = Section::new(template);
            continue;
        }
        let (text, expected) = line.rsplit_once(" => ").unwrap_or_else(|| panic!("line {}: {line}", n + 1));
        let (text, expected) = (unescape(text), unescape(expected));
        let meaning = section.meaning(&text);
        let is_right = match expected.strip_prefix("! ") {
            Some(part) => meaning.starts_with("! ") && meaning.contains(part),
            None => meaning == expected,
        };
        if !is_right {
            writeln!(failed, "line {}: {text:?} means {meaning:?}", n + 1).unwrap();
        }
        count += 1;
    }
    assert!(failed.is_empty(), "{failed}");
    assert!(count >= MIN_VECTORS, "{count} vectors");
}

/// Replaces `\u{…}` by its character. Other backslashes stay.
fn unescape(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect(text);
        result.push(u32::from_str_radix(code, 16).ok().and_then(char::from_u32).expect(text));
        result.push_str(rest);
    }
    result
}
