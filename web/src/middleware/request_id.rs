//! The name under which a request is found in the logs of this and other programs.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use uuid::{Builder, Uuid};

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST: usize = 64;

/// The client's own if it is short and plain, as it is written into logs; otherwise one is made. The request carries it from here on.
pub(super) fn of(request: &mut Request) -> HeaderValue {
    let mut ids = request.headers().get_all(&HEADER).iter();
    if let (Some(id), None) = (ids.next(), ids.next())
        && safe(id.as_bytes())
    {
        return id.clone();
    }
    let id = random();
    request.headers_mut().insert(HEADER, id.clone());
    id
}

/// It names a request and guards nothing: no need to ask the system for each one.
fn random() -> HeaderValue {
    let id = Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid();
    let mut text = Uuid::encode_buffer();
    HeaderValue::from_str(id.hyphenated().encode_lower(&mut text)).unwrap_or(HeaderValue::from_static("none"))
}

fn safe(id: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
    (1..=LONGEST).contains(&id.len()) && id.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_short_and_plain() {
        let longest = "a".repeat(LONGEST);
        for good in ["1", "6f1c8b0e-0000-4000-8000-000000000000", "Root=1-67891233", &longest] {
            assert!(safe(good.as_bytes()), "{good}");
        }
        let too_long = "a".repeat(LONGEST + 1);
        for bad in ["", "a b", "a\"b", "a\u{e9}", "{}", &too_long] {
            assert!(!safe(bad.as_bytes()), "{bad}");
        }
    }
}
