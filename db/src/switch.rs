//! The current store, replaced while requests run.
//!
//! Whoever asks [`Switch::current`] at the start of a request keeps that store until the request is done, so a running request ends
//! on the connections that it began with. The old store closes its connections when the last of them lets go.
//!
//! A store becomes current only once it has proved itself: a connection is made, its login is one that is allowed, its identity is
//! read, and the schema is there. Left to others: where a new connection string comes from, and when to try it again.

mod failure;

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};

pub use failure::{FailedSwitch, SwitchError};

use crate::connection_string::ConnectionString;
use crate::error::Error;
use crate::login_policy::LoginPolicy;
use crate::metrics;
use crate::store::Store;

/// A handle on the current store; clones see the same one.
#[derive(Clone, Debug)]
pub struct Switch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    current: ArcSwap<Store>,
    failure: ArcSwapOption<FailedSwitch>,
}

impl Switch {
    /// Starts with this store.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner { current: ArcSwap::from_pointee(store), failure: ArcSwapOption::empty() }))
    }

    /// The store of now.
    pub fn current(&self) -> Arc<Store> {
        self.0.current.load_full()
    }

    /// The connection string that is wanted and does not work. None once one works, or the current one is wanted again.
    pub fn last_failure(&self) -> Option<Arc<FailedSwitch>> {
        self.0.failure.load_full()
    }

    /// Opens the store of another connection string and makes it current for all requests that begin from now on. Dropped half-way,
    /// it has changed nothing. Needs a tokio runtime.
    ///
    /// # Errors
    /// As [`Store::open_with`] and [`Store::ping`]; the current store stays.
    pub async fn to(&self, connection_string: &ConnectionString, logins: LoginPolicy) -> Result<Arc<Store>, Error> {
        let store = proved(connection_string.clone(), logins).await?;
        // The requests that run now would otherwise all wait for a login.
        store.warm(self.current().pool().busy()).await;
        // Both without a pause in between, in which the future could be dropped.
        self.0.current.rcu(|current| store.clone().of_generation(current.generation() + 1));
        self.settled();
        metrics::switch("done");
        Ok(self.current())
    }

    /// Keeps why the wanted connection string does not work.
    pub fn failed(&self, failure: FailedSwitch) {
        // To read a file in vain is no switch.
        if !matches!(failure.error, SwitchError::File { .. }) {
            metrics::switch("failed");
        }
        self.0.failure.store(Some(Arc::new(failure)));
    }

    /// The current store is the wanted one.
    pub fn settled(&self) {
        self.0.failure.store(None);
    }
}

/// A store that has answered. To open the embedded one is work for a blocking thread.
async fn proved(connection_string: ConnectionString, logins: LoginPolicy) -> Result<Store, Error> {
    let opened = tokio::task::spawn_blocking(move || Store::open_with(&connection_string, logins)).await;
    let store = opened.map_err(|died| Error::Unavailable(format!("opening the store was interrupted: {died}")))??;
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
    async fn a_request_keeps_its_store_and_the_next_one_gets_the_new() {
        let folder = tempfile::tempdir().unwrap();
        let switch = Switch::new(Store::open(&embedded(&folder, "sa")).unwrap());
        let before = switch.current();
        switch.to(&embedded(&folder, r"CONTOSO\webgmsa$"), LoginPolicy::default()).await.unwrap();
        let login = |store: &Store| store.identity().map(|identity| identity.login.clone());
        assert_eq!(login(&before).as_deref(), Some("sa"));
        assert_eq!(login(&switch.current()).as_deref(), Some(r"CONTOSO\webgmsa$"));
        assert_eq!((before.generation(), switch.current().generation()), (1, 2));
        before.ping().await.unwrap();
        let old = Arc::downgrade(&before);
        drop(before);
        assert!(old.upgrade().is_none(), "nobody else holds the old store");
    }

    #[tokio::test]
    async fn a_store_that_does_not_open_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let switch = Switch::new(Store::open(&embedded(&folder, "sa")).unwrap());
        let nowhere = "Server=(embedded);AttachDbFilename=/nowhere/at/all/books.db;User ID=x".parse().unwrap();
        assert!(matches!(switch.to(&nowhere, LoginPolicy::default()).await, Err(Error::Unavailable(_))));
        let strict = LoginPolicy { require_kerberos: true };
        assert!(matches!(switch.to(&embedded(&folder, "x"), strict).await, Err(Error::KerberosRequired(_))));
        assert_eq!(switch.current().generation(), 1);
    }

    #[tokio::test]
    async fn a_failure_is_kept_until_a_string_works() {
        let folder = tempfile::tempdir().unwrap();
        let switch = Switch::new(Store::open(&embedded(&folder, "sa")).unwrap());
        let error = SwitchError::Store(Error::Unavailable("gone".to_owned()));
        switch.failed(FailedSwitch::first(Some(&embedded(&folder, "x")), error));
        assert!(switch.last_failure().is_some_and(|failure| failure.tries == 1));
        switch.to(&embedded(&folder, "x"), LoginPolicy::default()).await.unwrap();
        assert!(switch.last_failure().is_none());
    }
}
