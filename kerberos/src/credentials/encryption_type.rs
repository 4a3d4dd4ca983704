//! Kerberos encryption types by number, named as `klist` names them.

use std::fmt;

/// The number of an encryption type:
/// <https://www.iana.org/assignments/kerberos-parameters/kerberos-parameters.xhtml#kerberos-parameters-1>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EncryptionType(pub i32);

impl EncryptionType {
    /// Whether it is deprecated: single DES by RFC 6649, triple DES and RC4 by RFC 8429. Windows domains disable RC4.
    pub fn is_weak(self) -> bool {
        matches!(self.0, 1..=16 | 23 | 24)
    }
}

impl fmt::Display for EncryptionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            1 => "des-cbc-crc",
            3 => "des-cbc-md5",
            16 => "des3-cbc-sha1",
            17 => "aes128-cts-hmac-sha1-96",
            18 => "aes256-cts-hmac-sha1-96",
            19 => "aes128-cts-hmac-sha256-128",
            20 => "aes256-cts-hmac-sha384-192",
            23 => "arcfour-hmac (RC4)",
            24 => "arcfour-hmac-exp (RC4)",
            25 => "camellia128-cts-cmac",
            26 => "camellia256-cts-cmac",
            other => return write!(f, "encryption type {other}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn des_and_rc4_are_weak_and_aes_is_not() {
        let weak = [1, 3, 16, 17, 18, 23, 24, 25].map(|number| EncryptionType(number).is_weak());
        assert_eq!(weak, [true, true, true, false, false, true, true, false]);
    }
}
