//! Errors of the API: problem details, RFC 9457.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bookstore_db::draft::FieldError;
use bookstore_db::error::Error;
use serde::Serialize;
use utoipa::ToSchema;

use super::preconditions::etag;
use super::representation::camel_case;
use crate::error::{Cause, status_of};

/// Why a request was not done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always about:blank: the status says what kind of problem it is.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "about:blank")]
    kind: Kind,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What happened and what to do.
    detail: String,
    /// The fields that are wrong, if fields are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
    #[serde(skip)]
    cause: Option<Cause>,
}

#[derive(Debug, Serialize)]
enum Kind {
    #[serde(rename = "about:blank")]
    Blank,
}

/// A field that breaks a rule.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FieldProblem {
    /// Its name.
    pub(super) field: String,
    /// What is wrong with it and what to write instead.
    pub(super) message: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: Kind::Blank,
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            headers: Vec::new(),
            cause: None,
        }
    }

    /// What a bare status means here.
    pub(crate) fn of(status: StatusCode) -> Self {
        Self::new(
            status,
            match status {
                StatusCode::FORBIDDEN => {
                    "Requests that change something are taken from the shop's own pages and from programs, not from other sites' pages."
                }
                StatusCode::NOT_FOUND => "There is nothing at this address; /api lists what there is.",
                StatusCode::METHOD_NOT_ALLOWED => {
                    "This address does not take this method; the Allow header lists those that it takes."
                }
                StatusCode::PAYLOAD_TOO_LARGE => "The body is longer than the shop takes.",
                StatusCode::SERVICE_UNAVAILABLE => {
                    "The shop has too much to do, or took too long. Try again after the time in Retry-After."
                }
                _ if status.is_server_error() => {
                    "Something went wrong in the shop. The x-request-id of this answer finds it in the logs."
                }
                _ => "The request was not understood.",
            },
        )
    }

    /// The database's own failure, whose text stays in the log.
    fn database(status: StatusCode) -> Self {
        match status {
            StatusCode::FORBIDDEN => Self::new(status, "The database does not let the shop's login do this."),
            StatusCode::SERVICE_UNAVAILABLE => Self::new(status, "The shop's database is not available at the moment."),
            _ => Self::of(status),
        }
    }

    pub(super) fn invalid(errors: Vec<FieldProblem>) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Some fields break a rule; errors lists them.");
        Self { errors, ..problem }
    }

    pub(super) fn with_header(mut self, name: HeaderName, value: Option<HeaderValue>) -> Self {
        self.headers.extend(value.map(|value| (name, value)));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers: HeaderMap = std::mem::take(&mut self.headers).into_iter().collect();
        let cause = self.cause.take();
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, headers, content_type, Json(self)).into_response();
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

impl From<Vec<FieldError>> for Problem {
    fn from(errors: Vec<FieldError>) -> Self {
        let problem = |error: FieldError| FieldProblem { field: camel_case(error.field), message: error.message };
        Self::invalid(errors.into_iter().map(problem).collect())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let problem = match &error {
            Error::NotFound(_) => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            Error::Conflict(now) => Self::new(StatusCode::PRECONDITION_FAILED, error.to_string())
                .with_header(header::ETAG, etag(now.version)),
            Error::DuplicateRequest(made) => {
                let location = HeaderValue::try_from(format!("/api/v1/books/{}", made.id)).ok();
                Self::new(StatusCode::CONFLICT, error.to_string()).with_header(header::LOCATION, location)
            }
            _ => Self::database(status_of(&error)),
        };
        Self { cause: Cause::of(&error), ..problem }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "A book's id is a whole number.")
    }
}
