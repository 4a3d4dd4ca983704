//! `/diagnostics`: the doctor's report as a page and as JSON, on the admin listener, and on the shop if it is asked for.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bookstore_db::connection_string::ConnectionString;
use bookstore_db::doctor::examine;
use bookstore_db::doctor::report::{Report, Status, moment};
use bookstore_db::login_policy::LoginPolicy;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::app::AppState;
use crate::config::Config;
use crate::doctor::json;
use crate::layout::{Frame, Section, html};

/// How long a report is shown to whoever asks: one run costs the domain controllers questions.
const KEPT: Duration = Duration::from_secs(5);

/// One run at a time, shared by all who ask.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostics(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connection_string: ConnectionString,
    policy: LoginPolicy,
    last: Mutex<Option<(Instant, Arc<Report>)>>,
}

impl Diagnostics {
    pub(crate) fn new(config: &Config) -> Self {
        Self(Arc::new(Shared {
            connection_string: config.connection_string.clone(),
            policy: LoginPolicy { require_kerberos: config.require_kerberos },
            last: Mutex::new(None),
        }))
    }

    /// The report of now, or a kept one. A run goes on if the one who asked hangs up, or each such visitor would begin another.
    async fn report(&self) -> Option<Arc<Report>> {
        let shared = Arc::clone(&self.0);
        let run = async move {
            let mut last = shared.last.lock().await;
            if let Some((when, report)) = &*last
                && when.elapsed() < KEPT
            {
                return Arc::clone(report);
            }
            let report = Arc::new(examine(&shared.connection_string, shared.policy).await);
            *last = Some((Instant::now(), Arc::clone(&report)));
            report
        };
        tokio::spawn(run).await.ok()
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
pub(crate) fn shop(diagnostics: Diagnostics) -> Router<AppState> {
    let page = {
        let diagnostics = diagnostics.clone();
        move |State(state): State<AppState>, headers: HeaderMap| in_shop(state, diagnostics, headers)
    };
    let json = move || as_json(State(diagnostics));
    Router::new().route("/diagnostics", get(page)).route("/diagnostics.json", get(json))
}

/// The report, in whatever page it stands.
#[derive(Template)]
#[template(path = "diagnostics/report.html")]
struct Findings {
    report: Arc<Report>,
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
    if wants_json(&headers) {
        return as_json(State(diagnostics)).await;
    }
    let Some(report) = diagnostics.report().await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = html(StatusCode::OK, &AdminPage { findings: Findings { report } });
    // The page brings its own style, and needs nothing else.
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

async fn in_shop(state: AppState, diagnostics: Diagnostics, headers: HeaderMap) -> Response {
    if wants_json(&headers) {
        return as_json(State(diagnostics)).await;
    }
    let Some(report) = diagnostics.report().await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let frame = Frame::of(&state, Section::Elsewhere);
    html(StatusCode::OK, &ShopPage { frame, findings: Findings { report } })
}

async fn as_json(State(diagnostics): State<Diagnostics>) -> Response {
    match diagnostics.report().await {
        Some(report) => ([(header::CONTENT_TYPE, "application/json")], json(&report)).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
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
