//! Which encoding a reader takes (RFC 9110, section 12.5.3), and the bytes in it.

use std::io::{self, Write};

use axum::http::{HeaderMap, header};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Chosen by measurement (`bench/README.md`): one page is compressed while its readers wait.
const BROTLI_QUALITY: i32 = 4;
const GZIP_LEVEL: u32 = 6;
/// As large as a page can be of use: a window of 256 KiB.
const BROTLI_WINDOW: i32 = 18;

/// An encoding of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
    Brotli,
}

impl Encoding {
    /// The smallest that the reader takes.
    pub(super) fn best(headers: &HeaderMap) -> Self {
        let mut best = Self::Identity;
        for accepted in headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()) {
            for offer in accepted.split(',') {
                match offered(offer) {
                    Some(Self::Brotli) => return Self::Brotli,
                    Some(encoding) => best = encoding,
                    None => {}
                }
            }
        }
        best
    }

    /// As `Content-Encoding` names it.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    pub(super) fn encode(self, plain: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(plain.to_vec()),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::new(GZIP_LEVEL));
                encoder.write_all(plain)?;
                encoder.finish()
            }
            Self::Brotli => {
                let params = brotli::enc::BrotliEncoderParams {
                    quality: BROTLI_QUALITY,
                    lgwin: BROTLI_WINDOW,
                    size_hint: plain.len(),
                    ..Default::default()
                };
                let mut packed = Vec::with_capacity(plain.len() / 4);
                brotli::BrotliCompress(&mut &*plain, &mut packed, &params)?;
                Ok(packed)
            }
        }
    }
}

/// One item of `Accept-Encoding`, unless its weight is 0: that means never.
fn offered(offer: &str) -> Option<Encoding> {
    let (name, weight) = offer.split_once(';').unwrap_or((offer, "q=1"));
    let never = weight.trim().strip_prefix(['q', 'Q']).is_some_and(|weight| {
        weight.trim_start().strip_prefix('=').is_some_and(|weight| weight.trim().parse() == Ok(0.0))
    });
    match name.trim() {
        _ if never => None,
        name if name.eq_ignore_ascii_case("br") => Some(Encoding::Brotli),
        name if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => Some(Encoding::Gzip),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    fn best(accepted: &str) -> Encoding {
        Encoding::best(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_str(accepted).unwrap())]))
    }

    #[test]
    fn the_smallest_accepted_encoding_wins() {
        assert_eq!(best("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(best("GZIP;q=0.1"), Encoding::Gzip);
        assert_eq!(Encoding::best(&HeaderMap::new()), Encoding::Identity);
    }

    #[test]
    fn an_encoding_with_no_weight_at_all_is_not_used() {
        assert_eq!(best("br;q=0, gzip"), Encoding::Gzip);
        assert_eq!(best("br; q=0.000,gzip ;Q = 0, *"), Encoding::Identity);
        assert_eq!(best("zstd, identity"), Encoding::Identity);
    }

    proptest! {
        #[test]
        fn every_page_comes_out_of_its_encoding_as_it_went_in(page in ".{0,400}") {
            let mut gzip = String::new();
            io::Read::read_to_string(
                &mut flate2::read::GzDecoder::new(&*Encoding::Gzip.encode(page.as_bytes()).unwrap()), &mut gzip).unwrap();
            prop_assert_eq!(&gzip, &page);
            let mut plain = Vec::new();
            brotli::BrotliDecompress(&mut &*Encoding::Brotli.encode(page.as_bytes()).unwrap(), &mut plain).unwrap();
            prop_assert_eq!(plain, page.as_bytes());
        }

        #[test]
        fn no_accept_encoding_panics(accepted in "[ -~]{0,60}") {
            best(&accepted);
        }
    }
}
