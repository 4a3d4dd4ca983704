//! Reads files and folders, within limits.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::finding::Finding;
use super::sources;

/// The longest file that is read, in bytes: a cluster accepts no larger object.
pub(super) const MAX_FILE_BYTES: u64 = 3 * 1024 * 1024;
/// The most files of a folder.
const MAX_FILES: usize = 1000;
/// The most bytes of a folder.
const MAX_FOLDER_BYTES: usize = 32 * 1024 * 1024;
/// How deep folders are searched.
const MAX_DEPTH: usize = 16;

/// A file's name and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name as messages show it; `-` for standard input.
    pub name: String,
    /// Its text, without a byte order mark.
    pub text: String,
    /// Whether it starts with a byte order mark, as every file in UTF-16 does.
    pub has_byte_order_mark: bool,
}

/// Reads a file, or standard input for `-`.
///
/// # Errors
/// A finding, if the file cannot be read, is too long, or is neither UTF-8 nor UTF-16.
pub fn read_file(path: &Path) -> Result<SourceFile, Box<Finding>> {
    let name = path.display().to_string();
    let bytes = if name == "-" { read_bounded(io::stdin().lock()) } else { File::open(path).and_then(read_bounded) };
    let bytes = bytes.map_err(|error| Finding::unreadable(&name, error.to_string(), "a file that can be read"))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let what = format!("the file is longer than {} MiB", MAX_FILE_BYTES / 1024 / 1024);
        return Err(Finding::unreadable(&name, what, "only manifests, in several files"));
    }
    let (text, has_byte_order_mark) = match bytes.as_slice() {
        // UTF-16 is what `>` of PowerShell 5 writes.
        [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes), true),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes), true),
        [0xef, 0xbb, 0xbf, rest @ ..] => (String::from_utf8(rest.to_vec()).ok(), true),
        _ => (String::from_utf8(bytes).ok(), false),
    };
    let text =
        text.ok_or_else(|| Finding::unreadable(&name, "the file is neither UTF-8 nor UTF-16".into(), "UTF-8"))?;
    Ok(SourceFile { name, text, has_byte_order_mark })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}

fn read_bounded(file: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads every `.yaml`, `.yml` and `.json` file of a folder and its subfolders, in the order of their names, or one
/// file, or standard input for `-`. Hidden files and links to folders are left out.
///
/// What cannot be read is a finding, and so are kustomize folders, Helm charts and templates: they have to be rendered
/// first.
#[must_use]
pub fn read_manifests(path: &Path) -> (Vec<SourceFile>, Vec<Finding>) {
    let mut folder = Folder::default();
    if folder.has_to_be_rendered(path) {
        return (folder.sources, folder.findings);
    }
    // A pipe of the shell, `<(…)`, is neither a folder nor a regular file.
    if !path.is_dir() {
        return match read_file(path) {
            Ok(source) => (vec![source], Vec::new()),
            Err(finding) => (Vec::new(), vec![*finding]),
        };
    }
    folder.walk(path, 0);
    if folder.sources.is_empty() && folder.findings.is_empty() {
        let what = "the folder has no .yaml, .yml or .json file".into();
        folder.unreadable(path, what, "the folder that holds the manifests");
    }
    (folder.sources, folder.findings)
}

#[derive(Default)]
struct Folder {
    sources: Vec<SourceFile>,
    findings: Vec<Finding>,
    bytes: usize,
    is_full: bool,
}

impl Folder {
    fn walk(&mut self, path: &Path, depth: usize) {
        match entries(path) {
            Ok(entries) => entries.iter().for_each(|entry| self.take(entry, depth)),
            Err(error) => self.unreadable(path, error.to_string(), "a folder that can be read"),
        }
    }

    fn take(&mut self, entry: &Path, depth: usize) {
        let is_manifest =
            entry.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known));
        if entry.is_dir() {
            // Links may form a circle.
            if depth < MAX_DEPTH && !entry.is_symlink() && !self.has_to_be_rendered(entry) {
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

    fn has_to_be_rendered(&mut self, path: &Path) -> bool {
        let Some(sources::Unrendered { what, command }) = sources::unrendered(path) else { return false };
        self.unreadable(path, what, &command);
        true
    }

    fn is_full(&mut self, entry: &Path) -> bool {
        let was_full = self.is_full;
        self.is_full |= self.sources.len() >= MAX_FILES || self.bytes >= MAX_FOLDER_BYTES;
        if self.is_full && !was_full {
            let mebibytes = MAX_FOLDER_BYTES / 1024 / 1024;
            let what = format!(
                "neither this file nor those after it are read: the limit is {MAX_FILES} files or {mebibytes} MiB"
            );
            self.unreadable(entry, what, "a smaller folder");
        }
        self.is_full
    }

    fn unreadable(&mut self, path: &Path, what: String, fix: &str) {
        self.findings.push(*Finding::unreadable(&path.display().to_string(), what, fix));
    }
}

fn entries(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    // More than can be read, so that the limit is reported.
    for entry in fs::read_dir(path)?.take(10 * MAX_FILES) {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}
