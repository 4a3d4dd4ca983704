//! `/metrics`: all metrics, as Prometheus's text format or as OpenMetrics. There is one recorder per process, which in
//! tests runs several shops.

mod gauges;
mod open_metrics;

use std::sync::{Arc, OnceLock};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;

use crate::http::middleware::access_log;
use crate::http::page_cache;
use crate::state::AppState;

/// Upper bounds of the histograms in seconds: from a cached page to the default of BOOKSTORE_REQUEST_TIMEOUT.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Returns the recorder of the process. The first call installs it.
///
/// # Errors
/// Another recorder is installed.
pub(crate) fn recorder() -> Result<PrometheusHandle, &'static BuildError> {
    static RECORDER: OnceLock<Result<PrometheusHandle, BuildError>> = OnceLock::new();
    RECORDER.get_or_init(install).as_ref().cloned()
}

fn install() -> Result<PrometheusHandle, BuildError> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?;
    access_log::describe_metrics();
    page_cache::describe_metrics();
    bookstore_db::metrics::describe();
    gauges::describe();
    Collector::default().describe();
    Ok(recorder)
}

/// `/metrics`: all metrics. Those of the store, its pool and its credentials are read now; no statement is sent.
pub(crate) async fn scrape(State(state): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    let Ok(recorder) = recorder() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    gauges::set(&state).await;
    let text = recorder.render();
    if open_metrics::is_accepted(&headers) {
        return ([(header::CONTENT_TYPE, open_metrics::CONTENT_TYPE)], open_metrics::from_text(&text)).into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
