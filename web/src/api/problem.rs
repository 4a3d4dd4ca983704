//! Errors of the API as problem details (RFC 9457).

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bookstore_db::draft::FieldError;
use bookstore_db::error::Error;
use bookstore_db::unavailable_reason::UnavailableReason;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use super::representation::{camel_case, etag};
use crate::http::current_request::CurrentRequest;
use crate::http::error::{ErrorCause, HandlerError, status_of};
use crate::http::error_text::ErrorText;

/// Why a request failed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Problem {
    /// Always about:blank: the status has the kind of the problem.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "about:blank")]
    kind: Kind,
    /// The name of the status.
    title: &'static str,
    /// The status.
    status: u16,
    /// What happened and what to do next.
    detail: String,
    /// The reason of an outage.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "code")]
    #[schema(required = false, schema_with = reason_schema)]
    reason: Option<UnavailableReason>,
    /// The invalid fields, if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// The value of x-request-id, which finds the request in the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_request_id: Option<Box<str>>,
    /// The id of the request's trace, if the shop sends traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    trace_id: Option<Box<str>>,
    #[serde(skip)]
    headers: Box<HeaderMap>,
    #[serde(skip)]
    cause: Option<Box<ErrorCause>>,
}

fn code<S: Serializer>(reason: &Option<UnavailableReason>, serializer: S) -> Result<S::Ok, S::Error> {
    reason.map(UnavailableReason::code).serialize(serializer)
}

/// Names every reason, so that clients can generate an enum.
fn reason_schema() -> Schema {
    let codes = UnavailableReason::ALL.map(UnavailableReason::code);
    let reason = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes));
    Schema::Object(reason.description(Some("Why the database is unavailable. Missing if it is not.")).build())
}

#[derive(Debug, Serialize)]
enum Kind {
    #[serde(rename = "about:blank")]
    Blank,
}

/// An invalid field.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FieldProblem {
    /// Its name.
    pub(super) field: String,
    /// What is wrong and what to write instead.
    pub(super) message: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: Kind::Blank,
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            reason: None,
            errors: Vec::new(),
            x_request_id: None,
            trace_id: None,
            headers: Box::default(),
            cause: None,
        }
    }

    /// The problem of a response that has a status and no body.
    pub(crate) fn of(status: StatusCode) -> Self {
        let detail = match status {
            StatusCode::FORBIDDEN => {
                "Writes are accepted from the shop's own pages and from programs, not from pages of other sites."
            }
            StatusCode::NOT_FOUND => "This address does not exist; /api lists all addresses.",
            StatusCode::METHOD_NOT_ALLOWED => {
                "This address does not accept this method; Allow lists the methods that it accepts."
            }
            StatusCode::MISDIRECTED_REQUEST => {
                "The shop does not answer to this host name. Use localhost or its IP address, or add the name to \
                 BOOKSTORE_HOSTS."
            }
            StatusCode::REQUEST_TIMEOUT => "Not all of the request arrived in time.",
            StatusCode::PAYLOAD_TOO_LARGE => "The body is too large.",
            StatusCode::SERVICE_UNAVAILABLE => {
                "The shop has too many requests at the moment, or this one took too long. Try again after the time in \
                 Retry-After."
            }
            _ if status.is_server_error() => {
                "Something went wrong in the shop. The x-request-id of this response finds the cause in its logs."
            }
            _ => "The shop cannot process this request.",
        };
        Self::new(status, detail)
    }

    /// An error of the database. Its text stays in the log.
    fn of_database(error: &Error) -> Self {
        let status = status_of(error);
        match UnavailableReason::of(error) {
            Some(reason) => {
                let problem = Self::new(status, ErrorText::unavailable(reason).message);
                Self { reason: Some(reason), ..problem }
            }
            None if status == StatusCode::FORBIDDEN => {
                Self::new(status, "The shop's database login lacks the permission for this.")
            }
            None => Self::of(status),
        }
    }

    pub(super) fn invalid(errors: Vec<FieldProblem>) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Some fields are invalid; errors lists them.");
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
        let headers = std::mem::take(&mut *self.headers);
        let cause = self.cause.take();
        if let Some(request) = CurrentRequest::get() {
            self.x_request_id = request.id.to_str().ok().map(Box::from);
            self.trace_id = request.trace_id.map(|id| id.to_string().into());
        }
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, headers, content_type, Json(self)).into_response();
        if let Some(cause) = cause {
            response.extensions_mut().insert(*cause);
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
            Error::Conflict(current) => Self::new(StatusCode::PRECONDITION_FAILED, error.to_string())
                .with_header(header::ETAG, etag(current.version)),
            Error::DuplicateRequest(other) => {
                let location = HeaderValue::try_from(format!("/api/v1/books/{}", other.id)).ok();
                Self::new(StatusCode::CONFLICT, error.to_string()).with_header(header::LOCATION, location)
            }
            _ => Self::of_database(&error),
        };
        Self { cause: ErrorCause::of(&error).map(Box::new), ..problem }
    }
}

impl From<HandlerError> for Problem {
    fn from(error: HandlerError) -> Self {
        match error {
            HandlerError::Request(status) => Self::of(status),
            HandlerError::Store(error) => error.into(),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "The id of a book is a whole number.")
    }
}
