//! Prometheus' programs, which `scripts/install.sh` unpacks for `./test.sh`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io::Write};

use bookstore_tests::directory::skip;

/// The path of a program; none, with a note, if this machine does not have it.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file());
    if found.is_none() {
        skip(&format!("{program} is not installed; ./test.sh unpacks Debian's package prometheus"));
    }
    found
}

/// Runs promtool.
///
/// # Errors
/// What it printed, if it failed.
pub(super) fn promtool(program: &Path, arguments: &[&str], input: &str) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { Ok(()) } else { Err(text) }
}

/// A file of the repository.
pub(super) fn repository_file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// The rules of the PrometheusRule, as a file for Prometheus has them.
pub(super) fn rules() -> String {
    let manifest = repository_file("k8s/components/monitoring/alerts.yaml");
    manifest.split_once("\nspec:\n").unwrap().1.to_owned()
}
