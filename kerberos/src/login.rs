//! Logins at the KDC: a ticket-granting ticket by keytab or by password, written to a ticket cache.

use std::ffi::CStr;
use std::time::Duration;

use bookstore_libkrb5::{Library, LibraryError};

use crate::status::Status;
use crate::{KerberosError, KerberosFault};

/// Logs in with the key of `principal` in `keytab`. The ticket replaces the content of `cache`. Blocks while a KDC
/// answers.
///
/// # Errors
/// The fault by the library's code.
pub fn by_keytab(principal: &str, keytab: &str, cache: &str) -> Result<(), KerberosError> {
    let done = Library::open().and_then(|library| library.login_by_keytab(principal, keytab, cache));
    done.map_err(|error| explain(principal, &error))
}

/// Logs in with a password. The ticket replaces the content of `cache`, and is valid for at most `lifetime`. Blocks
/// while a KDC answers.
///
/// # Errors
/// The fault by the library's code.
pub fn by_password(
    principal: &str,
    password: &CStr,
    cache: &str,
    lifetime: Option<Duration>,
) -> Result<(), KerberosError> {
    let seconds = lifetime.map(|lifetime| i32::try_from(lifetime.as_secs()).unwrap_or(i32::MAX));
    let done = Library::open().and_then(|library| library.login_by_password(principal, password, cache, seconds));
    done.map_err(|error| explain(principal, &error))
}

/// Lets [`crate::gssapi`] and every other user of GSSAPI use this cache on the calling thread.
///
/// # Errors
/// The library does not accept the name.
pub fn use_cache_on_this_thread(cache: &str) -> Result<(), KerberosError> {
    Library::use_cache_on_this_thread(cache).map_err(|error| explain("this process", &error))
}

fn explain(principal: &str, error: &LibraryError) -> KerberosError {
    let status = Status::find(error.code.cast_unsigned());
    let name = status.map(|status| format!(", {}", status.name)).unwrap_or_default();
    KerberosError {
        fault: status.map_or(KerberosFault::Other, |status| status.fault),
        spn: "krbtgt".to_owned(),
        principal: Some(principal.to_owned()),
        detail: format!("{}; Kerberos error {}{name}", error.message, error.code),
        realm: None,
    }
}
