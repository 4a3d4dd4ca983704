//! The name of a ticket cache or keytab, and why it cannot be read.
//! <https://web.mit.edu/kerberos/krb5-latest/doc/basic/ccache_def.html>,
//! <https://web.mit.edu/kerberos/krb5-latest/doc/basic/keytab_def.html>.

use std::fmt;

/// What chose a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocationSource {
    /// The environment variable of this name.
    Variable(&'static str),
    /// `krb5.conf` or a file that it includes.
    Configuration,
    /// The library.
    Default,
}

/// A ticket cache or keytab by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialLocation {
    /// As the library writes it: `FILE:/tmp/krb5cc_1000`, `MEMORY:`, `KCM:`.
    pub name: String,
    /// What chose it.
    pub source: LocationSource,
}

/// Why a location's content is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialReadError {
    /// There is no such cache or keytab.
    Missing,
    /// The variable is set to an empty value.
    Empty,
    /// The library does not know the type before the colon.
    UnknownType,
    /// The name of a file is that of a folder.
    Folder,
    /// The name of a file is that of a pipe or a device, which could block its reader.
    NotAFile,
    /// The file is not a cache or keytab, or ends too early.
    Malformed,
    /// It cannot be read; the library's or the system's text.
    Unreadable(String),
    /// `krb5.conf` or a file that it includes cannot be used; the library's text.
    Configuration(String),
    /// The library does not return.
    NoAnswer,
    /// This build has no Kerberos library.
    NoLibrary,
}

impl fmt::Display for CredentialReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("it does not exist"),
            Self::Empty => f.write_str("the variable is set to an empty value"),
            Self::UnknownType => f.write_str("the Kerberos library does not know this type; types are in capitals"),
            Self::Folder => f.write_str("it is a folder, not a file"),
            Self::NotAFile => f.write_str("it is a pipe or a device, not a file"),
            Self::Malformed => f.write_str("the file is not of this kind, or it ends too early"),
            Self::Unreadable(cause) => write!(f, "it cannot be read: {cause}"),
            Self::Configuration(cause) => write!(f, "krb5.conf cannot be used: {cause}"),
            Self::NoAnswer => f.write_str("it could not be read in time"),
            Self::NoLibrary => f.write_str("this build has no Kerberos library"),
        }
    }
}

impl CredentialLocation {
    /// The location that the environment names.
    pub(super) fn of_variable(variable: &'static str) -> Option<Self> {
        let name = std::env::var_os(variable)?.to_string_lossy().into_owned();
        Some(Self { name, source: LocationSource::Variable(variable) })
    }

    /// The location that the library does not report.
    pub(super) fn unknown() -> Self {
        Self { name: "the default".to_owned(), source: LocationSource::Default }
    }
}
