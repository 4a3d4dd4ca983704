//! A keytab and its entries.

use time::OffsetDateTime;

use super::encryption_type::EncryptionType;
use super::location::{CredentialLocation, CredentialReadError};

/// A client keytab, or why it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keytab {
    /// Its name, and what chose it.
    pub location: CredentialLocation,
    /// Its entries. A login uses the first one's principal.
    pub content: Result<Vec<KeytabEntry>, CredentialReadError>,
}

/// An entry of a keytab without the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeytabEntry {
    /// The account, like `webgmsa$@CONTOSO.COM`.
    pub principal: String,
    /// The version number of the account's password that the key is derived from (kvno).
    pub version: u32,
    /// The key's encryption type.
    pub encryption_type: EncryptionType,
    /// When the entry was added.
    pub added: OffsetDateTime,
}

#[cfg(all(unix, feature = "kerberos"))]
impl Keytab {
    /// Whether the directory accepts the principal's key in this keytab. Blocks while a KDC answers; stores no ticket.
    pub fn can_log_in(&self, principal: &str) -> bool {
        let library = bookstore_libkrb5::Library::open();
        library.is_ok_and(|library| library.test_key(&self.location.name, principal).is_ok())
    }
}

#[cfg(all(unix, feature = "kerberos"))]
impl From<bookstore_libkrb5::Key> for KeytabEntry {
    fn from(key: bookstore_libkrb5::Key) -> Self {
        Self {
            principal: key.principal,
            version: key.version,
            encryption_type: EncryptionType(key.encryption_type),
            added: super::cache::from_unix(key.added),
        }
    }
}
