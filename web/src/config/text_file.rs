//! Reads a small text file in the encodings that editors and PowerShell write: UTF-8, with or without a byte order
//! mark, and UTF-16 with one.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads the text of a file, without one line end at its end. Reads at most `limit` + 1 characters in UTF-16, so that a
/// device without an end is bounded and the parser reports the length.
pub(super) fn read(file: &Path, limit: usize) -> io::Result<String> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    File::open(file)?.take(limit.saturating_mul(2)).read_to_end(&mut bytes)?;
    let text = decode(&bytes)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

fn decode(bytes: &[u8]) -> io::Result<String> {
    let text = match bytes {
        [0xEF, 0xBB, 0xBF, text @ ..] => String::from_utf8(text.to_vec()).ok(),
        [0xFF, 0xFE, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xFE, 0xFF, text @ ..] => utf16(text, u16::from_be_bytes),
        text => String::from_utf8(text.to_vec()).ok(),
    };
    text.ok_or_else(|| {
        let message = "it is neither UTF-8 nor UTF-16 with a byte order mark; save it as UTF-8";
        io::Error::new(io::ErrorKind::InvalidData, message)
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks();
    let units: Vec<_> = units.iter().map(|bytes| unit(*bytes)).collect();
    rest.is_empty().then(|| String::from_utf16(&units).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Server=bücher;UID=sa";

    #[test]
    fn every_encoding_of_an_editor_is_read() {
        let utf16 = |bytes: fn(u16) -> [u8; 2]| TEXT.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
        for (name, bytes) in [
            ("UTF-8", TEXT.as_bytes().to_vec()),
            ("UTF-8 with a byte order mark", [b"\xEF\xBB\xBF", TEXT.as_bytes()].concat()),
            ("UTF-16 of Out-File", [b"\xFF\xFE", &utf16(u16::to_le_bytes)[..], b"\r\0\n\0"].concat()),
            ("UTF-16, big endian", [b"\xFE\xFF", &utf16(u16::to_be_bytes)[..]].concat()),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), bytes).unwrap();
            assert_eq!(read(file.path(), 100).unwrap(), TEXT, "{name}");
        }
    }

    #[test]
    fn other_bytes_are_refused_with_the_encoding_to_use() {
        for bytes in [&b"Server=b\xFCcher"[..], b"\xFF\xFES", b"\xFF\xFE\x00\xD8", b"\xEF\xBB\xBF\xFF"] {
            assert!(decode(bytes).unwrap_err().to_string().contains("save it as UTF-8"), "{bytes:?}");
        }
    }
}
