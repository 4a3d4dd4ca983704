//! Requests the ticket for a service by the system's GSSAPI library before the driver does, to learn the library's
//! status codes: the driver keeps only their text, mostly "An invalid status code was supplied". The ticket stays in
//! the cache, where the driver finds it.

use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext};
use libgssapi::error::Error;
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_KRB5_PRINCIPAL};

use crate::credentials::{CredentialReadError, KerberosCredentials, LocationSource, TicketCache};
use crate::realm::RealmMismatch;
use crate::status::Status;
use crate::{KerberosError, KerberosFault};

/// Gets a ticket for the service and returns the client's principal. Blocks while the library talks to a KDC.
///
/// # Errors
/// The fault by the library's status codes, if it gets no ticket.
pub fn get_ticket(spn: &str) -> Result<Option<String>, KerberosError> {
    let credentials = KerberosCredentials::read_blocking();
    // GSSAPI does not report the client if the ticket has expired, if the directory refuses the key, or before a KDC
    // has answered.
    let principal = credentials.principal().map(str::to_owned);
    let spn = spn.to_owned();
    // MIT Kerberos 1.20 ends the process with a segmentation fault if a cache exists and cannot be read
    // (`krb5_cccol_have_content` frees a principal that it did not get), and waits for a pipe for ever.
    if let Some(problem) = problem_of_cache(&credentials) {
        let fault = match &credentials.cache.content {
            Err(CredentialReadError::Configuration(_)) => KerberosFault::Configuration,
            _ => KerberosFault::NoCredentials,
        };
        return Err(KerberosError { fault, spn, principal, detail: problem, realm: None });
    }
    get_ticket_as(principal, spn)
}

/// [`get_ticket`] without a look at this process's own credentials: for a thread whose cache
/// [`use_cache_on_this_thread`](crate::login::use_cache_on_this_thread) has set. `principal` is its client, if known.
///
/// # Errors
/// The fault by the library's status codes, if it gets no ticket.
pub fn get_ticket_as(principal: Option<String>, spn: String) -> Result<Option<String>, KerberosError> {
    request_ticket(&spn).map(|client| client.or_else(|| principal.clone())).map_err(|error| {
        let (fault, detail) = explain(error);
        with_realm(KerberosError { fault, spn, principal, detail, realm: None })
    })
}

/// Why the cache cannot be used, unless it is only missing: `KRB5CCNAME=/tmp: it is a folder, not a file`.
fn problem_of_cache(credentials: &KerberosCredentials) -> Option<String> {
    let TicketCache { location, content } = &credentials.cache;
    match content {
        Ok(_) | Err(CredentialReadError::Missing) => None,
        Err(problem) => {
            let setting = match location.source {
                LocationSource::Variable(variable) => format!("{variable}="),
                LocationSource::Configuration | LocationSource::Default => "ticket cache ".to_owned(),
            };
            Some(format!("{setting}{}: {problem}", location.name))
        }
    }
}

/// Blames the realm, if the ticket was requested in another one than the service's.
fn with_realm(error: KerberosError) -> KerberosError {
    let Some(mismatch) = RealmMismatch::of_service(&error.spn, error.principal.as_deref()) else { return error };
    let is_to_blame = match (&error.fault, &mismatch.default_realm) {
        (KerberosFault::WrongRealm, _) => true,
        (KerberosFault::UnknownService, Some(realm)) => !is_reachable(realm, error.principal.as_deref()),
        // "Cannot find KDC for realm "contoso.com""
        (KerberosFault::KdcUnreachable, Some(realm)) => error.detail.contains(&format!("\"{realm}\"")),
        _ => false,
    };
    if !is_to_blame {
        return error;
    }
    KerberosError { fault: KerberosFault::WrongRealm, realm: Some(Box::new(mismatch)), ..error }
}

/// Whether the client gets tickets in this realm: by a trust it may, and then the service is unknown there.
fn is_reachable(realm: &str, principal: Option<&str>) -> bool {
    match principal.and_then(|principal| principal.rsplit_once('@')) {
        Some((_, own)) if own != realm => request_ticket(&format!("krbtgt/{realm}@{own}")).is_ok(),
        _ => false,
    }
}

fn request_ticket(spn: &str) -> Result<Option<String>, Error> {
    let service = Name::new(spn.as_bytes(), Some(GSS_NT_KRB5_PRINCIPAL))?;
    // Default credentials and not acquired ones, which hide the KDC's answer to a client keytab.
    let mut context = ClientCtx::new(None, service, CtxFlags::GSS_C_MUTUAL_FLAG, Some(GSS_MECH_KRB5));
    context.step(None, None)?;
    let principal = context.source_name().and_then(|name| name.display_name()).ok();
    Ok(principal.map(|name| String::from_utf8_lossy(&name).into_owned()))
}

/// The fault and the library's text with both codes. The minor status is Kerberos' own and more precise than the major
/// one.
fn explain(error: Error) -> (KerberosFault, String) {
    let (major, minor) = (error.major.bits(), error.minor);
    let status = Status::find(minor).or_else(|| Status::find(major));
    let fault = status.map_or(KerberosFault::Other, |status| status.fault);
    let name = status.map(|status| format!(", {}", status.name)).unwrap_or_default();
    (fault, format!("{error}; GSSAPI major {major:#010x}, minor {}{name}", minor.cast_signed()))
}

#[cfg(test)]
mod tests {
    use libgssapi::error::MajorFlags;

    use super::*;

    #[test]
    fn minor_status_decides_before_the_major_one() {
        let error = |major, minor: i32| Error { major, minor: minor.cast_unsigned() };
        let (fault, detail) = explain(error(MajorFlags::GSS_S_NO_CRED, -1_765_328_377));
        assert_eq!(fault, KerberosFault::UnknownService);
        assert!(
            detail.ends_with("GSSAPI major 0x00070000, minor -1765328377, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN"),
            "{detail}"
        );
        assert_eq!(explain(error(MajorFlags::GSS_S_CREDENTIALS_EXPIRED, 0)).0, KerberosFault::Expired);
        assert_eq!(explain(error(MajorFlags::GSS_S_FAILURE, 1)).0, KerberosFault::Other);
    }
}
