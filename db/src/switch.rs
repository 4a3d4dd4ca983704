//! The current store, which can be replaced while requests run.
//!
//! A request takes [`Switch::current`] when it starts and uses that store until it ends. The old store closes its
//! connections when the last request has released it.
//!
//! A store becomes current only after a check: a connection was opened, the login policy accepts its login, and the
//! schema exists. The web crate decides where a new connection string comes from and when a failed switch is retried.

mod failure;

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};

pub use failure::{FailedSwitch, SwitchError};

use crate::connection_string::ConnectionString;
use crate::error::Error;
use crate::login_policy::LoginPolicy;
use crate::metrics;
use crate::store::Store;

/// Holds the current store. Clones share it.
#[derive(Clone, Debug)]
pub struct Switch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    current: ArcSwap<Store>,
    failure: ArcSwapOption<FailedSwitch>,
}

impl Switch {
    /// Creates a switch with its first store.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner { current: ArcSwap::from_pointee(store), failure: ArcSwapOption::empty() }))
    }

    /// Returns the current store.
    pub fn current(&self) -> Arc<Store> {
        self.0.current.load_full()
    }

    /// Returns the last failed switch; `None` after a successful one, or once the current connection string is wanted
    /// again.
    pub fn last_failure(&self) -> Option<Arc<FailedSwitch>> {
        self.0.failure.load_full()
    }

    /// Opens the store of another connection string, checks it, and makes it current for all requests that start later.
    /// Cancelling the future changes nothing. Needs a tokio runtime.
    ///
    /// # Errors
    /// As [`Store::open_with`] and [`Store::ping`]. The current store is then unchanged.
    pub async fn switch_to(
        &self,
        connection_string: &ConnectionString,
        policy: LoginPolicy,
    ) -> Result<Arc<Store>, Error> {
        let store = open_checked(connection_string.clone(), policy).await?;
        // Otherwise the next requests would all wait for a login.
        store.warm(self.current().pool().busy()).await;
        // No await between the two lines: the future could be cancelled there.
        self.0.current.rcu(|current| store.clone().of_generation(current.generation() + 1));
        self.clear_failure();
        metrics::switch("done");
        Ok(self.current())
    }

    /// Records a failed switch.
    pub fn record_failure(&self, failure: FailedSwitch) {
        // A file that could not be read is not an attempt to switch.
        if !matches!(failure.error, SwitchError::File { .. }) {
            metrics::switch("failed");
        }
        self.0.failure.store(Some(Arc::new(failure)));
    }

    /// Forgets the last failed switch, because the current store is the wanted one.
    pub fn clear_failure(&self) {
        self.0.failure.store(None);
    }
}

/// Opens a store and pings it. Opening the embedded store blocks, so it runs on a blocking thread.
async fn open_checked(connection_string: ConnectionString, policy: LoginPolicy) -> Result<Store, Error> {
    let opened = tokio::task::spawn_blocking(move || Store::open_with(&connection_string, policy)).await;
    let store = opened.map_err(|error| Error::Unavailable(format!("opening the store was interrupted: {error}")))??;
    store.ping().await?;
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedded(folder: &tempfile::TempDir, user: &str) -> ConnectionString {
        let file = folder.path().join("books.db");
        format!("Server=(embedded);AttachDbFilename={};User ID={user}", file.display()).parse().unwrap()
    }

    #[tokio::test]
    async fn running_request_keeps_its_store_next_one_gets_the_new() {
        let folder = tempfile::tempdir().unwrap();
        let switch = Switch::new(Store::open(&embedded(&folder, "sa")).unwrap());
        let before = switch.current();
        switch.switch_to(&embedded(&folder, r"CONTOSO\webgmsa$"), LoginPolicy::default()).await.unwrap();
        let login = |store: &Store| store.identity().map(|identity| identity.login.clone());
        assert_eq!(login(&before).as_deref(), Some("sa"));
        assert_eq!(login(&switch.current()).as_deref(), Some(r"CONTOSO\webgmsa$"));
        assert_eq!((before.generation(), switch.current().generation()), (1, 2));
        before.ping().await.unwrap();
        let old = Arc::downgrade(&before);
        drop(before);
        assert!(old.upgrade().is_none(), "the old store is still held");
    }

    #[tokio::test]
    async fn failed_switch_keeps_the_current_store() {
        let folder = tempfile::tempdir().unwrap();
        let switch = Switch::new(Store::open(&embedded(&folder, "sa")).unwrap());
        let nowhere = "Server=(embedded);AttachDbFilename=/nowhere/at/all/books.db;User ID=x".parse().unwrap();
        assert!(matches!(switch.switch_to(&nowhere, LoginPolicy::default()).await, Err(Error::Unavailable(_))));
        let strict = LoginPolicy { require_kerberos: true };
        assert!(matches!(switch.switch_to(&embedded(&folder, "x"), strict).await, Err(Error::KerberosRequired(_))));
        assert_eq!(switch.current().generation(), 1);
    }

    #[tokio::test]
    async fn failed_switch_is_kept_until_the_next_success() {
        let folder = tempfile::tempdir().unwrap();
        let switch = Switch::new(Store::open(&embedded(&folder, "sa")).unwrap());
        let error = SwitchError::Store(Error::Unavailable("gone".to_owned()));
        switch.record_failure(FailedSwitch::new(Some(&embedded(&folder, "x")), error));
        assert!(switch.last_failure().is_some_and(|failure| failure.attempts == 1));
        switch.switch_to(&embedded(&folder, "x"), LoginPolicy::default()).await.unwrap();
        assert!(switch.last_failure().is_none());
    }
}
