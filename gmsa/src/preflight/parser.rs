//! Parses JSON and YAML as kubectl does: JSON strictly, YAML by version 1.1, in which an unquoted `yes` is a boolean
//! and `010` is eight.

use serde_json::{Deserializer, Value};
use serde_saphyr::{DuplicateKeyPolicy, Options};

/// How deep a document may be.
const MAX_DEPTH: usize = 64;
/// How many documents a file may hold.
const MAX_DOCUMENTS: usize = 1000;
/// Limits for YAML aliases, which may repeat each other without end: nodes that they repeat, and their length in bytes.
const MAX_REPEATED: usize = 4000;
const MAX_ANCHORED: usize = 16 * 1024;

/// One or several JSON values, with or without `---` between them.
pub(super) fn json(text: &str) -> Result<Vec<Value>, String> {
    let mut values = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if values.len() >= MAX_DOCUMENTS {
            return Err(format!("more than {MAX_DOCUMENTS} documents"));
        }
        let mut stream = Deserializer::from_str(rest).into_iter::<Value>();
        match stream.next() {
            Some(Ok(value)) => values.push(value),
            Some(Err(error)) => {
                let before = text.len() - rest.len();
                let line = text.get(..before).map_or(0, |before| before.matches('\n').count()) + error.line();
                let message = error.to_string();
                let message = message.split(" at line ").next().unwrap_or_default();
                return Err(format!("{message} at line {line}, column {}", error.column()));
            }
            None => break,
        }
        rest = rest.get(stream.byte_offset()..).unwrap_or_default().trim_start();
        rest = rest.strip_prefix("---").unwrap_or(rest).trim_start();
    }
    Ok(values)
}

/// The documents of a YAML file, and the first key that it gives twice.
pub(super) fn yaml(text: &str) -> Result<(Vec<Value>, Option<String>), String> {
    let error = match serde_saphyr::from_multiple_with_options(text, options(DuplicateKeyPolicy::Error)) {
        Ok(values) => return Ok((values, None)),
        Err(error) => error.to_string(),
    };
    // The rest of the message is advice for programmers.
    let duplicate = error.split_once("duplicate mapping key").and_then(|(_, rest)| {
        let line = rest.split_once(" at line ")?.1;
        Some(format!("a key is given twice in line {}", line.split(',').next().unwrap_or(line)))
    });
    match duplicate
        .map(|what| (what, serde_saphyr::from_multiple_with_options(text, options(DuplicateKeyPolicy::LastWins))))
    {
        Some((what, Ok(values))) => Ok((values, Some(what))),
        Some((_, Err(error))) => Err(error.to_string()),
        None => Err(error),
    }
}

fn options(duplicate_keys: DuplicateKeyPolicy) -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_documents: MAX_DOCUMENTS,
            max_anchors: MAX_REPEATED,
            max_aliases: MAX_REPEATED,
            max_recorded_anchor_bytes: MAX_ANCHORED,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPEATED },
        duplicate_keys: duplicate_keys,
        // As sigs.k8s.io/yaml reads them, by YAML 1.1.
        strict_booleans: false,
        legacy_octal_numbers: true,
        // A manifest may be a Secret.
        with_snippet: false,
    }
}
