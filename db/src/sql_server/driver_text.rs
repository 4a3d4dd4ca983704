//! Meaning of the driver's errors of protocol and TLS, which carry nothing but text. Those of an integrated login on
//! Windows are read by `bookstore_kerberos::sspi`; no other file reads the driver's texts.
//!
//! TLS errors are those of the system's library: OpenSSL's reasons, SChannel's status as an `os error`.

/// SChannel's statuses of a refused certificate. Not those of a login, which `bookstore_kerberos` has: 0x80090322 here
/// is a certificate for another name.
/// <https://learn.microsoft.com/windows/win32/seccrypto/common-hresult-values>
const CERTIFICATE_STATUSES: [u32; 16] = [
    0x8009_0322, // SEC_E_WRONG_PRINCIPAL
    0x8009_0325, // SEC_E_UNTRUSTED_ROOT
    0x8009_0327, // SEC_E_CERT_UNKNOWN
    0x8009_0328, // SEC_E_CERT_EXPIRED
    0x8009_0349, // SEC_E_CERT_WRONG_USAGE
    0x8009_2010, // CRYPT_E_REVOKED
    0x8009_2012, // CRYPT_E_NO_REVOCATION_CHECK
    0x8009_2013, // CRYPT_E_REVOCATION_OFFLINE
    0x800B_0101, // CERT_E_EXPIRED
    0x800B_0109, // CERT_E_UNTRUSTEDROOT
    0x800B_010A, // CERT_E_CHAINING
    0x800B_010C, // CERT_E_REVOKED
    0x800B_010E, // CERT_E_REVOCATION_FAILURE
    0x800B_010F, // CERT_E_CN_NO_MATCH
    0x800B_0110, // CERT_E_WRONG_USAGE
    0x800B_0112, // CERT_E_UNTRUSTEDCA
];

/// Whether a TLS error means that the server's certificate was refused.
pub(super) fn is_certificate_refused(tls: &str) -> bool {
    tls.contains("certificate verify failed") || os_error(tls).is_some_and(|code| CERTIFICATE_STATUSES.contains(&code))
}

/// Whether a TLS error means that the server closed the connection, which OpenSSL and the standard library report as
/// an error of TLS.
pub(super) fn is_connection_closed(tls: &str) -> bool {
    tls.contains("unexpected EOF")
}

/// Whether an error of the protocol means that the server does not offer the encryption that was asked for.
pub(super) fn is_encryption_refused(protocol: &str) -> bool {
    protocol == "Server does not allow the requested encryption level."
}

/// The number in `(os error N)`, which the standard library prints as a signed one.
fn os_error(text: &str) -> Option<u32> {
    let (_, rest) = text.rsplit_once("(os error ")?;
    let code: i32 = rest.split(')').next()?.parse().ok()?;
    Some(code.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first two recorded from tiberius 0.13 with OpenSSL 3 on Debian; the others are Windows' texts.
    #[test]
    fn refused_certificates_are_recognized() {
        for text in [
            "error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed:\
             ../ssl/statem/statem_clnt.c:2103: (self-signed certificate in certificate chain)",
            "error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed:\
             ../ssl/statem/statem_clnt.c:2103: (hostname mismatch)",
            "A certificate chain processed, but terminated in a root certificate which is not trusted by the trust \
             provider. (os error -2146762487)",
            "The target principal name is incorrect. (os error -2146893022)",
            "The certificate is not valid for the requested usage. (os error -2146762480)",
            "The revocation process could not continue. (os error -2146762482)",
        ] {
            assert!(is_certificate_refused(text) && !is_connection_closed(text), "{text}");
        }
    }

    #[test]
    fn other_tls_errors_are_not_about_the_certificate() {
        for text in [
            "unexpected EOF",
            "error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl/record/ssl3_record.c:354:",
            "The token supplied to the function is invalid (os error -2146893048)",
            "Connection reset by peer (os error 104)",
            "(os error certificate)",
        ] {
            assert!(!is_certificate_refused(text), "{text}");
        }
        assert!(is_connection_closed("unexpected EOF"));
    }

    #[test]
    fn refused_encryption_is_recognized() {
        let driver = tiberius::error::Error::Protocol("Server does not allow the requested encryption level.".into());
        let tiberius::error::Error::Protocol(text) = driver else { unreachable!() };
        assert!(is_encryption_refused(&text));
        assert!(!is_encryption_refused("Never got SSPI token."));
    }
}
