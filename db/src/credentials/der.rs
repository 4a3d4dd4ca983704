//! The little of a ticket's own encoding that is not encrypted: with which key of its service it is.
//!
//! `Ticket` and `EncryptedData` of RFC 4120, sections 5.3 and 5.2.9, in DER.

use super::encryption_type::EncryptionType;

/// `[APPLICATION 1]`.
const TICKET: u8 = 0x61;
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
/// The context tags `[0]`, `[1]` and `[3]`.
const FIELD_0: u8 = 0xa0;
const FIELD_1: u8 = 0xa1;
const FIELD_3: u8 = 0xa3;

/// The encryption type and the version number of the service's key, if the ticket says one.
pub(super) fn service_key(ticket: &[u8]) -> Option<(EncryptionType, Option<u32>)> {
    let encrypted = child(child(child(child(ticket, TICKET)?, SEQUENCE)?, FIELD_3)?, SEQUENCE)?;
    let number = |field| integer(child(child(encrypted, field)?, INTEGER)?);
    let kind = EncryptionType(i32::try_from(number(FIELD_0)?).ok()?);
    Some((kind, number(FIELD_1).and_then(|version| u32::try_from(version).ok())))
}

/// The content of the first element of that tag.
fn child(mut elements: &[u8], wanted: u8) -> Option<&[u8]> {
    loop {
        let (tag, content, rest) = element(elements)?;
        if tag == wanted {
            return Some(content);
        }
        elements = rest;
    }
}

fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // So many bytes of length follow; four are more than any ticket has.
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn integer(bytes: &[u8]) -> Option<i64> {
    let negative = bytes.first()? & 0x80 != 0;
    let start = if negative { -1 } else { 0 };
    (bytes.len() <= 5).then(|| bytes.iter().fold(start, |number, byte| number << 8 | i64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Ticket { 5, "R", { 1, ["krbtgt"] }, { 18, 7, cipher } }.
    const EXAMPLE: &[u8] = b"\x61\x2e\x30\x2c\xa0\x03\x02\x01\x05\xa1\x03\x1b\x01R\xa2\x0c\x30\x0a\xa0\x03\x02\x01\x01\
        \xa1\x03\x30\x01\x00\xa3\x12\x30\x10\xa0\x03\x02\x01\x12\xa1\x03\x02\x01\x07\xa2\x04\x04\x02xy";

    #[test]
    fn a_ticket_tells_the_type_and_the_version_of_its_services_key() {
        assert_eq!(service_key(EXAMPLE), Some((EncryptionType(18), Some(7))));
        assert_eq!(service_key(&EXAMPLE[..EXAMPLE.len() - 1]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), cut in 0..EXAMPLE.len(), flip in any::<u8>()) {
            let _ = service_key(&bytes);
            let mut bent = EXAMPLE.to_vec();
            bent[cut] = flip;
            let _ = service_key(&bent);
        }
    }
}
