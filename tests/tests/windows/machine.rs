//! A site whose shops run the Windows executable under Wine.

use std::path::PathBuf;

use tokio::process::Command;

use super::program::WindowsProgram;
use crate::active_directory::site::{OpenShop, Site};

/// A site, and the executable that its shops run.
pub(super) struct Machine {
    pub(super) site: Site,
    program: WindowsProgram,
}

impl Machine {
    /// A machine without a ticket. None without an executable, Wine or a directory: see
    /// `bookstore_tests::directory::skip`.
    pub(super) async fn new() -> Option<Self> {
        let program = WindowsProgram::new().await?;
        Some(Self { site: Site::new().await?, program })
    }

    /// The executable's command, with the site's `KRB5CCNAME` and `KRB5_CONFIG`: Wine's Negotiate uses the Kerberos
    /// library of Linux.
    pub(super) fn command(&self, connection_string: &str) -> Command {
        self.site.command_line(self.program.words(&self.folders()), &["serve"], connection_string)
    }

    /// The same; each line of standard input sends a console event, by its number.
    pub(super) fn command_with_events(&self, connection_string: &str) -> Command {
        let words = self.program.words_with_events(&self.folders());
        self.site.command_line(words, &["serve"], connection_string)
    }

    /// A shop with an integrated login, encrypted.
    pub(super) async fn shop(&self) -> OpenShop {
        OpenShop::new(self.command(&self.site.integrated())).await
    }

    fn folders(&self) -> [PathBuf; 2] {
        [self.site.folder().to_owned(), self.site.directory.lab_folder()]
    }
}
