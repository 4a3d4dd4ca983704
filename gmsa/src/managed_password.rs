//! The password of a gMSA as the directory returns it: `MSDS-MANAGEDPASSWORD_BLOB`, [MS-ADTS] 2.2.19.

use std::ffi::CString;
use std::time::Duration;

use zeroize::Zeroizing;

/// The version of the blob that is known.
const VERSION: u16 = 1;
/// Intervals are counted in units of 100 ns.
const UNITS_PER_SECOND: u64 = 10_000_000;

/// A current password. It is overwritten when dropped, and has no `Debug`.
pub(crate) struct ManagedPassword {
    /// In UTF-8, as Kerberos derives keys from it. The password is random UTF-16: characters that are not valid count
    /// as U+FFFD.
    pub(crate) text: Zeroizing<CString>,
    /// After this time the directory should be asked again.
    pub(crate) valid_for: Duration,
}

impl ManagedPassword {
    /// Parses a blob; none if it has another format.
    pub(crate) fn parse(blob: &[u8]) -> Option<Self> {
        let length = u32::from_le_bytes(blob.get(4..8)?.try_into().ok()?);
        if u16_at(blob, 0)? != VERSION || usize::try_from(length).ok()? != blob.len() {
            return None;
        }
        let (units, _) = blob.get(usize::from(u16_at(blob, 8)?)..)?.as_chunks::<2>();
        let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
        // The previous password and the intervals follow after a null.
        let password: Zeroizing<Vec<u16>> = Zeroizing::new(units.take_while(|unit| *unit != 0).collect());
        if password.is_empty() {
            return None;
        }
        let query = blob.get(usize::from(u16_at(blob, 12)?)..)?.first_chunk::<8>()?;
        let text = Zeroizing::new(CString::new(String::from_utf16_lossy(&password)).ok()?);
        Some(Self { text, valid_for: Duration::from_secs(u64::from_le_bytes(*query) / UNITS_PER_SECOND) })
    }
}

fn u16_at(blob: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*blob.get(offset..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A blob as a directory makes it for these passwords: the intervals are at the end, and aligned to 8 bytes.
    fn blob(current: &[u16], previous: Option<&[u16]>) -> Vec<u8> {
        let mut body = vec![];
        for unit in current.iter().chain([&0]) {
            body.extend(unit.to_le_bytes());
        }
        let previous_offset = if previous.is_some() { 16 + body.len() } else { 0 };
        for unit in previous.iter().flat_map(|previous| previous.iter().chain([&0])) {
            body.extend(unit.to_le_bytes());
        }
        body.resize(body.len().next_multiple_of(8), 0);
        let query = 16 + body.len();
        body.extend((3 * UNITS_PER_SECOND).to_le_bytes());
        body.extend((2 * UNITS_PER_SECOND).to_le_bytes());
        let offsets = [16, previous_offset, query, query + 8];
        let mut blob = [1_u16, 0].map(u16::to_le_bytes).concat();
        blob.extend(u32::try_from(16 + body.len()).unwrap().to_le_bytes());
        blob.extend(offsets.iter().flat_map(|offset| u16::try_from(*offset).unwrap().to_le_bytes()));
        blob.extend(body);
        blob
    }

    #[test]
    fn current_password_ends_at_its_null() {
        let parsed = ManagedPassword::parse(&blob(&[0x41, 0x0A, 0x20AC], Some(&[0x42]))).unwrap();
        assert_eq!(parsed.text.to_str(), Ok("A\n€"));
        assert_eq!(parsed.valid_for, Duration::from_secs(3));
    }

    #[test]
    fn unpaired_surrogates_count_as_replacement_characters() {
        let parsed = ManagedPassword::parse(&blob(&[0xD800, 0x41, 0xD83D, 0xDE00, 0xDC00], None)).unwrap();
        assert_eq!(parsed.text.to_str(), Ok("\u{FFFD}A😀\u{FFFD}"));
    }

    #[test]
    fn damaged_blob_is_refused() {
        let whole = blob(&[0x41], None);
        for end in 0..whole.len() {
            assert!(ManagedPassword::parse(&whole[..end]).is_none(), "{end}");
        }
        for (at, value) in [(0, 2), (8, 0xFF), (12, 0xFF), (16, 0)] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            assert!(ManagedPassword::parse(&damaged).is_none(), "{at}");
        }
    }
}
