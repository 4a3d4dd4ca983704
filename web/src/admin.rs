//! Health, readiness, metrics and diagnostics, on a listener of their own that a Service need not expose.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use bookstore_db::switch::Switch;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::diagnostics::{self, Diagnostics};
use crate::health::Readiness;
use crate::metrics;

/// What the admin listener can reach.
#[derive(Clone)]
pub(crate) struct Admin {
    pub(crate) switch: Switch,
    pub(crate) readiness: Arc<Readiness>,
    pub(crate) recorder: PrometheusHandle,
    pub(crate) diagnostics: Diagnostics,
}

impl FromRef<Admin> for Diagnostics {
    fn from_ref(admin: &Admin) -> Self {
        admin.diagnostics.clone()
    }
}

pub(crate) fn router(admin: Admin) -> Router {
    Router::new()
        // Alive: the process answers. It never asks the database, or an outage there would restart every replica.
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
        .route("/version", get(|| async { concat!(env!("CARGO_PKG_VERSION"), "\n") }))
        .merge(diagnostics::admin())
        .with_state(admin)
}

async fn ready(State(admin): State<Admin>) -> impl IntoResponse {
    let store = admin.switch.current();
    match admin.readiness.ask(store.generation(), store.ping()).await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")),
    }
}

async fn scrape(State(admin): State<Admin>) -> impl IntoResponse {
    let content_type = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    ([content_type], metrics::render(&admin.recorder, &admin.switch))
}
