//! The numbers that Prometheus reads. The recorder belongs to the process, which in tests runs several shops.

use std::sync::OnceLock;

use bookstore_db::switch::Switch;
use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;

pub(crate) const REQUESTS: &str = "http_requests_total";
pub(crate) const REQUEST_SECONDS: &str = "http_request_duration_seconds";
pub(crate) const REQUESTS_RUNNING: &str = "http_requests_in_flight";
const POOL_SIZE: &str = "db_pool_connections";
const POOL_IDLE: &str = "db_pool_idle_connections";
const POOL_WAITING: &str = "db_pool_waiting_requests";
const STORE_GENERATION: &str = "db_store_generation";
const SWITCH_FAILING: &str = "db_switch_failing";
const BUILD: &str = "build_info";

/// From a page out of memory to the longest that a request may take by default, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// A handle to the process's recorder, which the first call installs.
///
/// # Errors
/// Another recorder is installed.
pub(crate) fn recorder() -> Result<PrometheusHandle, &'static BuildError> {
    static RECORDER: OnceLock<Result<PrometheusHandle, BuildError>> = OnceLock::new();
    RECORDER.get_or_init(install).as_ref().cloned()
}

fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?;
    describe_counter!(REQUESTS, "Requests answered, by method, route and status");
    describe_histogram!(REQUEST_SECONDS, "Time from a request's head to its answer's, by method, route and status");
    describe_gauge!(REQUESTS_RUNNING, "Requests that run now");
    describe_gauge!(POOL_SIZE, "Open database connections");
    describe_gauge!(POOL_IDLE, "Open database connections that nobody uses");
    describe_gauge!(POOL_WAITING, "Requests that wait for a database connection");
    describe_gauge!(STORE_GENERATION, "Which connection string is current: 1 at the start, one more with every switch");
    describe_gauge!(SWITCH_FAILING, "1 while the watched file gives no connection string that works");
    bookstore_db::metrics::describe();
    describe_gauge!(BUILD, "Always 1; the label says which version runs");
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Collector::default().describe();
    Ok(handle)
}

/// All numbers in Prometheus's text format; those of the store, its pool and the process are taken now.
pub(crate) fn render(handle: &PrometheusHandle, switch: &Switch) -> String {
    let store = switch.current();
    let pool = store.pool();
    gauge!(POOL_SIZE).set(pool.size);
    gauge!(POOL_IDLE).set(pool.idle);
    gauge!(POOL_WAITING).set(pool.waiting);
    gauge!(STORE_GENERATION).set(store.generation() as f64);
    gauge!(SWITCH_FAILING).set(if switch.last_failure().is_some() { 1.0 } else { 0.0 });
    Collector::default().collect();
    handle.render()
}
