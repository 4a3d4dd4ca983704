//! The request id: it finds a request in the logs and the traces of this and other programs.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use uuid::{Builder, Uuid};

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");
const MAX_LENGTH: usize = 64;

/// Returns the client's id if it is safe to write into logs; otherwise sets a random one on the request and returns
/// that.
pub(super) fn ensure(request: &mut Request) -> HeaderValue {
    let mut ids = request.headers().get_all(&HEADER).iter();
    if let (Some(id), None) = (ids.next(), ids.next())
        && is_safe(id.as_bytes())
    {
        return id.clone();
    }
    let id = random();
    request.headers_mut().insert(HEADER, id.clone());
    id
}

/// A UUID from a fast generator: the id names a request and protects nothing.
fn random() -> HeaderValue {
    let id = Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid();
    let mut text = Uuid::encode_buffer();
    HeaderValue::from_str(id.hyphenated().encode_lower(&mut text)).unwrap_or(HeaderValue::from_static("none"))
}

fn is_safe(id: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
    (1..=MAX_LENGTH).contains(&id.len()) && id.iter().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_plain_id_is_safe_and_any_other_is_not() {
        let longest = "a".repeat(MAX_LENGTH);
        for good in ["1", "6f1c8b0e-0000-4000-8000-000000000000", "Root=1-67891233", &longest] {
            assert!(is_safe(good.as_bytes()), "{good}");
        }
        let too_long = "a".repeat(MAX_LENGTH + 1);
        for bad in ["", "a b", "a\"b", "a\u{e9}", "{}", &too_long] {
            assert!(!is_safe(bad.as_bytes()), "{bad}");
        }
    }
}
