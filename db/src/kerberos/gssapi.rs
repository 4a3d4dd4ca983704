//! Gets the ticket for a service by the system's GSSAPI library before the driver does, to learn the library's codes: the driver
//! keeps only their text, which mostly says "An invalid status code was supplied". The ticket stays in the cache, where the driver
//! finds it. Blocks while the library talks to a KDC.
//!
//! Minor codes are those of MIT's `krb5.h`. Heimdal numbers them the same way.

use libgssapi::context::{ClientCtx, CtxFlags};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::{Error, MajorFlags};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_KRB5_PRINCIPAL, OidSet};

use super::{KerberosError, KerberosFault};

/// Gets a ticket for `spn` and answers the principal that it is for, which `client` is told as soon as it is known.
///
/// # Errors
/// Why there is none.
pub(crate) fn ticket(spn: &str, client: impl FnOnce(&str)) -> Result<Option<String>, KerberosError> {
    let mut principal = None;
    match ask(spn, &mut principal, client) {
        Ok(()) => Ok(principal),
        Err(error) => Err(KerberosError { fault: fault(error), spn: spn.to_owned(), principal, detail: words(error) }),
    }
}

fn ask(spn: &str, principal: &mut Option<String>, client: impl FnOnce(&str)) -> Result<(), Error> {
    let kerberos = OidSet::singleton(GSS_MECH_KRB5)?;
    let credentials = Cred::acquire(None, None, CredUsage::Initiate, Some(&kerberos))?;
    *principal = display(credentials.name());
    if let Some(principal) = principal {
        client(principal);
    }
    let service = Name::new(spn.as_bytes(), Some(GSS_NT_KRB5_PRINCIPAL))?;
    ClientCtx::new(Some(credentials), service, CtxFlags::GSS_C_MUTUAL_FLAG, None).step(None, None).map(drop)
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
