//! Reads the SSPI status from the error of a login on Windows. The package `winauth` reports the status by its number,
//! and the driver passes on nothing of its error but the text, which ends in `status 0x8009030E`.

use crate::KerberosFault;
use crate::status::Status;
#[cfg(windows)]
pub use winauth::only_kerberos;

/// Every error of `winauth` starts with this; an error of the network does not.
const PREFIX: &str = "SSPI failed while ";
/// Precedes the number, which stands last: the service's name before it may look like a number, too.
const STATUS: &str = "status 0x";

/// Returns the fault that an SSPI error means, and its text with the status's name; none if the driver's error is not
/// from SSPI.
pub fn parse(error: &str) -> Option<(KerberosFault, String)> {
    if !error.starts_with(PREFIX) {
        return None;
    }
    let known = error.rsplit_once(STATUS).and_then(|(step, digits)| {
        let status = Status::find(u32::from_str_radix(digits, 16).ok()?)?;
        Some((status.fault, format!("{step}{}, {:#010X}", status.name, status.code)))
    });
    Some(known.unwrap_or_else(|| (KerberosFault::Other, error.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_winauth_have_fault_and_name_of_their_status() {
        for (error, fault, name) in [
            (
                "asking for a ticket for MSSQLSvc/db:1433: status 0x8009030E",
                KerberosFault::NoCredentials,
                "NO_CREDENTIALS",
            ),
            (
                "asking for a ticket for MSSQLSvc/0x80090322:1433: status 0x80090303",
                KerberosFault::UnknownService,
                "TARGET_UNKNOWN",
            ),
            (
                "checking the server's answer for MSSQLSvc/db:1433: status 0x80090322",
                KerberosFault::WrongKey,
                "WRONG_PRINCIPAL",
            ),
            (
                "reading credentials for MSSQLSvc/db:1433: status 0x80090305",
                KerberosFault::PackageMissing,
                "SECPKG_NOT_FOUND",
            ),
            (
                "asking for a ticket for MSSQLSvc/db:1433: status 0x80090304",
                KerberosFault::InternalError,
                "INTERNAL_ERROR",
            ),
        ] {
            let (step, number) = error.rsplit_once("status ").unwrap();
            let text = format!("{PREFIX}{step}SEC_E_{name}, {number}");
            assert_eq!(parse(&format!("{PREFIX}{error}")), Some((fault, text)));
        }
    }

    #[test]
    fn unknown_status_is_another_fault_with_its_text() {
        for status in ["status 0x800903FF", "status 0x80é", "status 0x8009030C and more", "0x8009030C", ""] {
            let error = format!("{PREFIX}asking for a ticket for MSSQLSvc/db:1433: {status}");
            assert_eq!(parse(&error), Some((KerberosFault::Other, error.clone())), "{status}");
        }
    }

    #[test]
    fn network_error_is_not_of_sspi() {
        assert_eq!(parse("connection reset by peer (os error 0x80090303)"), None);
    }
}
