//! `/diagnostics`: the doctor's report as a page and as JSON, on the admin listener, and on the shop if it is asked for.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::{FromRef, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use bookstore_db::doctor::examine;
use bookstore_db::doctor::report::{Report, Status, moment};
use bookstore_db::switch::{FailedSwitch, Switch};
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::app::AppState;
use crate::layout::{Frame, html};

/// How long a report is shown to whoever asks: one run costs the domain controllers questions.
const KEPT: Duration = Duration::from_secs(5);

/// One run at a time, shared by all who ask.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostics(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    switch: Switch,
    last: Mutex<Option<Kept>>,
}

/// A report, of which store and since when.
#[derive(Debug)]
struct Kept {
    generation: u64,
    when: Instant,
    report: Arc<Report>,
}

/// What is shown: the report, and a connection string that was wanted meanwhile and did not work.
#[derive(Clone, Debug)]
struct Seen {
    report: Arc<Report>,
    failed_switch: Option<Arc<FailedSwitch>>,
}

impl Diagnostics {
    pub(crate) fn new(switch: Switch) -> Self {
        Self(Arc::new(Shared { switch, last: Mutex::new(None) }))
    }

    /// The report of now, or a kept one. A run goes on if the one who asked hangs up, or each such visitor would begin another.
    async fn see(&self) -> Option<Seen> {
        let shared = Arc::clone(&self.0);
        let report = tokio::spawn(async move { shared.report().await }).await.ok()?;
        Some(Seen { report, failed_switch: self.0.switch.last_failure() })
    }
}

impl Shared {
    async fn report(&self) -> Arc<Report> {
        let mut last = self.last.lock().await;
        let store = self.switch.current();
        let generation = store.generation();
        if let Some(kept) = &*last
            && kept.generation == generation
            && kept.when.elapsed() < KEPT
        {
            return Arc::clone(&kept.report);
        }
        let (connection_string, policy) = store.opened_from();
        let report = Arc::new(examine(connection_string, policy).await);
        *last = Some(Kept { generation, when: Instant::now(), report: Arc::clone(&report) });
        report
    }
}

/// The routes of the admin listener.
pub(crate) fn admin<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Diagnostics: FromRef<S>,
{
    Router::new().route("/diagnostics", get(on_admin)).route("/diagnostics.json", get(as_json))
}

/// The routes of the shop, where they are asked for.
pub(crate) fn shop() -> Router<AppState> {
    Router::new().route("/diagnostics", get(in_shop)).route("/diagnostics.json", get(as_json))
}

impl FromRef<AppState> for Diagnostics {
    fn from_ref(state: &AppState) -> Self {
        state.diagnostics.clone()
    }
}

/// The report, in whatever page it stands.
#[derive(Template)]
#[template(path = "diagnostics/report.html")]
struct Findings {
    seen: Seen,
}

/// The template escapes what it is given.
impl HtmlSafe for Findings {}

#[derive(Template)]
#[template(path = "diagnostics/admin.html")]
struct AdminPage {
    findings: Findings,
}

#[derive(Template)]
#[template(path = "diagnostics/shop.html")]
struct ShopPage {
    frame: Frame,
    findings: Findings,
}

async fn on_admin(State(diagnostics): State<Diagnostics>, headers: HeaderMap) -> Response {
    let Some(seen) = diagnostics.see().await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    if wants_json(&headers) {
        return json(&seen);
    }
    let mut response = html(StatusCode::OK, &AdminPage { findings: Findings { seen } });
    // The page brings its own style, and needs nothing else.
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

async fn in_shop(State(diagnostics): State<Diagnostics>, headers: HeaderMap, frame: Frame) -> Response {
    let Some(seen) = diagnostics.see().await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    if wants_json(&headers) {
        json(&seen)
    } else {
        html(StatusCode::OK, &ShopPage { frame, findings: Findings { seen } })
    }
}

async fn as_json(State(diagnostics): State<Diagnostics>) -> Response {
    match diagnostics.see().await {
        Some(seen) => json(&seen),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The report as the command prints it, and the failed switch beside it.
#[derive(Serialize)]
struct SeenJson<'a> {
    #[serde(flatten)]
    report: &'a Report,
    failed_switch: Option<FailedSwitchJson>,
}

#[derive(Serialize)]
struct FailedSwitchJson {
    at: String,
    tries: u32,
    connection_string: Option<String>,
    error: String,
    advice: &'static str,
}

fn json(seen: &Seen) -> Response {
    let failed_switch = seen.failed_switch.as_ref().map(|failed| FailedSwitchJson {
        at: moment(failed.at),
        tries: failed.tries,
        connection_string: failed.connection_string.clone(),
        error: failed.error.to_string(),
        advice: failed.error.advice(),
    });
    Json(SeenJson { report: &seen.report, failed_switch }).into_response()
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    accept.contains("application/json") && !accept.contains("text/html")
}

/// The class of a check's row, and the word for people who see no colours.
fn mark(status: &Status) -> (&'static str, &'static str) {
    match status {
        Status::Pass => ("pass", "ok"),
        Status::Warn => ("warn", "warning"),
        Status::Fail => ("fail", "fails"),
        Status::NotPossible => ("unknown", "not possible here"),
        Status::Skipped => ("skipped", "skipped"),
    }
}
