//! Errors of handlers and their responses: the status, the text for the visitor, the cause for the log. No response
//! contains the text of a cause.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bookstore_db::error::Error;
use bookstore_db::unavailable_reason::UnavailableReason;

use super::error_text::ErrorText;

/// An error that has no page of its own yet: `middleware/error_bodies.rs` adds one.
#[derive(Clone, Debug)]
pub(crate) enum HandlerError {
    /// The request cannot be answered, with this status.
    Request(StatusCode),
    /// The database returned an error.
    Store(Error),
}

impl HandlerError {
    pub(crate) const NOT_FOUND: Self = Self::Request(StatusCode::NOT_FOUND);
    /// All request slots are taken.
    pub(crate) const BUSY: Self = Self::Request(StatusCode::SERVICE_UNAVAILABLE);

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Request(status) => *status,
            Self::Store(error) => status_of(error),
        }
    }

    /// Why the database cannot serve the request, if that is the cause.
    pub(crate) fn reason(&self) -> Option<UnavailableReason> {
        match self {
            Self::Request(_) => None,
            Self::Store(error) => UnavailableReason::of(error),
        }
    }

    /// The text of its page.
    pub(crate) fn text(&self) -> ErrorText {
        match self {
            Self::Store(Error::PermissionDenied(_)) => ErrorText::PERMISSION_DENIED,
            Self::Store(Error::NotFound(_)) => ErrorText::NO_SUCH_BOOK,
            _ => self.reason().map_or_else(|| ErrorText::of(self.status()), ErrorText::unavailable),
        }
    }

    /// Attaches the cause to the response, for the log line of the request.
    pub(crate) fn with_cause(&self, mut response: Response) -> Response {
        if let Self::Store(error) = self
            && let Some(cause) = ErrorCause::of(error)
        {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

impl From<Error> for HandlerError {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl IntoResponse for HandlerError {
    fn into_response(self) -> Response {
        let mut response = self.with_cause(self.status().into_response());
        response.extensions_mut().insert(self.text());
        response
    }
}

/// The cause of an error response. It travels in the response's extensions to the log line of the request; its text
/// never goes to the client.
#[derive(Clone, Debug)]
pub(crate) struct ErrorCause {
    pub(crate) text: Box<str>,
    /// Why the database cannot serve the request, if that is the cause. The client receives it, too.
    pub(crate) reason: Option<UnavailableReason>,
}

impl ErrorCause {
    /// None if the client has to fix the request.
    pub(crate) fn of(error: &Error) -> Option<Self> {
        let status = status_of(error);
        let is_logged = status.is_server_error() || status == StatusCode::FORBIDDEN;
        is_logged.then(|| Self { text: error.to_string().into(), reason: UnavailableReason::of(error) })
    }
}

/// The status of a response to a request that failed with this error.
pub(crate) fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Conflict(_) | Error::DuplicateRequest(_) => StatusCode::CONFLICT,
        Error::PermissionDenied(_) => StatusCode::FORBIDDEN,
        error if UnavailableReason::of(error).is_some() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookstore_db::error::ServerError;
    use std::time::Duration;

    #[test]
    fn unavailable_database_is_503() {
        let busy = Error::Busy(Duration::from_secs(3));
        let login = Error::LoginFailed(ServerError { number: 18456, ..ServerError::default() });
        for error in [Error::Unavailable("x".into()), Error::TimedOut(Duration::ZERO), busy, login] {
            assert_eq!(HandlerError::from(error).status(), StatusCode::SERVICE_UNAVAILABLE);
        }
    }

    #[test]
    fn refused_statement_is_403_and_its_text_names_the_login() {
        let denied = ServerError { number: 229, message: "INSERT denied on Secret".into(), ..ServerError::default() };
        let error = HandlerError::from(Error::PermissionDenied(denied));
        assert_eq!(error.status(), StatusCode::FORBIDDEN);
        assert!(error.text().message.contains("login"));
    }
}
