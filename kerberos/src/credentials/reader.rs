//! Reads the credentials through the Kerberos library.

use std::path::Path;
use std::{fs, io};

use bookstore_libkrb5::{ErrorKind, Library, LibraryError};

use super::cache::{CacheContent, TicketCache};
use super::keytab::{Keytab, KeytabEntry};
use super::location::{CredentialLocation, CredentialReadError, LocationSource};
use super::{CACHE_VARIABLE, KEYTAB_VARIABLE, KerberosCredentials};

/// Reads both stores where the library looks for them.
pub(super) fn read() -> KerberosCredentials {
    let library = match open() {
        Ok(library) => library,
        Err(error) => return KerberosCredentials::unread(&error),
    };
    let name = library.default_cache_name();
    let location = locate(&library, CACHE_VARIABLE, "default_ccache_name", name);
    let cache = TicketCache { content: read_cache(&library, &location.name), location };
    let client_keytab = match library.default_client_keytab_name() {
        Ok(name) => {
            let location = locate(&library, KEYTAB_VARIABLE, "default_client_keytab_name", name);
            Keytab { content: read_keytab(&library, &location.name), location }
        }
        Err(error) => {
            let location = CredentialLocation::of_variable(KEYTAB_VARIABLE).unwrap_or_else(CredentialLocation::unknown);
            let is_empty = location.name.is_empty();
            Keytab { content: Err(if is_empty { CredentialReadError::Empty } else { classify(error) }), location }
        }
    };
    KerberosCredentials { cache, client_keytab }
}

pub(super) fn open() -> Result<Library, CredentialReadError> {
    Library::open().map_err(|error| CredentialReadError::Configuration(error.message))
}

/// A name that the library chose, and why it did.
fn locate(library: &Library, variable: &'static str, relation: &str, name: String) -> CredentialLocation {
    let source = if std::env::var_os(variable).is_some() {
        LocationSource::Variable(variable)
    } else if library.setting(relation).is_some() {
        LocationSource::Configuration
    } else {
        LocationSource::Default
    };
    CredentialLocation { name, source }
}

pub(super) fn read_cache(library: &Library, name: &str) -> Result<CacheContent, CredentialReadError> {
    check_file(name)?;
    let (principal, tickets) = library.read_cache(name).map_err(classify)?;
    Ok(CacheContent { principal, tickets: tickets.into_iter().map(Into::into).collect() })
}

pub(super) fn read_keytab(library: &Library, name: &str) -> Result<Vec<KeytabEntry>, CredentialReadError> {
    check_file(name)?;
    Ok(library.read_keytab(name).map_err(classify)?.into_iter().map(Into::into).collect())
}

/// Checks a name that stands for a file: the library would wait for a pipe, and reports a folder by a code of its own
/// making.
fn check_file(name: &str) -> Result<(), CredentialReadError> {
    if name.is_empty() {
        return Err(CredentialReadError::Empty);
    }
    let path = match name.split_once(':') {
        Some(("FILE" | "WRFILE", path)) => path,
        Some((kind, _)) if !kind.contains('/') => return Ok(()),
        _ => name,
    };
    match fs::metadata(Path::new(path)) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(found) if found.is_dir() => Err(CredentialReadError::Folder),
        Ok(_) => Err(CredentialReadError::NotAFile),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(CredentialReadError::Missing),
        Err(error) => Err(CredentialReadError::Unreadable(error.to_string())),
    }
}

fn classify(error: LibraryError) -> CredentialReadError {
    match error.kind() {
        ErrorKind::Missing => CredentialReadError::Missing,
        ErrorKind::UnknownType => CredentialReadError::UnknownType,
        ErrorKind::Malformed => CredentialReadError::Malformed,
        ErrorKind::Other => CredentialReadError::Unreadable(error.message),
    }
}
