//! The file of the connection string, which is written, replaced, emptied and removed while it is read.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bookstore_db::switch::{FailedSwitch, Switch, SwitchError};

use crate::config::connection_string_text;

/// Time between two reads.
const PERIOD: Duration = Duration::from_millis(200);
/// Content counts when it has been the same for this long: a writer may not have finished.
const SETTLING: Duration = Duration::from_millis(50);

/// The file and what is known of its current problem.
pub(super) struct SecretFile {
    path: PathBuf,
    problem: FileProblem,
    switch: Switch,
}

/// Why the file has no usable content. It is reported once, and only if the next read finds it again.
#[derive(Debug, PartialEq)]
enum FileProblem {
    None,
    Seen(String),
    Reported(String),
}

impl SecretFile {
    pub(super) fn new(path: PathBuf, switch: Switch) -> Self {
        Self { path, problem: FileProblem::None, switch }
    }

    /// Waits until the file has another text, and returns it. An empty or missing file is waited for.
    pub(super) async fn changed_from(&mut self, known: &str) -> String {
        loop {
            tokio::time::sleep(PERIOD).await;
            let Some(text) = self.read().await.filter(|text| text != known) else { continue };
            tokio::time::sleep(SETTLING).await;
            if self.read().await.as_ref() == Some(&text) {
                return text;
            }
        }
    }

    /// The text of the file; none if it is empty or cannot be read.
    async fn read(&mut self) -> Option<String> {
        let path = self.path.clone();
        // A volume that hangs blocks this thread and nothing else.
        let read = tokio::task::spawn_blocking(move || connection_string_text(&path)).await;
        match read.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(text) if !text.trim().is_empty() => {
                self.clear_problem();
                Some(text)
            }
            Ok(_) => self.report("it is empty".to_owned()),
            Err(error) => self.report(error.to_string()),
        }
    }

    fn report(&mut self, problem: String) -> Option<String> {
        self.problem = match std::mem::replace(&mut self.problem, FileProblem::None) {
            FileProblem::Reported(reported) if reported == problem => FileProblem::Reported(reported),
            FileProblem::Seen(seen) if seen == problem => {
                let error = SwitchError::File { file: self.path.display().to_string(), cause: problem };
                tracing::warn!("connectionstring_file: {error}; the current connection string stays");
                // A connection string that does not work is the more important failure.
                if self.switch.last_failure().is_none() {
                    self.switch.record_failure(FailedSwitch::new(None, error));
                }
                FileProblem::Reported(seen)
            }
            _ => FileProblem::Seen(problem),
        };
        None
    }

    /// The file is readable. Whether its connection string works is found out by the switch.
    fn clear_problem(&mut self) {
        let problem = std::mem::replace(&mut self.problem, FileProblem::None);
        let failure = self.switch.last_failure();
        if let (FileProblem::Reported(_), Some(SwitchError::File { .. })) =
            (problem, failure.as_ref().map(|last| &last.error))
        {
            tracing::info!("connectionstring_file {} is readable again", self.path.display());
            self.switch.clear_failure();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    use bookstore_db::store::Store;

    fn file(folder: &tempfile::TempDir) -> (PathBuf, SecretFile) {
        let path = folder.path().join("connectionstring");
        let books = folder.path().join("books.db");
        let store = format!("Server=(embedded);AttachDbFilename={};User ID=sa", books.display());
        let switch = Switch::new(Store::open(&store.parse().unwrap()).unwrap());
        (path.clone(), SecretFile::new(path, switch))
    }

    #[tokio::test]
    async fn missing_or_empty_file_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut file) = file(&folder);
        assert_eq!(file.read().await, None);
        fs::write(&path, " \r\n").unwrap();
        assert_eq!(file.read().await, None);
        fs::write(&path, "Server=a\r\n").unwrap();
        assert_eq!(file.changed_from("").await, "Server=a");
    }

    #[tokio::test]
    async fn removed_file_is_reported_once_until_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut file) = file(&folder);
        file.read().await;
        assert!(matches!(file.problem, FileProblem::Seen(_)) && file.switch.last_failure().is_none());
        for _ in 0..2 {
            file.read().await;
            assert!(matches!(file.problem, FileProblem::Reported(_)));
        }
        let shown = file.switch.last_failure().unwrap().error.to_string();
        assert!(shown.starts_with(&format!("{} cannot be read: ", path.display())), "{shown}");
        fs::write(&path, "Server=a").unwrap();
        file.read().await;
        assert!(file.problem == FileProblem::None && file.switch.last_failure().is_none());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn folder_replaced_by_a_symlink_as_in_kubernetes_is_noticed() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let publish = |version: &str| {
            let at = |name: &str| folder.path().join(name);
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("connectionstring"), format!("Server={version}")).unwrap();
            symlink(version, at("..data_tmp")).unwrap();
            fs::rename(at("..data_tmp"), at("..data")).unwrap();
        };
        publish("..one");
        let (path, mut file) = file(&folder);
        symlink("..data/connectionstring", path).unwrap();
        assert_eq!(file.changed_from("").await, "Server=..one");
        publish("..two");
        assert_eq!(file.changed_from("Server=..one").await, "Server=..two");
    }
}
