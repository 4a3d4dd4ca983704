//! `bookstore doctor --credspec FILE` and `--manifests DIR`: looks before anything runs. The looking is done by
//! `bookstore_db::preflight`; this is its command line.

mod text;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use bookstore_db::credential_spec::lint::Severity;
use bookstore_db::preflight::{Input, Report, examine, read_directory, read_file};
use clap::Args;
use serde_json::{Value, json};

use crate::doctor::has_colour;

/// The files to look at.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = true, conflicts_with = "spn")]
pub(crate) struct Files {
    /// Look at a credential spec instead: a GMSACredentialSpec, or the JSON file of Docker or ECS; may be repeated.
    #[arg(long, value_name = "FILE")]
    credspec: Vec<PathBuf>,
    /// Look at rendered manifests instead: a folder, a file, or - for standard input; may be repeated, and be beside --credspec.
    #[arg(long, value_name = "DIR")]
    manifests: Vec<PathBuf>,
}

impl Files {
    pub(crate) fn are_named(&self) -> bool {
        !self.credspec.is_empty() || !self.manifests.is_empty()
    }

    fn read(&self) -> Input {
        let mut input = Input::default();
        for file in &self.credspec {
            match read_file(file) {
                Ok(source) => input.credential_specs.push(source),
                Err(finding) => input.unreadable.push(*finding),
            }
        }
        for path in &self.manifests {
            let (sources, unreadable) = read_directory(path);
            input.manifests.extend(sources);
            input.unreadable.extend(unreadable);
        }
        input
    }
}

/// Looks, and writes what was found to standard output. 0 is sound, 1 works with warnings, 2 broken: as the doctor has it.
///
/// # Errors
/// Standard output cannot be written to.
pub(crate) fn run(files: &Files, json: bool) -> io::Result<ExitCode> {
    let report = examine(files.read());
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{:#}", as_json(&report))?;
    } else {
        write!(out, "{}", text::render(&report, has_colour()))?;
    }
    Ok(ExitCode::from(match report.worst() {
        None => 0,
        Some(Severity::Warning) => 1,
        Some(Severity::Broken) => 2,
    }))
}

fn as_json(report: &Report) -> Value {
    let state = match report.worst() {
        None => "sound",
        Some(Severity::Warning) => "warnings",
        Some(Severity::Broken) => "broken",
    };
    json!({
        "verdict": { "state": state, "what": text::verdict(report) },
        "findings": report.findings,
        "accepted": report.accepted,
        "seen": { "files": report.files, "documents": report.documents, "workloads_with_gmsa": report.pods },
    })
}
