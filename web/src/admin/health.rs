//! Liveness, readiness and version.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Html;

use crate::build_info;
use crate::state::AppState;
use crate::state::readiness::DatabaseState;

/// `/`: the addresses of this listener, for people.
pub(crate) async fn index() -> Html<&'static str> {
    Html(
        "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Bookstore: admin listener</title>\n\
         <h1>Bookstore: admin listener</h1>\n<ul>\n\
         <li><a href=\"/healthz\">/healthz</a>: the process answers\n\
         <li><a href=\"/readyz?verbose\">/readyz</a>: this replica can serve requests; with ?verbose also the state of \
         the database\n\
         <li><a href=\"/version\">/version</a>\n\
         <li><a href=\"/metrics\">/metrics</a>: for Prometheus\n\
         <li><a href=\"/diagnostics\">/diagnostics</a>: why a login fails, as a page or \
         <a href=\"/diagnostics.json\">as JSON</a>; POST runs the checks\n</ul>\n</html>\n",
    )
}

/// `/healthz`: the process answers. It never depends on the database, or an outage there would restart every replica.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// `/readyz`: this replica can serve requests and has read the database at least once. With `?verbose`, a second line
/// has the last known state of the database, which has no influence on the status.
pub(crate) async fn ready(State(state): State<Arc<AppState>>, RawQuery(query): RawQuery) -> (StatusCode, String) {
    let (status, mut text) = match state.readiness.check() {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")),
    };
    let query = query.unwrap_or_default();
    if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "verbose") {
        text.push_str(&match DatabaseState::of(&state.switch.current().login_state()) {
            DatabaseState::Available => "database: available\n".to_owned(),
            DatabaseState::NotTried => "database: not tried yet\n".to_owned(),
            DatabaseState::Unavailable(Some(reason)) => format!("database: unavailable: {reason}\n"),
            DatabaseState::Unavailable(None) => "database: unavailable\n".to_owned(),
        });
    }
    (status, text)
}

/// `/version`: the version on the first line, then what the program was built from.
pub(crate) async fn version() -> String {
    let (target, features, time) = (build_info::target(), build_info::features(), build_info::build_time());
    let (version, commit) = (build_info::VERSION, build_info::COMMIT);
    format!("{version}\ncommit: {commit}\ntarget: {target}\nfeatures: {features}\nbuilt: {time}\n")
}
