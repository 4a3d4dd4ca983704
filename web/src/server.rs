//! The running application: both listeners and the background tasks, from bind to drain.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bookstore_db::store::Store;
use bookstore_db::switch::Switch;
use metrics_exporter_prometheus::{BuildError, PrometheusHandle};
use tokio::net::TcpListener;

use crate::admin::metrics;
use crate::config::{Config, ConnectionStringSource};
use crate::routes;
use crate::state::AppState;

mod certificate_monitor;
mod connections;
mod database_monitor;
mod retry_pause;
pub(crate) mod shutdown;
pub(crate) mod telemetry;
mod watch;

use connections::ConnectionLimits;
use watch::ConnectionStringWatch;

/// Open connections per request that may run: browsers hold several open and use few at once.
const CONNECTIONS_PER_REQUEST: usize = 4;
/// Open connections of probes and scrapers.
const ADMIN_CONNECTIONS: usize = 64;
/// How often histograms are folded, since they grow until they are folded or scraped.
const METRICS_UPKEEP: Duration = Duration::from_secs(1);

/// Why the application cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address of a listener is in use, does not belong to this machine, or needs a privilege.
    #[error("cannot listen on {addr}: {error}; set {setting} to another address and port")]
    Bind {
        /// The setting that contains the address.
        setting: &'static str,
        /// The address.
        addr: SocketAddr,
        /// The error of the system.
        error: std::io::Error,
    },
    /// The store cannot be opened. An unreachable server is not an error here.
    #[error(transparent)]
    Store(#[from] bookstore_db::error::Error),
    /// Another metrics recorder is installed in this process.
    #[error("cannot record metrics: {0}")]
    Metrics(&'static BuildError),
}

/// The application with both listeners bound, before it serves.
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
    /// Binds both listeners and opens the store. For SQL Server this does not connect.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn bind(config: &Config) -> Result<Self, StartError> {
        let recorder = metrics::recorder().map_err(StartError::Metrics)?;
        connections::describe_metrics();
        let (shop, shop_addr) = bind("BOOKSTORE_ADDR", config.shop_addr).await?;
        let (admin, admin_addr) = bind("BOOKSTORE_ADMIN_ADDR", config.admin_addr).await?;
        let switch = Switch::new(Store::open_with(&config.connection_string, config.login_policy())?);
        Ok(Self { config: config.clone(), switch, shop, shop_addr, admin, admin_addr, recorder })
    }

    /// The address of the shop's listener. The port is the actual one if the setting has port 0.
    pub fn shop_addr(&self) -> SocketAddr {
        self.shop_addr
    }

    /// The address of the admin listener.
    pub fn admin_addr(&self) -> SocketAddr {
        self.admin_addr
    }

    /// Serves until `stop` completes, then shuts down in order: it turns readiness off, continues to serve for the
    /// shutdown delay, accepts no more connections, and waits for running requests up to the drain timeout. The admin
    /// listener answers until the end. Then the store is dropped, which closes its connections.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let state =
            Arc::new(AppState::new(self.switch.clone(), self.config.max_requests).with_currency(&self.config.currency));
        let stop = serve_until(&self.config, Arc::clone(&state), stop);
        let shop = serve_shop(&self.config, Arc::clone(&state), self.shop, stop);
        let admin_limits = ConnectionLimits {
            connections: ADMIN_CONNECTIONS,
            per_client: ADMIN_CONNECTIONS,
            head: self.config.read_timeout,
            stall: self.config.stall_timeout,
            drain: Duration::ZERO,
        };
        tracing::info!("listening on http://{} (health and metrics: http://{})", self.shop_addr, self.admin_addr);
        tokio::select! {
            _ = connections::serve(self.admin, routes::admin(Arc::clone(&state), &self.config), admin_limits, shop) => {}
            () = upkeep(&self.recorder) => {}
            () = watch_connection_string(&self.config, self.switch.clone()) => {}
            () = database_monitor::run(&self.switch, &state.readiness) => {}
            () = certificate_monitor::run(&self.switch, &state.server_certificate) => {}
        }
        tracing::info!("stopped");
    }
}

/// Switches when the file of the connection string changes. Never ends, even if there is no file.
async fn watch_connection_string(config: &Config, switch: Switch) {
    match &config.connection_string_source {
        ConnectionStringSource::File(file) => {
            let current = config.connection_string.target.clone();
            ConnectionStringWatch::new(file.clone(), current, switch, config.login_policy()).run().await;
        }
        ConnectionStringSource::Default | ConnectionStringSource::Variable => std::future::pending().await,
    }
}

/// Completes when the shop has to accept no more connections: after `stop` and the shutdown delay.
async fn serve_until(config: &Config, state: Arc<AppState>, stop: impl Future<Output = ()>) {
    state.readiness.start_serving();
    stop.await;
    state.readiness.start_draining();
    tracing::info!(delay = ?config.shutdown_delay, "readiness is off");
    tokio::time::sleep(config.shutdown_delay).await;
    tracing::info!(timeout = ?config.drain_timeout, "draining");
    // Live streams do not end by themselves. Their readers reconnect to another replica.
    state.live_streams.close();
}

async fn serve_shop(config: &Config, state: Arc<AppState>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let routes = routes::shop(state, config);
    let connections = config.max_requests.saturating_mul(CONNECTIONS_PER_REQUEST);
    let limits = ConnectionLimits {
        connections,
        per_client: config.max_connections_per_client,
        head: config.read_timeout,
        stall: config.stall_timeout,
        drain: config.drain_timeout,
    };
    let cut_off = connections::serve(listener, routes, limits, stop).await;
    if cut_off > 0 {
        tracing::warn!(requests = cut_off, "running requests were cut off: BOOKSTORE_DRAIN_TIMEOUT has passed");
    }
}

async fn upkeep(recorder: &PrometheusHandle) {
    loop {
        tokio::time::sleep(METRICS_UPKEEP).await;
        recorder.run_upkeep();
    }
}

async fn bind(setting: &'static str, addr: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let error = |error| StartError::Bind { setting, addr, error };
    let listener = TcpListener::bind(addr).await.map_err(error)?;
    let bound = listener.local_addr().map_err(error)?;
    Ok((listener, bound))
}
