//! The JSON body of a request: one object, parsed strictly.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use bookstore_db::book::{Field, RequestId};
use bookstore_db::draft::{BookDraft, BookInput};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, OneOfBuilder, Schema, Type};

use super::problem::{FieldProblem, Problem};
use crate::http::media_type::has_media_type;

/// The fields of a book. All except requestId are required. A text needs a visible character; its length counts UTF-16
/// code units.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BookBody {
    // A missing field is empty, so that the draft's rules report it together with all other errors.
    #[serde(default)]
    #[schema(required, schema_with = text_schema::<50>)]
    title: String,
    #[serde(default)]
    #[schema(required, schema_with = text_schema::<50>)]
    author_first_name: String,
    #[serde(default)]
    #[schema(required, schema_with = text_schema::<50>)]
    author_last_name: String,
    /// The number of customer reviews.
    #[serde(default, deserialize_with = "whole_number")]
    #[schema(required, value_type = i32, minimum = 0)]
    avg_customer_reviews: Option<i64>,
    #[schema(required, schema_with = price_schema)]
    price: Option<Box<RawValue>>,
    #[serde(default)]
    #[schema(required, schema_with = text_schema::<10>)]
    book_language: String,
    #[serde(default)]
    #[schema(required, schema_with = text_schema::<255>)]
    publisher: String,
    /// Only when creating a book: a UUID that makes the request safe to repeat, like the header Idempotency-Key.
    #[schema(value_type = Option<uuid::Uuid>)]
    request_id: Option<String>,
}

impl BookBody {
    /// # Errors
    /// 422, with every invalid field.
    pub(super) fn draft(&self) -> Result<BookDraft, Problem> {
        let text = |field| match field {
            Field::Title => self.title.clone(),
            Field::AuthorFirstName => self.author_first_name.clone(),
            Field::AuthorLastName => self.author_last_name.clone(),
            Field::AvgCustomerReviews => self.avg_customer_reviews.map(|count| count.to_string()).unwrap_or_default(),
            Field::Price => self.price.as_deref().map(price_text).unwrap_or_default(),
            Field::BookLanguage => self.book_language.clone(),
            Field::Publisher => self.publisher.clone(),
        };
        Ok(BookDraft::parse(&BookInput::new(text))?)
    }

    /// The request id: the client's, or a new one.
    ///
    /// # Errors
    /// 422 if it is not a UUID; 400 if there are several headers, or header and body differ.
    pub(super) fn request_id_or_new(&self, headers: &HeaderMap) -> Result<RequestId, Problem> {
        let mut sent = headers.get_all("idempotency-key").iter();
        let header = sent.next().map(|value| value.to_str().unwrap_or_default().trim_matches('"'));
        if sent.next().is_some() {
            return Err(Problem::new(StatusCode::BAD_REQUEST, "There are several Idempotency-Key headers; send one."));
        }
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
    /// 422 if there is a request id, which has no meaning here.
    pub(super) fn refuse_request_id(&self) -> Result<(), Problem> {
        match self.request_id {
            Some(_) => {
                Err(invalid_field("requestId", "is only for creating a book; If-Match makes an edit safe to repeat"))
            }
            None => Ok(()),
        }
    }
}

fn parse_id(text: &str) -> Result<RequestId, Problem> {
    text.parse().map_err(|_| invalid_field("requestId", "must be a UUID, like 6f1c8b0e-3c7d-4e52-9a51-0d5b1f5a2c11"))
}

/// The content of a string, or the digits of a number: `12.10` stays `12.10`. Anything else stays as it is and is not a
/// price.
fn price_text(raw: &RawValue) -> String {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned())
}

/// A text without control characters. That it must show something, and that its length counts UTF-16 code units, cannot
/// be written in JSON Schema.
fn text_schema<const MAX_LENGTH: usize>() -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MAX_LENGTH));
    text.pattern(Some(r"^[^\u0000-\u001F\u007F-\u009F]+$")).build()
}

fn price_schema() -> Schema {
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(r"^0*[0-9]{1,7}([.,][0-9]{1,2})?$"));
    let number = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).maximum(Some(9_999_999.99));
    let description = "At most two decimals, preferably as a string. A number is read digit by digit, not as a float.";
    let either = OneOfBuilder::new().item(text).item(number).description(Some(description)).examples(["12.50"]);
    Schema::OneOf(either.build())
}

/// Reads a whole number. JSON Schema counts 72.0 as one.
fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    /// Up to here each whole number is exact in a float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let Some(number) = Option::<serde_json::Number>::deserialize(deserializer)? else { return Ok(None) };
    let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT);
    let whole = number.as_i64().or(float.map(|float| float as i64));
    whole.map(Some).ok_or_else(|| serde::de::Error::custom(format!("{number} is not a whole number")))
}

fn invalid_field(field: &str, message: impl Into<String>) -> Problem {
    Problem::invalid(vec![FieldProblem { field: field.to_owned(), message: message.into() }])
}

impl<S: Send + Sync> FromRequest<S> for BookBody {
    type Rejection = axum::response::Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if !has_media_type(request.headers(), "application/json") {
            let detail = "Send the book as JSON, with Content-Type: application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into_response());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        parse(&bytes).map_err(IntoResponse::into_response)
    }
}

fn parse(bytes: &[u8]) -> Result<BookBody, Problem> {
    // serde would accept an array as an object, field by field.
    if bytes.trim_ascii_start().first().is_some_and(|first| *first == b'[') {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "The body must be one JSON object, the book."));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let body = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        match error.inner().classify() {
            Category::Data => invalid_field(&path, error.into_inner().to_string()),
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
        let body = parse(format!("{{\"price\":{json}}}").as_bytes()).unwrap();
        body.price.as_deref().map(price_text).unwrap_or_default()
    }

    #[test]
    fn price_keeps_its_digits_as_string_and_as_number() {
        for (json, text) in
            [("\"12.50\"", "12.50"), ("12.10", "12.10"), ("9999999.99", "9999999.99"), ("0.1", "0.1"), ("1e2", "1e2")]
        {
            assert_eq!(price(json), text);
        }
    }

    #[test]
    fn price_that_is_neither_string_nor_number_is_invalid() {
        for json in ["true", "[1]", "{}"] {
            assert!(price(json).parse::<bookstore_db::price::Price>().is_err(), "{json}");
        }
        assert_eq!(price("null"), "");
    }
}
