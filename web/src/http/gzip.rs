//! Gzip: whether a request accepts it (RFC 9110, section 12.5.3), and compression.
//!
//! There is no Brotli: at the speed of gzip it saves 2 to 6 % of a page, and its encoder would be a tenth of the
//! executable.

use std::io::{self, Write};

use axum::http::{HeaderMap, header};
use flate2::Compression;
use flate2::write::GzEncoder;

/// The default of zlib: readers wait while a page is compressed.
const LEVEL: u32 = 6;

pub(super) fn is_accepted(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|accepted| accepted.split(',')).any(is_gzip)
}

/// Whether an item of `Accept-Encoding` is gzip with a weight above 0.
fn is_gzip(item: &str) -> bool {
    let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
    let is_refused = weight.trim().strip_prefix(['q', 'Q']).is_some_and(|weight| {
        weight.trim_start().strip_prefix('=').is_some_and(|weight| weight.trim().parse() == Ok(0.0))
    });
    let name = name.trim();
    !is_refused && (name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip"))
}

pub(super) fn compress(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::new(LEVEL));
    encoder.write_all(plain)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    fn accepted(by: &str) -> bool {
        is_accepted(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_str(by).unwrap())]))
    }

    #[test]
    fn gzip_is_used_if_it_is_accepted() {
        assert!(accepted("br, zstd, gzip, deflate"));
        assert!(accepted("GZIP;q=0.1"));
        assert!(accepted("identity;q=0, gzip;q=0.001"));
        assert!(!accepted("br, zstd, identity"));
        assert!(!is_accepted(&HeaderMap::new()));
    }

    #[test]
    fn gzip_with_weight_0_is_not_used() {
        assert!(!accepted("br; q=1.000,gzip ;Q = 0, *"));
        assert!(!accepted("gzip;q=0.000"));
    }

    proptest! {
        #[test]
        fn compressed_page_decompresses_to_itself(page in ".{0,400}") {
            let mut plain = String::new();
            io::Read::read_to_string(&mut GzDecoder::new(&*compress(page.as_bytes()).unwrap()), &mut plain).unwrap();
            prop_assert_eq!(plain, page);
        }

        #[test]
        fn no_accept_encoding_header_panics(by in "[ -~]{0,60}") {
            accepted(&by);
        }
    }
}
