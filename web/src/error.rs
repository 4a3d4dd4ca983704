//! From errors to answers: the status, the page for people, the cause for the log. No page ever shows a cause's text.

use askama::Template;
use axum::http::StatusCode;
use axum::http::response::Parts;
use axum::response::{IntoResponse, Response};
use bookstore_db::error::Error;

use crate::app::AppState;
use crate::layout::{Frame, Section, html};

mod words;

pub(crate) use words::Words;

/// Why a handler has no page of its own to answer with. `middleware/failure.rs` gives it one.
#[derive(Clone, Debug)]
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
            Self::Store(_) if self.status() == StatusCode::SERVICE_UNAVAILABLE => Words::AWAY,
            _ => Words::of(self.status()),
        }
    }

    /// Leaves the cause for the request's log line, if it is the shop's or the database's and not the request's.
    pub(crate) fn with_cause(&self, mut response: Response) -> Response {
        if let Self::Store(error) = self
            && let Some(cause) = Cause::of(error)
        {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

/// Why an answer is a failure. It travels in the answer's extensions to the one log line of the request, and never to the client.
#[derive(Clone, Debug)]
pub(crate) struct Cause(pub(crate) Box<str>);

impl Cause {
    /// None for what the client has to mend.
    pub(crate) fn of(error: &Error) -> Option<Self> {
        let status = status_of(error);
        (status.is_server_error() || status == StatusCode::FORBIDDEN).then(|| Self(error.to_string().into()))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

pub(crate) fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Conflict(_) | Error::DuplicateRequest(_) => StatusCode::CONFLICT,
        Error::Refused { .. } => StatusCode::FORBIDDEN,
        Error::Unavailable(_)
        | Error::Busy { .. }
        | Error::TimedOut(_)
        | Error::Tls(_)
        | Error::LoginModeMissing
        | Error::BadSpn(_)
        | Error::Kerberos(_)
        | Error::KerberosRequired(_)
        | Error::LoginFailed { .. }
        | Error::SchemaMissing { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.with_cause(self.status().into_response());
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

/// The page of an answer that has none, in the words that its maker left with it or in those of its status.
pub(crate) fn error_page(state: &AppState, answer: &Parts) -> Response {
    let words = answer.extensions.get().copied().unwrap_or_else(|| Words::of(answer.status));
    let frame = Frame::of(&state.store(), Section::Elsewhere);
    html(answer.status, &ErrorPage { frame, status: answer.status, words })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_database_that_is_away_is_503() {
        let busy = Error::Busy { waited: Duration::from_secs(3), last_error: None };
        let login = Error::LoginFailed { number: 18456, state: 1, message: "no".into() };
        for error in [Error::Unavailable("x".into()), Error::TimedOut(Duration::ZERO), busy, login] {
            assert_eq!(Failure::from(error).status(), StatusCode::SERVICE_UNAVAILABLE);
        }
    }

    #[test]
    fn a_refused_statement_has_words_of_its_own() {
        let failure = Failure::from(Error::Refused { number: 229, message: "INSERT denied on Secret".into() });
        assert_eq!(failure.status(), StatusCode::FORBIDDEN);
        assert!(failure.words().message.contains("login"));
    }
}
