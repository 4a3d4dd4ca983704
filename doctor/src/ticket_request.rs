//! Requests a ticket by the system's Kerberos library, within a time limit.

#[cfg(all(unix, feature = "kerberos"))]
use std::time::Duration;

use bookstore_kerberos::credentials::Keytab;
#[cfg(all(unix, feature = "kerberos"))]
use bookstore_kerberos::{KerberosError, KerberosFault, gssapi::get_ticket};

use crate::run::Run;
#[cfg(all(unix, feature = "kerberos"))]
use crate::run::run_blocking;

#[cfg(all(unix, feature = "kerberos"))]
const TIME_LIMIT: Duration = Duration::from_secs(2);
/// Per key of a keytab.
#[cfg(all(unix, feature = "kerberos"))]
const KEY_TIME_LIMIT: Duration = Duration::from_secs(1);

/// Whether the Kerberos library gets a ticket for the service.
#[cfg(all(unix, feature = "kerberos"))]
pub(crate) async fn can_get_ticket(run: &Run, spn: &str) -> bool {
    request(spn, run.at_most(TIME_LIMIT), None).await.is_ok()
}

/// Whether the Kerberos library gets a ticket for the service; false without the library.
#[cfg(not(all(unix, feature = "kerberos")))]
pub(crate) async fn can_get_ticket(_run: &Run, _spn: &str) -> bool {
    false
}

/// Whether the directory accepts the account's key in the keytab.
#[cfg(all(unix, feature = "kerberos"))]
pub(crate) async fn can_log_in(run: &Run, keytab: &Keytab, principal: &str) -> bool {
    let (keytab, principal) = (keytab.clone(), principal.to_owned());
    run_blocking(run.at_most(KEY_TIME_LIMIT), move || keytab.can_log_in(&principal)).await == Some(true)
}

/// Whether the directory accepts the account's key in the keytab; false without the library.
#[cfg(not(all(unix, feature = "kerberos")))]
pub(crate) async fn can_log_in(_run: &Run, _keytab: &Keytab, _principal: &str) -> bool {
    false
}

/// Requests a ticket; `client` is who the error names if the library does not return.
#[cfg(all(unix, feature = "kerberos"))]
pub(crate) async fn request(
    service: &str,
    limit: Duration,
    client: Option<&str>,
) -> Result<Option<String>, KerberosError> {
    let name = service.to_owned();
    run_blocking(limit, move || get_ticket(&name)).await.unwrap_or_else(|| {
        Err(KerberosError {
            fault: KerberosFault::KdcUnreachable,
            spn: service.to_owned(),
            principal: client.map(str::to_owned),
            detail: format!("no answer within {limit:?}"),
            realm: None,
        })
    })
}
