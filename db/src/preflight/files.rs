//! Reads files, each and all within bounds.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Finding, Place};
use crate::credential_spec::lint::Severity;

/// The longest file that is read, in bytes: a cluster takes no larger object.
pub const MAX_FILE: u64 = 3 * 1024 * 1024;
/// The most files of a folder.
const MAX_FILES: usize = 1000;
/// The most bytes of a folder.
const MAX_FOLDER: usize = 32 * 1024 * 1024;
/// How deep folders are looked into.
const MAX_DEPTH: usize = 16;

/// A file's name and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name as messages show it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Reads a file, or standard input for `-`.
///
/// # Errors
/// A finding, if it cannot be read, is too long, or is not UTF-8.
pub fn read_file(path: &Path) -> Result<Source, Box<Finding>> {
    let name = path.display().to_string();
    let bytes = if name == "-" { bounded(io::stdin().lock()) } else { File::open(path).and_then(bounded) };
    let bytes = bytes.map_err(|error| unreadable(&name, error.to_string(), "a file that can be read"))?;
    if bytes.len() as u64 > MAX_FILE {
        let what = format!("it is longer than {} MiB", MAX_FILE / 1024 / 1024);
        return Err(unreadable(&name, what, "manifests alone, in several files"));
    }
    // What `>` of PowerShell 5 writes.
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(unreadable(
            &name,
            "it is UTF-16, which kubectl does not read".into(),
            "UTF-8: `Set-Content -Encoding utf8`",
        ));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source { name, text: text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text) }),
        Err(_) => Err(unreadable(&name, "it is not UTF-8".into(), "UTF-8")),
    }
}

fn bounded(file: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads every `.yaml`, `.yml` and `.json` of a folder and of those in it, in the order of their names; hidden ones and links to folders
/// are left out. A file is read as such, and `-` is standard input.
///
/// What cannot be read is a finding, and so is a folder of kustomize's: its sources are no manifests yet.
#[must_use]
pub fn read_directory(path: &Path) -> (Vec<Source>, Vec<Finding>) {
    // A pipe of the shell's, `<(…)`, is a file here too.
    if !path.is_dir() {
        return match read_file(path) {
            Ok(source) => (vec![source], Vec::new()),
            Err(finding) => (Vec::new(), vec![*finding]),
        };
    }
    let shown = path.display().to_string();
    if path.join("kustomization.yaml").is_file() {
        let fix = format!("kubectl kustomize {shown} | bookstore doctor --manifests -");
        let what = "this folder is kustomize's: its files are no manifests before they are rendered";
        return (Vec::new(), vec![*unreadable(&shown, what.into(), &fix)]);
    }
    let mut folder = Folder::default();
    folder.walk(path, 0);
    if folder.sources.is_empty() && folder.findings.is_empty() {
        folder.findings.push(*unreadable(
            &shown,
            "there is no .yaml, .yml or .json".into(),
            "the folder of the manifests",
        ));
    }
    (folder.sources, folder.findings)
}

#[derive(Default)]
struct Folder {
    sources: Vec<Source>,
    findings: Vec<Finding>,
    bytes: usize,
}

impl Folder {
    fn walk(&mut self, path: &Path, depth: usize) {
        match entries(path) {
            Ok(entries) => entries.iter().for_each(|entry| self.take(entry, depth)),
            Err(error) => self.findings.push(*unreadable(
                &path.display().to_string(),
                error.to_string(),
                "a folder that can be read",
            )),
        }
    }

    fn take(&mut self, entry: &Path, depth: usize) {
        let is_manifest =
            entry.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known));
        if entry.is_dir() {
            // Links could go round and round.
            if depth < MAX_DEPTH && !entry.is_symlink() {
                self.walk(entry, depth + 1);
            }
        } else if is_manifest && entry.is_file() && !self.is_full(entry) {
            match read_file(entry) {
                Ok(source) => {
                    self.bytes += source.text.len();
                    self.sources.push(source);
                }
                Err(finding) => self.findings.push(*finding),
            }
        }
    }

    fn is_full(&mut self, entry: &Path) -> bool {
        let is_full = self.sources.len() >= MAX_FILES || self.bytes >= MAX_FOLDER;
        let is_told = self.findings.last().is_some_and(|finding| finding.what.starts_with("not read"));
        if is_full && !is_told {
            let what =
                format!("not read, nor any after it: {MAX_FILES} files or {} MiB are enough", MAX_FOLDER / 1024 / 1024);
            self.findings.push(*unreadable(&entry.display().to_string(), what, "a smaller folder"));
        }
        is_full
    }
}

fn entries(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    // One more than can be read, so that it is told.
    for entry in fs::read_dir(path)?.take(10 * MAX_FILES) {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

fn unreadable(name: &str, what: String, fix: &str) -> Box<Finding> {
    Box::new(Finding {
        severity: Severity::Broken,
        row: None,
        place: Place { file: name.to_owned(), document: 1, ..Place::default() },
        what,
        why: "what is not read is not checked".into(),
        fix: fix.to_owned(),
    })
}
