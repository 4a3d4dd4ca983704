//! The connection pool: bb8, with a manager that opens connections and keeps the last error.

mod lease;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bb8::{ErrorSink, ManageConnection, QueueStrategy};
use futures_util::future::join_all;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, interval_at};

use super::connect::{NO_LIMIT, connect_with};
use super::connection::Connection;
use super::login_backoff::LoginBackoff;
use super::login_tracker::LoginTracker;
use crate::connection_string::SqlServerSettings;
use crate::error::Error;
use crate::identity::{AuthScheme, Identity};
use crate::login_policy::LoginPolicy;
use crate::pool_state::PoolState;
use crate::pool_wait::PoolWaits;
use crate::spans::{DatabaseSpan, DatabaseSpans};
use lease::Lease;

/// How long a request waits for a connection while all are in use: longer than the statement of a cancelled request may
/// keep one (`connection.rs`).
const MAX_WAIT: Duration = Duration::from_secs(8);

/// The statement that warms a new session.
const WARMING: &str = concat!("SET LOCK_TIMEOUT 0;\n", include_str!("../../sql/queries/list.sql"));

/// The connections of one connection string. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    bb8: bb8::Pool<Manager>,
    /// One permit per connection that the pool may have. bb8 gives a free connection to the next caller, also past
    /// callers that wait; the semaphore serves callers in the order of their arrival, so that none waits for ever.
    slots: Arc<Semaphore>,
    max: u32,
    shared: Arc<Shared>,
}

impl Pool {
    /// Creates a pool that opens its first connection on demand. Needs a tokio runtime.
    pub(super) fn new(settings: SqlServerSettings, logins: LoginPolicy) -> Self {
        let shared = Arc::new(Shared::of(&settings));
        let max = settings.max_pool_size.max(1);
        let backoff = LoginBackoff::of(&settings);
        let bb8 = bb8::Pool::builder()
            .max_size(max)
            .min_idle(Some(settings.min_pool_size).filter(|idle| *idle > 0))
            .max_lifetime(settings.load_balance_timeout)
            .idle_timeout(settings.idle_timeout)
            // Beyond `get`, which knows what it waits for.
            .connection_timeout(settings.connect_timeout.unwrap_or(NO_LIMIT) + 2 * MAX_WAIT)
            .retry_connection(false)
            // `is_valid` compares a number in memory and sends nothing to the server.
            .test_on_check_out(true)
            .queue_strategy(QueueStrategy::Lifo)
            .error_sink(Box::new(FailureSink(Arc::clone(&shared))))
            .build_unchecked(Manager { settings, logins, backoff, shared: Arc::clone(&shared) });
        Self { bb8, slots: Arc::new(Semaphore::new(max as usize)), max, shared }
    }

    /// Waits for a connection for exclusive use.
    ///
    /// # Errors
    /// The error of opening a connection, as soon as it is known; [`Error::Busy`] if all connections stay in use.
    pub(super) async fn get(&self) -> Result<Lease, Error> {
        // It may be stale, and then the wait is for a login.
        let has_idle = self.bb8.state().idle_connections > 0;
        self.shared.waits.observe(&self.shared.spans, has_idle, self.wait_for_connection()).await
    }

    /// The spans of statements on this database.
    pub(super) fn spans(&self) -> &DatabaseSpans {
        &self.shared.spans
    }

    async fn wait_for_connection(&self) -> Result<Lease, Error> {
        let mut failures = self.shared.failure.subscribe();
        failures.mark_unchanged();
        let mut failure = None;
        let get = async {
            let slot = Arc::clone(&self.slots).acquire_owned().await.ok()?;
            Some(Lease::new(self.bb8.get_owned().await.ok()?, slot))
        };
        tokio::pin!(get);
        let mut overdue = interval_at(Instant::now() + MAX_WAIT, MAX_WAIT);
        loop {
            tokio::select! {
                lease = &mut get => return lease.ok_or(Error::Busy(MAX_WAIT)),
                _ = failures.changed() => {
                    failure.clone_from(&failures.borrow_and_update());
                    // While other connections are open, one of them may come free.
                    if let (Some(failure), 0) = (&failure, self.bb8.state().connections) {
                        return Err(failure.clone());
                    }
                }
                _ = overdue.tick() => match failure {
                    Some(failure) => return Err(failure),
                    None if self.bb8.state().connections >= self.max => return Err(Error::Busy(MAX_WAIT)),
                    // A login is under way. It ends within Connect Timeout, the warming of its session within
                    // Command Timeout.
                    None => {}
                },
            }
        }
    }

    /// Opens this many connections in parallel, at most the pool's maximum, and leaves them idle.
    pub(super) async fn warm(&self, connections: u32) {
        // All are held until the last one is open; otherwise one connection would serve all calls.
        join_all((0..connections.min(self.max)).map(|_| self.get())).await;
    }

