//! What a client sends: one JSON object, read strictly.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use bookstore_db::book::RequestId;
use bookstore_db::draft::{BookDraft, BookInput};
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::Problem;
use super::problem::FieldProblem;

/// What a client says about a book. All fields but requestId are required.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BookBody {
    // A field that is missing is empty, which the rules of the draft refuse together with all else that is wrong.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 50)]
    title: String,
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 50)]
    author_first_name: String,
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 50)]
    author_last_name: String,
    /// How many customers reviewed it.
    #[schema(required, value_type = i32, minimum = 0)]
    avg_customer_reviews: Option<i64>,
    /// From 0.00 to 9999999.99, with at most two decimals; best as a string. A number is taken digit by digit, never as a float.
    #[schema(required, value_type = String, example = "12.50")]
    price: Option<Box<RawValue>>,
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 10)]
    book_language: String,
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 255)]
    publisher: String,
    /// Only when making a book: a UUID that makes it safe to send the request again. As the header Idempotency-Key.
    #[schema(value_type = Option<uuid::Uuid>)]
    request_id: Option<String>,
}

impl BookBody {
    /// # Errors
    /// 422 with every field that breaks a rule.
    pub(super) fn draft(&self) -> Result<BookDraft, Problem> {
        Ok(BookDraft::parse(&BookInput {
            title: self.title.clone(),
            author_first_name: self.author_first_name.clone(),
            author_last_name: self.author_last_name.clone(),
            avg_customer_reviews: self.avg_customer_reviews.map(|count| count.to_string()).unwrap_or_default(),
            price: self.price.as_deref().map(price_text).unwrap_or_default(),
            book_language: self.book_language.clone(),
            publisher: self.publisher.clone(),
        })?)
    }

    /// The id that makes this request safe to repeat: the client's, or a new one.
    ///
    /// # Errors
    /// 422 if it is no UUID; 400 if header and body differ.
    pub(super) fn creation_id(&self, headers: &HeaderMap) -> Result<RequestId, Problem> {
        let header = headers.get("idempotency-key").map(|value| value.to_str().unwrap_or_default().trim_matches('"'));
        let ids = [header, self.request_id.as_deref()].map(|id| id.map(parse_id).transpose());
        match ids {
            [Ok(Some(header)), Ok(Some(body))] if header != body => {
                Err(Problem::new(StatusCode::BAD_REQUEST, "Idempotency-Key and requestId differ; send one of them."))
            }
            [Ok(header), Ok(body)] => Ok(header.or(body).unwrap_or_else(RequestId::random)),
            [Err(problem), _] | [_, Err(problem)] => Err(problem),
        }
    }

    /// # Errors
    /// 422 if a request id came where it has no meaning.
    pub(super) fn refuse_request_id(&self) -> Result<(), Problem> {
        match self.request_id {
            Some(_) => Err(wrong("requestId", "belongs to making a book; an edit is made safe by If-Match")),
            None => Ok(()),
        }
    }
}

fn parse_id(text: &str) -> Result<RequestId, Problem> {
    text.parse().map_err(|_| wrong("requestId", "must be a UUID, like 6f1c8b0e-3c7d-4e52-9a51-0d5b1f5a2c11"))
}

/// A string's content, or the very digits of a number: `12.10` stays `12.10`. Anything else stays what it is and is no price.
fn price_text(raw: &RawValue) -> String {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned())
}

fn wrong(field: &str, message: impl Into<String>) -> Problem {
    Problem::invalid(vec![FieldProblem { field: field.to_owned(), message: message.into() }])
}

impl<S: Send + Sync> FromRequest<S> for BookBody {
    type Rejection = axum::response::Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let content_type =
            request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            let detail = "Send the book as JSON, with Content-Type: application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into_response());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        read(&bytes).map_err(IntoResponse::into_response)
    }
}

fn read(bytes: &[u8]) -> Result<BookBody, Problem> {
    // serde would take a list for an object, field by field.
    if bytes.trim_ascii_start().first().is_some_and(|first| *first == b'[') {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "The body must be one JSON object, the book."));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let body = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        match error.inner().classify() {
            Category::Data => wrong(&path, error.into_inner().to_string()),
            _ => malformed(&error.into_inner()),
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(body)
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, format!("The body is not JSON: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(json: &str) -> String {
        let body = read(format!("{{\"price\":{json}}}").as_bytes()).unwrap();
        body.price.as_deref().map(price_text).unwrap_or_default()
    }

    #[test]
    fn a_price_keeps_its_digits_whether_string_or_number() {
        for (json, text) in
            [("\"12.50\"", "12.50"), ("12.10", "12.10"), ("9999999.99", "9999999.99"), ("0.1", "0.1"), ("1e2", "1e2")]
        {
            assert_eq!(price(json), text);
        }
    }

    #[test]
    fn a_price_that_is_neither_string_nor_number_is_no_price() {
        for json in ["true", "[1]", "{}"] {
            assert!(price(json).parse::<bookstore_db::price::Price>().is_err(), "{json}");
        }
        assert_eq!(price("null"), "");
    }
}
