//! `bookstore doctor --credspec FILE` and `--manifests PATH`: the pre-flight check. The checks are in
//! `bookstore_gmsa::preflight`.

mod text;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use bookstore_gmsa::preflight::{Input, PreflightReport, check, read_file, read_manifests};
use clap::Args;
use serde_json::{Value, json};

use super::terminal::{Painter, has_colours};

/// The files to check.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = true, conflicts_with = "spn")]
pub(super) struct PreflightArgs {
    /// Check a credential spec instead: a GMSACredentialSpec, or the JSON file of Docker or ECS; may be repeated.
    #[arg(long, value_name = "FILE")]
    credspec: Vec<PathBuf>,
    /// Check rendered manifests instead: a folder, a file, or - for standard input; may be repeated and combined with
    /// --credspec. Exit code 0 healthy, 1 warnings, 2 failed, 3 nothing to check.
    #[arg(long, value_name = "PATH")]
    manifests: Vec<PathBuf>,
}

impl PreflightArgs {
    pub(super) fn has_files(&self) -> bool {
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
            let (sources, unreadable) = read_manifests(path);
            input.manifests.extend(sources);
            input.unreadable.extend(unreadable);
        }
        input
    }
}

/// Checks the files and prints the report. The exit code is that of the verdict.
///
/// # Errors
/// Standard output cannot be written to.
pub(super) fn run(args: &PreflightArgs, json: bool) -> io::Result<ExitCode> {
    let report = check(args.read());
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{:#}", as_json(&report))?;
    } else {
        write!(out, "{}", text::render(&report, Painter { has_colours: has_colours() }))?;
    }
    Ok(ExitCode::from(report.verdict().exit_code()))
}

fn as_json(report: &PreflightReport) -> Value {
    json!({
        "verdict": { "state": report.verdict(), "what": text::verdict(report) },
        "findings": report.findings,
        "accepted": report.accepted,
        "seen": {
            "files": report.files,
            "documents": report.documents,
            "checked": report.checked,
            "workloads_with_gmsa": report.workloads_with_gmsa,
        },
    })
}
