//! The pool: bb8 with a manager that connects, counts and remembers why it could not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bb8::{ErrorSink, ManageConnection, PooledConnection, QueueStrategy};
use futures_util::future::join_all;
use tokio::sync::watch;

use super::connect::connect;
use super::connection::Connection;
use super::standing::Standing;
use crate::connection_string::SqlServerSettings;
use crate::error::Error;
use crate::identity::{AuthScheme, Identity};
use crate::login_policy::LoginPolicy;
use crate::metrics;
use crate::store::PoolState;
use crate::waiting::Waiting;

/// How long a request waits for a connection while others hold them all.
const WAIT: Duration = Duration::from_secs(5);

/// After a refused login the next ones fail at once with its error for so long: a wrong password must not lock the account, and
/// a thousand requests must not become a thousand logins. SqlClient calls it Pool Blocking Period. A server that is only away
/// is asked again at once.
const BLOCKING_PERIOD: Duration = Duration::from_millis(500);

/// Connections of one connection string.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    bb8: bb8::Pool<Manager>,
    max: u32,
    shared: Arc<Shared>,
}

impl Pool {
    /// A pool that connects when it is first asked. Needs a tokio runtime.
    pub(super) fn new(settings: SqlServerSettings, logins: LoginPolicy) -> Self {
        let shared = Arc::new(Shared::default());
        let max = settings.max_pool_size.max(1);
        let bb8 = bb8::Pool::builder()
            .max_size(max)
            .min_idle(Some(settings.min_pool_size).filter(|idle| *idle > 0))
            .max_lifetime(settings.load_balance_timeout)
            .idle_timeout(Some(Duration::from_secs(240)))
            .connection_timeout(WAIT)
            .retry_connection(false)
            // `is_valid` looks at a number in memory, it does not ask the server.
            .test_on_check_out(true)
            .queue_strategy(QueueStrategy::Lifo)
            .error_sink(Box::new(FailureSink(Arc::clone(&shared))))
            .build_unchecked(Manager { settings, logins, shared: Arc::clone(&shared) });
        Self { bb8, max, shared }
    }

