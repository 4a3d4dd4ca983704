//! Watches the file of the connection string and switches when it changes.
//!
//! The file is read several times a second. Notifications of the system would not do: a mounted secret changes by a
//! symbolic link of a folder above it (Kubernetes' `..data`), and network and overlay file systems send none. Reading a
//! few hundred bytes is cheap.

mod file;

use std::future::pending;
use std::path::PathBuf;

use bookstore_db::connection_string::{ConnectionString, Target};
use bookstore_db::login_policy::LoginPolicy;
use bookstore_db::store::Store;
use bookstore_db::switch::{FailedSwitch, Switch, SwitchError};

use super::retry_pause::retry_pause;
use file::SecretFile;

/// The watched file, and the switching to its content.
pub(super) struct ConnectionStringWatch {
    file: SecretFile,
    switcher: Switcher,
}

impl ConnectionStringWatch {
    /// `current` is what the current store was opened from.
    pub(super) fn new(file: PathBuf, current: Target, switch: Switch, policy: LoginPolicy) -> Self {
        Self { file: SecretFile::new(file, switch.clone()), switcher: Switcher { current, switch, policy } }
    }

    /// Runs until it is dropped. Only the newest content counts: an attempt is cancelled when the file changes again.
    pub(super) async fn run(mut self) {
        let mut wanted = self.file.changed_from("").await;
        loop {
            wanted = tokio::select! {
                newer = self.file.changed_from(&wanted) => newer,
                () = async { self.switcher.switch_to(&wanted).await; pending().await } => continue,
            };
        }
    }
}

/// Switches to connection strings, and logs and records the outcome.
struct Switcher {
    /// What the current store was opened from.
    current: Target,
    switch: Switch,
    policy: LoginPolicy,
}

impl Switcher {
    /// Tries to switch until it succeeds, with growing pauses. A connection string that cannot be parsed is tried once.
    async fn switch_to(&mut self, text: &str) {
        let wanted = match ConnectionString::parse(text) {
            Ok(wanted) => wanted,
            Err(error) => return self.failed(None, error.into()),
        };
        if wanted.target == self.current {
            return self.switch.clear_failure();
        }
        for warning in &wanted.warnings {
            tracing::warn!("connectionstring_file: {warning}");
        }
        let mut failures = 0;
        loop {
            match self.switch.switch_to(&wanted, self.policy).await {
                Ok(store) => return self.switched(&wanted, &store),
                Err(error) => {
                    failures += 1;
                    let pause = retry_pause(&error, failures);
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

    /// Records the failure. It is logged once, however often the same attempt fails.
    fn failed(&self, wanted: Option<&ConnectionString>, error: SwitchError) {
        let known = self.switch.last_failure();
        let text = wanted.map(ConnectionString::to_string);
        let same_string = known.filter(|known| wanted.is_some() && known.connection_string == text);
        if same_string.as_ref().is_none_or(|known| known.error.to_string() != error.to_string()) {
            let (kept, cause, advice) = (&self.current, &error, error.advice());
            tracing::error!(
                connectionstring = text, %cause, advice,
                "connectionstring_file: not switched, still {kept}"
            );
        }
        self.switch.record_failure(match same_string {
            Some(known) => known.retried(error),
            None => FailedSwitch::new(wanted, error),
        });
    }
}
