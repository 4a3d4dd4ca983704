//! From errors to answers: the status, the page for people, and the one line in the log. No page ever shows a cause's text.

use askama::Template;
use axum::extract::State;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bookstore_db::error::Error;

use crate::app::AppState;
use crate::layout::{Frame, Section, html};

mod words;

pub(crate) use words::Words;

/// Seconds after which asking again is worth while.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// Why a handler has no page of its own to answer with. [`as_page`] gives it one.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request itself is at fault.
    Request(StatusCode),
    /// The database is.
    Store(Error),
}

impl Failure {
    pub(crate) const NOT_FOUND: Self = Self::Request(StatusCode::NOT_FOUND);

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Request(status) => *status,
            Self::Store(error) => status_of(error),
        }
    }

    /// What the page says.
    pub(crate) fn words(&self) -> Words {
        match self {
            Self::Store(Error::Refused { .. }) => Words::REFUSED,
            Self::Store(Error::NotFound(_)) => Words::NO_SUCH_BOOK,
            _ => Words::of(self.status()),
        }
    }

    /// Tells the log the cause, if it is the shop's or the database's and not the request's.
    pub(crate) fn log(&self) {
        if let Self::Store(cause) = self
            && (self.status().is_server_error() || self.status() == StatusCode::FORBIDDEN)
        {
            tracing::error!(status = self.status().as_u16(), %cause, "a request failed at the database");
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Conflict(_) | Error::DuplicateRequest(_) => StatusCode::CONFLICT,
        Error::Refused { .. } => StatusCode::FORBIDDEN,
        Error::Unavailable(_)
        | Error::Busy { .. }
        | Error::TimedOut(_)
        | Error::LoginFailed { .. }
        | Error::LoginModeMissing
        | Error::BadSpn(_)
        | Error::Kerberos(_)
        | Error::Tls(_)
        | Error::SchemaMissing { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.log();
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self.words());
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    status: StatusCode,
    words: Words,
}

fn page(frame: Frame, status: StatusCode, words: Words) -> Response {
    retry_later(html(status, &ErrorPage { frame, status, words }))
}

/// Adds `Retry-After` to an answer that says the service is unavailable.
pub(crate) fn retry_later(mut response: Response) -> Response {
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
    }
    response
}

/// The page of a status, for answers made where the store is out of reach: it has no identity line.
pub(crate) fn error_page(status: StatusCode) -> Response {
    page(Frame::PLAIN, status, Words::of(status))
}

/// Middleware around the pages: an error that is not a page yet – from a handler, an extractor or the router – becomes one.
pub(crate) async fn as_page(State(state): State<AppState>, mut response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_page = |value: &HeaderValue| value.as_bytes().starts_with(b"text/html");
    if !is_error || response.headers().get(CONTENT_TYPE).is_some_and(is_page) {
        return response;
    }
    let words = response.extensions_mut().remove().unwrap_or_else(|| Words::of(status));
    let mut as_page = page(Frame::of(&state, Section::Elsewhere), status, words);
    if let Some(allow) = response.headers_mut().remove(ALLOW) {
        as_page.headers_mut().insert(ALLOW, allow);
    }
    as_page
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_database_that_is_away_is_503_with_a_time_to_ask_again() {
        let busy = Error::Busy { waited: Duration::from_secs(3), last_error: None };
        let login = Error::LoginFailed { number: 18456, message: "no".into() };
        for error in [Error::Unavailable("x".into()), Error::TimedOut(Duration::ZERO), busy, login] {
            assert_eq!(Failure::from(error).status(), StatusCode::SERVICE_UNAVAILABLE);
        }
        assert_eq!(error_page(StatusCode::SERVICE_UNAVAILABLE).headers()[RETRY_AFTER], "5");
    }

    #[test]
    fn a_refused_statement_has_words_of_its_own() {
        let failure = Failure::from(Error::Refused { number: 229, message: "INSERT denied on Secret".into() });
        assert_eq!(failure.status(), StatusCode::FORBIDDEN);
        assert!(failure.words().message.contains("login"));
    }
}
