//! The file of the connection string, as it is written, swapped, emptied and removed under our eyes.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bookstore_db::switch::{FailedSwitch, Switch, SwitchError};

use crate::config::connection_string_text;

/// Between two looks.
const PERIOD: Duration = Duration::from_millis(200);
/// A content counts once it has been the same for so long: a writer may be half-way.
const SETTLING: Duration = Duration::from_millis(50);

/// The file, what of it has been complained about, and where that is kept for those who ask.
pub(super) struct SecretFile {
    path: PathBuf,
    complaint: Complaint,
    switch: Switch,
}

/// Said once, and not of what passes before the next look.
#[derive(Debug, PartialEq)]
enum Complaint {
    None,
    Noticed(String),
    Said(String),
}

impl SecretFile {
    pub(super) fn new(path: PathBuf, switch: Switch) -> Self {
        Self { path, complaint: Complaint::None, switch }
    }

    /// Waits until the file holds another text than this. An empty one is not written yet; a file that is not there is waited for.
    pub(super) async fn other_than(&mut self, known: &str) -> String {
        loop {
            tokio::time::sleep(PERIOD).await;
            let Some(text) = self.look().await.filter(|text| text != known) else { continue };
            tokio::time::sleep(SETTLING).await;
            if self.look().await.as_ref() == Some(&text) {
                return text;
            }
        }
    }

    /// What the file holds, if it is something.
    async fn look(&mut self) -> Option<String> {
        let path = self.path.clone();
        // A volume that hangs holds up this thread and nothing else.
        let read = tokio::task::spawn_blocking(move || connection_string_text(&path)).await;
        match read.unwrap_or_else(|died| Err(io::Error::other(died))) {
            Ok(text) if !text.trim().is_empty() => {
                self.take_back();
                Some(text)
            }
            Ok(_) => self.complain("it is empty".to_owned()),
            Err(error) => self.complain(error.to_string()),
        }
    }

    fn complain(&mut self, about: String) -> Option<String> {
        self.complaint = match std::mem::replace(&mut self.complaint, Complaint::None) {
            Complaint::Said(said) if said == about => Complaint::Said(said),
            Complaint::Noticed(noticed) if noticed == about => {
                let error = SwitchError::File { file: self.path.display().to_string(), cause: about };
                tracing::warn!("connectionstring_file: {error}; the current connection string stays");
                // A string that does not work says more.
                if self.switch.last_failure().is_none() {
                    self.switch.failed(FailedSwitch::first(None, error));
                }
                Complaint::Said(noticed)
            }
            _ => Complaint::Noticed(about),
        };
        None
    }

    /// The file can be read. Whether what it says works is seen by whoever tries it.
    fn take_back(&mut self) {
        let said = std::mem::replace(&mut self.complaint, Complaint::None);
        let kept = self.switch.last_failure();
        if let (Complaint::Said(_), Some(SwitchError::File { .. })) = (said, kept.as_ref().map(|kept| &kept.error)) {
            tracing::info!("connectionstring_file {} can be read again", self.path.display());
            self.switch.settled();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    use bookstore_db::store::Store;

    fn file(folder: &tempfile::TempDir) -> (PathBuf, SecretFile) {
        let path = folder.path().join("connectionstring");
        let books = folder.path().join("books.db");
        let store = format!("Server=(embedded);AttachDbFilename={};User ID=sa", books.display());
        let switch = Switch::new(Store::open(&store.parse().unwrap()).unwrap());
        (path.clone(), SecretFile::new(path, switch))
    }

    #[tokio::test]
    async fn a_file_that_is_missing_or_empty_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut file) = file(&folder);
        assert_eq!(file.look().await, None);
        fs::write(&path, " \r\n").unwrap();
        assert_eq!(file.look().await, None);
        fs::write(&path, "Server=a\r\n").unwrap();
        assert_eq!(file.other_than("").await, "Server=a");
    }

    #[tokio::test]
    async fn a_file_that_goes_away_is_complained_about_once_until_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut file) = file(&folder);
        file.look().await;
        assert!(matches!(file.complaint, Complaint::Noticed(_)) && file.switch.last_failure().is_none());
        for _ in 0..2 {
            file.look().await;
            assert!(matches!(file.complaint, Complaint::Said(_)));
        }
        let shown = file.switch.last_failure().unwrap().error.to_string();
        assert!(shown.starts_with(&format!("{} cannot be read: ", path.display())), "{shown}");
        fs::write(&path, "Server=a").unwrap();
        file.look().await;
        assert!(file.complaint == Complaint::None && file.switch.last_failure().is_none());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_folder_that_is_swapped_by_its_symlink_is_noticed_as_kubernetes_does_it() {
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
        symlink(Path::new("..data/connectionstring"), path).unwrap();
        assert_eq!(file.other_than("").await, "Server=..one");
        publish("..two");
        assert_eq!(file.other_than("Server=..one").await, "Server=..two");
    }
}
