//! The running application: what every handler can reach, the listeners, and their life from bind to drain.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use bookstore_db::login_policy::LoginPolicy;
use bookstore_db::store::Store;
use bookstore_db::switch::Switch;
use metrics_exporter_prometheus::{BuildError, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::admin::{self, Admin};
use crate::compare::Live;
use crate::config::{Config, Source};
use crate::diagnostics::Diagnostics;
use crate::health::Readiness;
use crate::middleware::one_store;
use crate::server::{self, Limits};
use crate::shared::SharedPages;
use crate::watch::Watch;
use crate::{metrics, routes};

/// Connections for each request that may run: browsers hold several open and use few at once.
const CONNECTIONS_A_REQUEST: usize = 4;
/// Connections of probes and scrapers.
const ADMIN_CONNECTIONS: usize = 64;
/// How often histograms are folded, or they would grow until the next scrape.
const UPKEEP: Duration = Duration::from_secs(1);

/// What every handler can reach. Clones are the same, and cheap: a request makes several.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Reach>);

/// What a handler reaches by the state.
#[derive(Debug)]
pub struct Reach {
    /// The books, by the connection string of now.
    pub switch: Switch,
    /// The pages that are being made of them.
    pub(crate) pages: SharedPages,
    /// A place for each thing that may run at once.
    pub(crate) budget: Arc<Semaphore>,
    /// Who is told of changes.
    pub(crate) live: Live,
    /// Why the login fails, if it does.
    pub(crate) diagnostics: Diagnostics,
}

impl AppState {
    /// Of a shop that runs at most so many requests at once: half as many may listen beside them.
    pub fn new(switch: Switch, max_requests: usize) -> Self {
        let budget = Arc::new(Semaphore::new(max_requests));
        Self(Arc::new(Reach {
            diagnostics: Diagnostics::new(switch.clone()),
            switch,
            pages: SharedPages::new(&budget),
            budget,
            live: Live::new(max_requests / 2),
        }))
    }

    /// The books. A request gets one store however often it asks, whatever is switched meanwhile: that of its start.
    pub fn store(&self) -> Arc<Store> {
        one_store::of_this_request().unwrap_or_else(|| self.switch.current())
    }
}

impl Deref for AppState {
    type Target = Reach;

    fn deref(&self) -> &Reach {
        &self.0
    }
}

/// Why the application cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A listener's address is taken, not this machine's, or not allowed.
    #[error("cannot listen at {addr}: {error}; set {setting} to another address and port")]
    Bind {
        /// The setting that names the address.
        setting: &'static str,
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// The store cannot be opened at all. A server that is away is no such error.
    #[error(transparent)]
    Store(#[from] bookstore_db::error::Error),
    /// Another metrics recorder was installed in this process.
    #[error("cannot record metrics: {0}")]
    Metrics(&'static BuildError),
}

/// The application with both listeners bound, not serving yet.
#[derive(Debug)]
pub struct App {
    config: Config,
    switch: Switch,
    shop: TcpListener,
    shop_addr: SocketAddr,
    admin: TcpListener,
    admin_addr: SocketAddr,
    recorder: PrometheusHandle,
}

impl App {
    /// Binds both listeners and opens the store, which for SQL Server does not wait for the server.
    ///
    /// # Errors
    /// See [`AppError`].
    pub async fn bind(config: &Config) -> Result<Self, AppError> {
        let recorder = metrics::recorder().map_err(AppError::Metrics)?;
        let (shop, shop_addr) = bind("BOOKSTORE_ADDR", config.shop_addr).await?;
        let (admin, admin_addr) = bind("BOOKSTORE_ADMIN_ADDR", config.admin_addr).await?;
        let logins = LoginPolicy { require_kerberos: config.require_kerberos };
        let switch = Switch::new(Store::open_with(&config.connection_string, logins)?);
        Ok(Self { config: config.clone(), switch, shop, shop_addr, admin, admin_addr, recorder })
    }

    /// Where the shop listens; the port is the real one if 0 was asked for.
    pub fn shop_addr(&self) -> SocketAddr {
        self.shop_addr
    }

    /// Where health and metrics listen.
    pub fn admin_addr(&self) -> SocketAddr {
        self.admin_addr
    }

    /// Serves until `until` is done, then ends in order: readiness off, a pause in which all is still served, no new connections and
    /// a bounded wait for running requests. The last of the store's handles is dropped with this, which closes its connections. Health and metrics answer until all that is done.
    pub async fn run(self, until: impl Future<Output = ()>) {
        let readiness = Arc::new(Readiness::default());
        let state = AppState::new(self.switch.clone(), self.config.max_requests);
        let reached = Admin {
            switch: self.switch.clone(),
            readiness: readiness.clone(),
            recorder: self.recorder.clone(),
            diagnostics: state.diagnostics.clone(),
        };
        let watch = watch(&self.config, self.switch);
        let limits = Limits { connections: ADMIN_CONNECTIONS, stall: self.config.stall_timeout, drain: Duration::ZERO };
        let stop = announced(&self.config, &readiness, state.live.clone(), until);
        let shop = serve_shop(&self.config, state, self.shop, stop);
        tracing::info!("listening on http://{} (health and metrics: http://{})", self.shop_addr, self.admin_addr);
        tokio::select! {
            _ = server::serve(self.admin, admin::router(reached), limits, shop) => {}
            () = upkeep(&self.recorder) => {}
            () = watch => {}
        }
        tracing::info!("ended");
    }
}

/// Switches whenever the file of the connection string changes. Does not end, not even where there is no file.
async fn watch(config: &Config, switch: Switch) {
    match &config.connection_string_source {
        Source::File(file) => {
            let current = config.connection_string.target.clone();
            let logins = LoginPolicy { require_kerberos: config.require_kerberos };
            Watch::new(file.clone(), current, switch, logins).run().await;
        }
        Source::Default | Source::Variable => std::future::pending().await,
    }
}

/// Serving, up to the moment in which accepting ends: `until`, and then the pause in which load balancers see readiness off.
async fn announced(config: &Config, readiness: &Readiness, live: Live, until: impl Future<Output = ()>) {
    readiness.serving();
    until.await;
    readiness.stopping();
    tracing::info!(delay = ?config.shutdown_delay, "readiness is off");
    tokio::time::sleep(config.shutdown_delay).await;
    tracing::info!(timeout = ?config.drain_timeout, "draining");
    // Streams have no end of their own; their readers find another replica.
    live.close();
}

async fn serve_shop(config: &Config, state: AppState, listener: TcpListener, stop: impl Future<Output = ()>) {
    let routes = routes::shop(state, config);
    let connections = config.max_requests.saturating_mul(CONNECTIONS_A_REQUEST);
    let limits = Limits { connections, stall: config.stall_timeout, drain: config.drain_timeout };
    let cut = server::serve(listener, routes, limits, stop).await;
    if cut > 0 {
        tracing::warn!(connections = cut, "cut off: still running at the end of BOOKSTORE_DRAIN_TIMEOUT");
    }
}

async fn upkeep(recorder: &PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP).await;
        recorder.run_upkeep();
    }
}

async fn bind(setting: &'static str, addr: SocketAddr) -> Result<(TcpListener, SocketAddr), AppError> {
    let error = |error| AppError::Bind { setting, addr, error };
    let listener = TcpListener::bind(addr).await.map_err(error)?;
    let bound = listener.local_addr().map_err(error)?;
    Ok((listener, bound))
}