    /// Starts a new epoch after a connection was lost: the other connections of its epoch, opened to the same server,
    /// are discarded.
    pub(super) fn discard_older(&self, lost: &Lease) {
        let next = lost.epoch + 1;
        // Fails if another request started it already.
        let _ = self.shared.epoch.compare_exchange(lost.epoch, next, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// The identity, and the current outage.
    pub(super) fn logins(&self) -> &LoginTracker {
        &self.shared.logins
    }

    pub(super) fn state(&self) -> PoolState {
        let state = self.bb8.state();
        let (size, idle) = (state.connections, state.idle_connections);
        PoolState { size, idle, waiting: self.shared.waits.count(), max: self.max }
    }
}

#[derive(Debug)]
struct Shared {
    /// Raised when a connection is lost. Connections of an earlier epoch are stale.
    epoch: AtomicU64,
    /// The error of the last attempt to connect; `None` after a success. `FailureSink` wakes the waiting requests.
    failure: watch::Sender<Option<Error>>,
    logins: LoginTracker,
    waits: PoolWaits,
    spans: DatabaseSpans,
}

impl Shared {
    fn of(settings: &SqlServerSettings) -> Self {
        Self {
            epoch: AtomicU64::default(),
            failure: watch::Sender::default(),
            logins: LoginTracker::default(),
            waits: PoolWaits::default(),
            spans: DatabaseSpans::of_server(settings),
        }
    }
}

/// The error that the manager returns to bb8.
#[derive(Debug)]
pub(super) enum ManagerError {
    /// Opening a connection failed; the cause is in [`Shared::failure`].
    ConnectFailed,
    /// The connection is older than one that was lost.
    Stale,
}

/// Wakes the waiting requests after bb8 has removed the failed connection from its count. Woken earlier, they would
/// find the pool full and wait in vain.
#[derive(Debug)]
struct FailureSink(Arc<Shared>);

impl ErrorSink<ManagerError> for FailureSink {
    fn sink(&self, error: ManagerError) {
        if let ManagerError::ConnectFailed = error {
            self.0.failure.send_modify(|_| {});
        }
    }

    fn boxed_clone(&self) -> Box<dyn ErrorSink<ManagerError>> {
        Box::new(Self(Arc::clone(&self.0)))
    }
}

/// Opens and checks connections for bb8.
#[derive(Debug)]
pub(super) struct Manager {
    settings: SqlServerSettings,
    logins: LoginPolicy,
    backoff: Arc<LoginBackoff>,
    shared: Arc<Shared>,
}

impl Manager {
    /// Opens a connection. With `Min Pool Size`, its session runs the statement of the list once before a request gets
    /// it, because on some servers a session's first statement takes much longer than the others.
    async fn open(&self, span: DatabaseSpan) -> Result<Connection, Error> {
        let mut connection = connect_with(&self.settings, self.logins, &self.backoff, span).await?;
        if self.settings.min_pool_size > 0 {
            let (skip, take) = (0_i64, 1_i64);
            let warmed = connection.query(WARMING, &[&skip, &take]).await;
            // An error that leaves the connection usable is one of the statement; a request gets its own.
            if let (Err(error), false) = (warmed, connection.is_clean()) {
                return Err(error.into_error());
            }
        }
        Ok(connection)
    }

    /// Stores the outcome of the last attempt without waking the waiting requests.
    fn store_failure(&self, failure: Option<Error>) {
        self.shared.failure.send_if_modified(|stored| {
            *stored = failure;
            false
        });
    }
}

impl ManageConnection for Manager {
    type Connection = Connection;
    type Error = ManagerError;

    async fn connect(&self) -> Result<Connection, ManagerError> {
        let epoch = self.shared.epoch.load(Ordering::Acquire);
        let span = self.shared.waits.login(&self.shared.spans);
        match self.open(span).await {
            Ok(mut connection) => {
                if let Some(identity) = connection.identity()
                    && self.shared.logins.record_login(&identity)
                {
                    log_login(&identity);
                }
                connection.epoch = epoch;
                self.store_failure(None);
                Ok(connection)
            }
            Err(error) => {
                self.store_failure(Some(error));
                Err(ManagerError::ConnectFailed)
            }
        }
    }

    async fn is_valid(&self, connection: &mut Connection) -> Result<(), ManagerError> {
        let is_stale = connection.epoch < self.shared.epoch.load(Ordering::Acquire);
        if is_stale { Err(ManagerError::Stale) } else { Ok(()) }
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        !connection.is_clean() || !self.settings.pooling
    }
}

/// Logs a login. Called once per change of the login, not per connection.
fn log_login(identity: &Identity) {
    let Identity { login, auth_scheme, spn, .. } = identity;
    let spn = spn.as_deref();
    match auth_scheme {
        AuthScheme::Ntlm => tracing::warn!(
            login,
            spn,
            "logged in with NTLM, which does not authenticate the server: register the SPN with `setspn -S`, and set \
             BOOKSTORE_REQUIRE_KERBEROS=true to refuse such logins"
        ),
        _ => tracing::info!(login, %auth_scheme, spn, "logged in"),
    }
}