    /// A connection that nobody else uses.
    ///
    /// # Errors
    /// Why no connection could be made, as soon as that is known; [`Error::Busy`] if all stay in use.
    pub(super) async fn get(&self) -> Result<PooledConnection<'_, Manager>, Error> {
        let _waiter = self.shared.waiting.one_more();
        let mut failures = self.shared.failure.subscribe();
        failures.mark_unchanged();
        let get = self.bb8.get();
        tokio::pin!(get);
        loop {
            tokio::select! {
                got = &mut get => return got.map_err(|_| self.busy()),
                _ = failures.changed() => {
                    let failure = failures.borrow_and_update().clone();
                    // With live connections a failed one is no reason to give up: one of them may come free.
                    if let (Some(failure), 0) = (failure, self.bb8.state().connections) {
                        return Err(failure.error);
                    }
                }
            }
        }
    }

    /// Opens so many connections at once, the pool's maximum at most, and leaves them idle.
    pub(super) async fn warm(&self, connections: u32) {
        // All are held until the last is there, or one connection would do for all.
        join_all((0..connections.min(self.max)).map(|_| self.get())).await;
    }

    fn busy(&self) -> Error {
        let last_error = self.shared.failure.borrow().as_ref().map(|failure| failure.error.to_string());
        Error::Busy { waited: WAIT, last_error }
    }

    /// Called when a connection turned out to be lost: its neighbours, opened to the same server, are not handed out either.
    pub(super) fn distrust(&self, lost: &Connection) {
        let next = lost.generation + 1;
        // Fails if somebody else has noticed already.
        let _ = self.shared.generation.compare_exchange(lost.generation, next, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// Who we are, and whether the database can be had.
    pub(super) fn standing(&self) -> &Standing {
        &self.shared.standing
    }

    pub(super) fn state(&self) -> PoolState {
        let state = self.bb8.state();
        let (size, idle) = (state.connections, state.idle_connections);
        PoolState { size, idle, waiting: self.shared.waiting.count(), max: self.max }
    }
}

#[derive(Debug, Default)]
struct Shared {
    /// Raised when a connection is lost; connections of an older generation are stale.
    generation: AtomicU64,
    /// Why the last attempt to connect failed; none after one that succeeded. Those who wait are woken by `FailureSink`.
    failure: watch::Sender<Option<ConnectFailure>>,
    standing: Standing,
    waiting: Waiting,
}

#[derive(Clone, Debug)]
struct ConnectFailure {
    at: Instant,
    error: Error,
}

/// What bb8 is told of a connection that it cannot have.
#[derive(Debug)]
pub(super) enum NoConnection {
    /// It could not be made; the reason is in [`Shared::failure`].
    Failed,
    /// It is older than one that was lost.
    Stale,
}

/// Wakes those who wait for a connection once bb8 has counted the failed one out: woken earlier, they could ask for another
/// while the pool still seems full, and wait in vain.
#[derive(Debug)]
struct FailureSink(Arc<Shared>);

impl ErrorSink<NoConnection> for FailureSink {
    fn sink(&self, error: NoConnection) {
        if let NoConnection::Failed = error {
            self.0.failure.send_modify(|_| {});
        }
    }

    fn boxed_clone(&self) -> Box<dyn ErrorSink<NoConnection>> {
        Box::new(Self(Arc::clone(&self.0)))
    }
}

/// How bb8 makes and judges connections.
#[derive(Debug)]
pub(super) struct Manager {
    settings: SqlServerSettings,
    logins: LoginPolicy,
    shared: Arc<Shared>,
}

impl Manager {
    /// A connection whose login is allowed by the server's own word on it.
    async fn log_in(&self) -> Result<Connection, Error> {
        let connection = connect(&self.settings).await?;
        if let Some(identity) = connection.identity() {
            metrics::login(identity.auth_scheme.to_string());
            self.logins.check(&identity.auth_scheme)?;
            if self.shared.standing.logged_in(&identity) {
                announce(&identity);
            }
        }
        Ok(connection)
    }

    fn refused_just_now(&self) -> bool {
        self.shared.failure.borrow().as_ref().is_some_and(|failure| {
            !matches!(failure.error, Error::Unavailable(_)) && failure.at.elapsed() < BLOCKING_PERIOD
        })
    }

    /// Keeps why the last attempt failed, without waking anybody.
    fn keep(&self, failure: Option<ConnectFailure>) {
        self.shared.failure.send_if_modified(|kept| {
            *kept = failure;
            false
        });
    }
}

impl ManageConnection for Manager {
    type Connection = Connection;
    type Error = NoConnection;

    async fn connect(&self) -> Result<Connection, NoConnection> {
        if self.refused_just_now() {
            return Err(NoConnection::Failed);
        }
        let generation = self.shared.generation.load(Ordering::Acquire);
        match self.log_in().await {
            Ok(mut connection) => {
                connection.generation = generation;
                self.keep(None);
                Ok(connection)
            }
            Err(error) => {
                metrics::login_failure();
                self.keep(Some(ConnectFailure { at: Instant::now(), error }));
                Err(NoConnection::Failed)
            }
        }
    }

    async fn is_valid(&self, connection: &mut Connection) -> Result<(), NoConnection> {
        let stale = connection.generation < self.shared.generation.load(Ordering::Acquire);
        if stale { Err(NoConnection::Stale) } else { Ok(()) }
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.is_dirty() || !self.settings.pooling
    }
}

/// Once for each change of who we are, not for each connection.
fn announce(identity: &Identity) {
    let Identity { login, auth_scheme, spn, .. } = identity;
    let spn = spn.as_deref();
    match auth_scheme {
        AuthScheme::Ntlm => tracing::warn!(
            login,
            spn,
            "logged in by NTLM, the fall-back that proves no server: register the SPN by `setspn -S`, and set \
             BOOKSTORE_REQUIRE_KERBEROS=true to refuse such logins"
        ),
        _ => tracing::info!(login, %auth_scheme, spn, "logged in"),
    }
}
