//! Connection strings in base64, as a Secret of Kubernetes has them.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::connection_string::assignments::Assignments;
use crate::connection_string::error::ParseError;
use crate::connection_string::interpret::interpret;
use crate::connection_string::print::{Secrets, canonical};

const FORMAT: &str = "a connection string in base64";

/// Decodes the text. It counts as a connection string if it parses as one; PowerShell encodes UTF-16.
pub(super) fn recognise(text: &str) -> Option<ParseError> {
    let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let compact: String = text.split_whitespace().collect();
    let bytes = GeneralPurpose::new(&STANDARD, padding).decode(compact).ok()?;
    let utf16 = || {
        let (pairs, []) = bytes.as_chunks() else { return None };
        String::from_utf16(&pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect::<Vec<_>>()).ok()
    };
    let utf8 = String::from_utf8(bytes.clone()).ok();
    let equivalent = utf8.into_iter().chain(utf16()).find_map(|text| {
        let (target, _) = interpret(&Assignments::read(text.trim_start_matches('\u{FEFF}')).ok()?).ok()?;
        Some(canonical(&target, Secrets::Placeholder))
    });
    equivalent.map(|equivalent| ParseError::OtherFormat { format: FORMAT, equivalent: Some(equivalent) })
}
