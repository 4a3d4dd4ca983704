//! Keytabs, version 2: <https://web.mit.edu/kerberos/krb5-latest/doc/formats/keytab_file_format.html>.

use time::OffsetDateTime;

use super::encryption_type::EncryptionType;
use super::place::{Place, Unread};
use super::reader::{Counts, Reader};

/// A client keytab, or why it tells nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keytab {
    /// Its name, and who chose it.
    pub place: Place,
    /// Whose keys it holds.
    pub content: Result<Vec<Key>, Unread>,
}

/// Of a key everything but the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Whose it is, like `webgmsa$@CONTOSO.COM`.
    pub principal: String,
    /// Which version of the account's password it was made of (kvno).
    pub version: u32,
    /// For which encryption type.
    pub encryption_type: EncryptionType,
    /// When it was put there.
    pub added: OffsetDateTime,
}

impl Keytab {
    /// Reads the keytab. Blocks while a file is read.
    pub fn read(place: Place) -> Self {
        let content = place.bytes().and_then(|file| keys(&file).ok_or(Unread::Malformed));
        Self { place, content }
    }
}

pub(super) fn keys(file: &[u8]) -> Option<Vec<Key>> {
    let mut file = Reader::new(file, Counts::Short);
    let [5, 2] = file.array()? else { return None };
    let mut keys = Vec::new();
    while !file.is_empty() {
        let size = file.long()?.cast_signed();
        // Zero is the end; a negative size is a hole where a key was removed.
        if size == 0 {
            break;
        }
        let entry = file.take(usize::try_from(size.unsigned_abs()).ok()?)?;
        if size > 0 {
            keys.push(key(Reader::new(entry, Counts::Short))?);
        }
    }
    Some(keys)
}

fn key(mut entry: Reader<'_>) -> Option<Key> {
    let components = entry.count()?;
    let principal = entry.principal(components)?.to_string();
    let _kind = entry.long()?;
    let added = OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(i64::from(entry.long()?));
    let short_version = u32::from(entry.byte()?);
    let encryption_type = EncryptionType(i32::from(entry.short()?.cast_signed()));
    entry.data()?; // the key
    // A longer version number may follow, for those over 255.
    let version = entry.long().filter(|version| *version != 0).unwrap_or(short_version);
    Some(Key { principal, version, encryption_type, added })
}
