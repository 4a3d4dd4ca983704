//! The name under which a request is found in the logs of this and other programs.

use axum::extract::Request;
use axum::http::HeaderValue;
use tower_http::request_id::{MakeRequestId, RequestId};
use uuid::{Builder, Uuid};

const HEADER: &str = "x-request-id";
const LONGEST: usize = 64;

/// Makes a random id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MakeId;

impl MakeRequestId for MakeId {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        // It names a request and guards nothing: no need to ask the system for each one.
        let id = Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid();
        let mut text = Uuid::encode_buffer();
        HeaderValue::from_str(id.hyphenated().encode_lower(&mut text)).ok().map(RequestId::new)
    }
}

/// Drops a request id that could be used to write into logs or to fill them.
pub(crate) async fn keep_safe(mut request: Request) -> Request {
    let mut ids = request.headers().get_all(HEADER).iter();
    let acceptable = match (ids.next(), ids.next()) {
        (Some(id), None) => safe(id.as_bytes()),
        _ => false,
    };
    if !acceptable {
        request.headers_mut().remove(HEADER);
    }
    request
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
