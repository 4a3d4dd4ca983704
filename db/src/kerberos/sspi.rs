//! The fault that an error of SSPI tells. The package `winauth` writes such an error, and the driver passes on nothing of it but the
//! text, in which the status stands as `0x8009030E`.
//!
//! What the codes mean for a login to SQL Server:
//! <https://learn.microsoft.com/troubleshoot/sql/database-engine/connect/cannot-generate-sspi-context-error>.

use super::KerberosFault;

/// How each error of `winauth` begins, and none of the network's.
const BEGIN: &str = "SSPI failed while ";

/// What broke, if this is an error of SSPI at all.
pub(crate) fn fault(message: &str) -> Option<KerberosFault> {
    let rest = message.strip_prefix(BEGIN)?;
    // The last number: the service's name, which comes before it, may look like one.
    let status = rest.rsplit_once("0x").and_then(|(_, rest)| u32::from_str_radix(rest.get(..8)?, 16).ok());
    Some(status.map_or(KerberosFault::Other, by_status))
}

/// By the names of `winerror.h`.
fn by_status(status: u32) -> KerberosFault {
    match status {
        // NOT_OWNER, UNKNOWN_CREDENTIALS, NO_CREDENTIALS
        0x8009_0306 | 0x8009_030D | 0x8009_030E => KerberosFault::NoCredentials,
        // TARGET_UNKNOWN
        0x8009_0303 => KerberosFault::UnknownService,
        // LOGON_DENIED
        0x8009_030C => KerberosFault::Revoked,
        // NO_AUTHENTICATING_AUTHORITY, DOWNGRADE_DETECTED
        0x8009_0311 | 0x8009_0350 => KerberosFault::KdcUnreachable,
        // CONTEXT_EXPIRED
        0x8009_0317 => KerberosFault::Expired,
        // MESSAGE_ALTERED, WRONG_PRINCIPAL, MUTUAL_AUTH_FAILED
        0x8009_030F | 0x8009_0322 | 0x8009_0363 => KerberosFault::WrongKey,
        // TIME_SKEW
        0x8009_0324 => KerberosFault::ClockSkew,
        // ALGORITHM_MISMATCH, KDC_UNKNOWN_ETYPE
        0x8009_0331 | 0x8009_0342 => KerberosFault::EncryptionType,
        _ => KerberosFault::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `winauth` writes it.
    fn error(status: &str) -> String {
        format!(
            "SSPI failed while asking for a ticket for MSSQLSvc/0x80090322:1433: what it means ({status}); what to do"
        )
    }

    #[test]
    fn each_status_of_sspi_has_its_fault() {
        for (status, meaning) in [
            ("SEC_E_TARGET_UNKNOWN, 0x80090303", KerberosFault::UnknownService),
            ("SEC_E_LOGON_DENIED, 0x8009030C", KerberosFault::Revoked),
            ("SEC_E_UNKNOWN_CREDENTIALS, 0x8009030D", KerberosFault::NoCredentials),
            ("SEC_E_NO_CREDENTIALS, 0x8009030E", KerberosFault::NoCredentials),
            ("SEC_E_MESSAGE_ALTERED, 0x8009030F", KerberosFault::WrongKey),
            ("SEC_E_NO_AUTHENTICATING_AUTHORITY, 0x80090311", KerberosFault::KdcUnreachable),
            ("SEC_E_CONTEXT_EXPIRED, 0x80090317", KerberosFault::Expired),
            ("SEC_E_WRONG_PRINCIPAL, 0x80090322", KerberosFault::WrongKey),
            ("SEC_E_TIME_SKEW, 0x80090324", KerberosFault::ClockSkew),
            ("SEC_E_ALGORITHM_MISMATCH, 0x80090331", KerberosFault::EncryptionType),
            ("SEC_E_KDC_UNKNOWN_ETYPE, 0x80090342", KerberosFault::EncryptionType),
            ("SEC_E_DOWNGRADE_DETECTED, 0x80090350", KerberosFault::KdcUnreachable),
            ("SEC_E_MUTUAL_AUTH_FAILED, 0x80090363", KerberosFault::WrongKey),
        ] {
            assert_eq!(fault(&error(status)), Some(meaning), "{status}");
        }
    }

    #[test]
    fn what_is_no_status_that_tells_a_fault_is_another_one() {
        for status in ["SEC_E_INTERNAL_ERROR, 0x80090304", "status 0x800903FF", "0x80é"] {
            assert_eq!(fault(&error(status)), Some(KerberosFault::Other), "{status}");
        }
    }

    #[test]
    fn an_error_of_the_network_is_none_of_sspi() {
        assert_eq!(fault("connection reset by peer (os error 0x80090303)"), None);
    }
}
