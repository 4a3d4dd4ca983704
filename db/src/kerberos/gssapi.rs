//! Gets the ticket for a service by the system's GSSAPI library before the driver does, to learn the library's codes: the driver
//! keeps only their text, which mostly says "An invalid status code was supplied". The ticket stays in the cache, where the driver
//! finds it. Blocks while the library talks to a KDC.
//!
//! Minor codes are those of MIT's `krb5.h`. Heimdal numbers them the same way.

use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext};
use libgssapi::error::{Error, MajorFlags};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_KRB5_PRINCIPAL};

use super::{KerberosError, KerberosFault};
use crate::credentials::KerberosCredentials;

/// The principal that a ticket would be for, as far as files tell it: GSSAPI does not, of a ticket that has expired, of a key that the
/// directory refuses, nor before a KDC has answered.
pub(crate) fn client() -> Option<String> {
    KerberosCredentials::read_by(|name| std::env::var_os(name)).principal().map(str::to_owned)
}

/// Gets a ticket for `spn` and answers the principal that it is for.
///
/// # Errors
/// Why there is none.
pub(crate) fn ticket(spn: &str) -> Result<Option<String>, KerberosError> {
    ask(spn).map_err(|error| {
        let (fault, detail) = (fault(error), words(error));
        KerberosError { fault, spn: spn.to_owned(), principal: client(), detail }
    })
}

fn ask(spn: &str) -> Result<Option<String>, Error> {
    let service = Name::new(spn.as_bytes(), Some(GSS_NT_KRB5_PRINCIPAL))?;
    // With the default credentials and not with acquired ones: those hide the KDC's answer to a client keytab.
    let mut context = ClientCtx::new(None, service, CtxFlags::GSS_C_MUTUAL_FLAG, Some(GSS_MECH_KRB5));
    context.step(None, None)?;
    Ok(display(context.source_name()).or_else(client))
}

fn display(name: Result<Name, Error>) -> Option<String> {
    name.and_then(|name| name.display_name()).ok().map(|text| String::from_utf8_lossy(&text).into_owned())
}

fn words(error: Error) -> String {
    format!("{error}; GSSAPI major {:#010x}, minor {}", error.major.bits(), error.minor.cast_signed())
}

fn fault(error: Error) -> KerberosFault {
    by_minor(error.minor.cast_signed()).unwrap_or_else(|| match error.major {
        major if major.contains(MajorFlags::GSS_S_CREDENTIALS_EXPIRED) => KerberosFault::Expired,
        major if major.contains(MajorFlags::GSS_S_NO_CRED) => KerberosFault::NoCredentials,
        _ => KerberosFault::Other,
    })
}

/// The first code of the error table `krb5`.
const KRB5: i32 = -1_765_328_384;
/// `KG_EMPTY_CCACHE` of the table `ggss`: the mechanism's own word for a cache without a ticket.
const KG_EMPTY_CCACHE: i32 = 39_756_044;
/// `KG_KEYTAB_NOMATCH`: the client keytab has no key of the principal asked for.
const KG_KEYTAB_NOMATCH: i32 = 39_756_045;

fn by_minor(minor: i32) -> Option<KerberosFault> {
    if matches!(minor, KG_EMPTY_CCACHE | KG_KEYTAB_NOMATCH) {
        return Some(KerberosFault::NoCredentials);
    }
    Some(match minor.checked_sub(KRB5)? {
        6 => KerberosFault::UnknownClient,
        7 => KerberosFault::UnknownService,
        14 => KerberosFault::EncryptionType,
        18 => KerberosFault::Revoked,
        23 | 32 => KerberosFault::Expired,
        24 | 31 | 41 | 44 | 45 => KerberosFault::WrongKey,
        33 | 37 | 148 => KerberosFault::ClockSkew,
        154 | 156 | 217 | 220 => KerberosFault::KdcUnreachable,
        141 | 181 | 195 => KerberosFault::NoCredentials,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_of_krb5_h_has_its_meaning() {
        for (code, fault) in [
            (-1_765_328_378, KerberosFault::UnknownClient),
            (-1_765_328_377, KerberosFault::UnknownService),
            (-1_765_328_370, KerberosFault::EncryptionType),
            (-1_765_328_366, KerberosFault::Revoked),
            (-1_765_328_352, KerberosFault::Expired),
            (-1_765_328_347, KerberosFault::ClockSkew),
            (-1_765_328_360, KerberosFault::WrongKey),
            (-1_765_328_343, KerberosFault::WrongKey),
            (-1_765_328_228, KerberosFault::KdcUnreachable),
            (-1_765_328_230, KerberosFault::KdcUnreachable),
            (-1_765_328_189, KerberosFault::NoCredentials),
        ] {
            assert_eq!(by_minor(code), Some(fault), "{code}");
        }
        assert_eq!(by_minor(0), None);
        assert_eq!(by_minor(i32::MAX), None);
    }
}
