//! `/diagnostics`: the doctor's last report as a page and as JSON, on the admin listener, and on the shop if
//! `BOOKSTORE_PUBLIC_DIAGNOSTICS` is true. A POST on the admin listener runs the doctor; a GET never does.

use std::sync::Arc;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use bookstore_db::switch::FailedSwitch;
use bookstore_doctor::report::{Report, Status, format_utc};
use serde::Serialize;

use crate::http::error::HandlerError;
use crate::http::rendered_page::html;
use crate::state::AppState;
use crate::state::doctor_reports::MAX_AGE_REFUSED;
use crate::view::layout::PageContext;

/// The last report, and the connection string of the watched file if it does not work.
#[derive(Clone, Debug)]
struct Diagnosis {
    /// None before the first run with the current connection string.
    report: Option<Arc<Report>>,
    failed_switch: Option<Arc<FailedSwitch>>,
}

impl Diagnosis {
    /// The last report. Runs nothing, so that no reader, robot or preview of a link causes a login.
    fn last(state: &AppState) -> Self {
        Self { report: state.doctor_reports.last(&state.switch), failed_switch: state.switch.last_failure() }
    }

    /// Runs the doctor, unless its last report is recent. The run continues if the client disconnects; otherwise each
    /// retry would start one.
    async fn run(state: &Arc<AppState>) -> Result<Self, HandlerError> {
        let shared = Arc::clone(state);
        let run = tokio::spawn(async move { shared.doctor_reports.run(&shared.switch).await });
        let report = run.await.map_err(|_| HandlerError::Request(StatusCode::INTERNAL_SERVER_ERROR))?;
        Ok(Self { report: Some(report), failed_switch: state.switch.last_failure() })
    }
}

/// The report as a part of a page.
#[derive(Template)]
#[template(path = "diagnostics/report.html")]
struct ReportView {
    diagnosis: Diagnosis,
    /// Whether the page may start a run.
    has_button: bool,
}

/// The template escapes its values.
impl HtmlSafe for ReportView {}

#[derive(Template)]
#[template(path = "diagnostics/admin.html")]
struct AdminPage {
    report: ReportView,
}

#[derive(Template)]
#[template(path = "diagnostics/shop.html")]
struct ShopPage {
    context: PageContext,
    report: ReportView,
}

/// The page of the admin listener. It needs no other file.
pub(crate) async fn show_on_admin(State(state): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    let diagnosis = Diagnosis::last(&state);
    if prefers_json(&headers) {
        return json(&diagnosis);
    }
    let mut response = html(StatusCode::OK, &AdminPage { report: ReportView { diagnosis, has_button: true } });
    let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

/// The page of the shop, which starts no run: its visitors are not the operators.
pub(crate) async fn show_in_shop(
    State(state): State<Arc<AppState>>,
    headers: HeaderMap,
    context: PageContext,
) -> Response {
    let diagnosis = Diagnosis::last(&state);
    if prefers_json(&headers) {
        return json(&diagnosis);
    }
    html(StatusCode::OK, &ShopPage { context, report: ReportView { diagnosis, has_button: false } })
}

/// `/diagnostics.json`, on either listener.
pub(crate) async fn show_json(State(state): State<Arc<AppState>>) -> Response {
    json(&Diagnosis::last(&state))
}

/// Runs the doctor and shows its report, on the admin listener.
pub(crate) async fn run(State(state): State<Arc<AppState>>, headers: HeaderMap) -> Result<Response, HandlerError> {
    let diagnosis = Diagnosis::run(&state).await?;
    Ok(if prefers_json(&headers) { json(&diagnosis) } else { Redirect::to("/diagnostics").into_response() })
}

/// Runs the doctor and returns its report as JSON, on the admin listener.
pub(crate) async fn run_json(State(state): State<Arc<AppState>>) -> Result<Response, HandlerError> {
    Ok(json(&Diagnosis::run(&state).await?))
}

/// The report as `bookstore doctor --json` prints it, with the failed switch. Without a report, `verdict` is null.
#[derive(Serialize)]
struct DiagnosisJson<'a> {
    #[serde(flatten)]
    report: ReportJson<'a>,
    failed_switch: Option<FailedSwitchJson>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ReportJson<'a> {
    Last(&'a Report),
    Missing { verdict: () },
}

#[derive(Serialize)]
struct FailedSwitchJson {
    at: String,
    tries: u32,
    connection_string: Option<String>,
    error: String,
    advice: &'static str,
}

fn json(diagnosis: &Diagnosis) -> Response {
    let failed_switch = diagnosis.failed_switch.as_ref().map(|failed| FailedSwitchJson {
        at: format_utc(failed.at),
        tries: failed.attempts,
        connection_string: failed.connection_string.clone(),
        error: failed.error.to_string(),
        advice: failed.error.advice(),
    });
    let report = diagnosis.report.as_deref().map_or(ReportJson::Missing { verdict: () }, ReportJson::Last);
    Json(DiagnosisJson { report, failed_switch }).into_response()
}

fn prefers_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    accept.contains("application/json") && !accept.contains("text/html")
}

/// The CSS class of a check's status, and its name.
fn status_label(status: &Status) -> (&'static str, &'static str) {
    match status {
        Status::Passed => ("pass", "passed"),
        Status::Warning => ("warn", "warning"),
        Status::Failed => ("fail", "failed"),
        Status::NotApplicable => ("unknown", "not applicable"),
        Status::Skipped => ("skipped", "skipped"),
    }
}
