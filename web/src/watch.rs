//! Watches the file of the connection string, and switches to what it says.
//!
//! The file's content is looked at several times a second, rather than waiting for the system to tell of changes: a mounted secret
//! changes by a symlink of a folder above it (Kubernetes' `..data`), and network and overlay file systems tell nothing at all. A
//! read of a few hundred bytes costs less than it takes to be sure of being told.

mod file;
mod pace;

use std::future::pending;
use std::path::PathBuf;

use bookstore_db::connection_string::{ConnectionString, Target};
use bookstore_db::login_policy::LoginPolicy;
use bookstore_db::store::Store;
use bookstore_db::switch::{FailedSwitch, Switch, SwitchError};

use file::SecretFile;

/// What is watched, and what is done about it.
pub(crate) struct Watch {
    file: SecretFile,
    pursuit: Pursuit,
}

impl Watch {
    /// `current` is what the switch was started with.
    pub(crate) fn new(file: PathBuf, current: Target, switch: Switch, logins: LoginPolicy) -> Self {
        Self { file: SecretFile::new(file, switch.clone()), pursuit: Pursuit { current, switch, logins } }
    }

    /// Goes on until it is dropped. What the file says last is what counts: a try is given up as soon as the file says something else.
    pub(crate) async fn run(mut self) {
        let mut wanted = self.file.other_than("").await;
        loop {
            wanted = tokio::select! {
                newer = self.file.other_than(&wanted) => newer,
                () = async { self.pursuit.of(&wanted).await; pending().await } => continue,
            };
        }
    }
}

/// Tries to make a connection string current.
struct Pursuit {
    /// What the current store was opened from.
    current: Target,
    switch: Switch,
    logins: LoginPolicy,
}

impl Pursuit {
    /// Tries until the string is current, ever more rarely; once only where a further try could not go better.
    async fn of(&mut self, text: &str) {
        let wanted = match ConnectionString::parse(text) {
            Ok(wanted) => wanted,
            Err(error) => return self.failed(None, error.into()),
        };
        if wanted.target == self.current {
            return self.switch.settled();
        }
        for warning in &wanted.warnings {
            tracing::warn!("connectionstring_file: {warning}");
        }
        let mut tries = 0;
        loop {
            match self.switch.to(&wanted, self.logins).await {
                Ok(store) => return self.switched(&wanted, &store),
                Err(error) => {
                    tries += 1;
                    let pause = pace::pause(&error, tries);
                    self.failed(Some(&wanted), error.into());
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    fn switched(&mut self, wanted: &ConnectionString, store: &Store) {
        let (before, now) = (&self.current, &wanted.target);
        tracing::info!(connectionstring = %wanted, generation = store.generation(), "switched from {before} to {now}");
        self.current = wanted.target.clone();
    }

    /// Says it once, however often it is tried again.
    fn failed(&self, wanted: Option<&ConnectionString>, error: SwitchError) {
        let known = self.switch.last_failure();
        let text = wanted.map(ConnectionString::to_string);
        let again = known.filter(|known| wanted.is_some() && known.connection_string == text);
        if again.as_ref().is_none_or(|known| known.error.to_string() != error.to_string()) {
            let (kept, cause, advice) = (&self.current, &error, error.advice());
            tracing::error!(connectionstring = text, %cause, advice, "connectionstring_file: not switched, still {kept}");
        }
        self.switch.failed(match again {
            Some(known) => known.again(error),
            None => FailedSwitch::first(wanted, error),
        });
    }
}
