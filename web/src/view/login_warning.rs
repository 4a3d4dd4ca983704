//! Warnings about the login that a reader must not overlook.

use bookstore_db::identity::{AuthScheme, Encryption, Identity, LoginState};

/// A warning about the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginWarning {
    /// The login used NTLM.
    Ntlm,
    /// Only the login is encrypted.
    NotEncrypted,
    /// The embedded store: nobody logs in.
    Embedded,
    /// The database is unavailable; the login is the last known one.
    Unavailable,
}

impl LoginWarning {
    /// All warnings that apply.
    pub(crate) fn of(state: &LoginState) -> Vec<Self> {
        let applies = |condition: fn(&Identity) -> bool| state.identity.as_deref().is_some_and(condition);
        let warnings = [
            (Self::Unavailable, state.outage.is_some()),
            (Self::Embedded, applies(|identity| identity.auth_scheme == AuthScheme::Embedded)),
            (Self::Ntlm, applies(|identity| identity.auth_scheme == AuthScheme::Ntlm)),
            (Self::NotEncrypted, applies(|identity| identity.encryption == Encryption::LoginOnly)),
        ];
        warnings.into_iter().filter_map(|(warning, applies)| applies.then_some(warning)).collect()
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Ntlm => "NTLM, not Kerberos",
            Self::NotEncrypted => "Not encrypted",
            Self::Embedded => "Simulation",
            Self::Unavailable => "The database is unavailable",
        }
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Ntlm => {
                "This login used NTLM, which does not authenticate the server. The usual cause: no SPN is registered \
                 for the server name in the connection string. setspn -S registers it."
            }
            Self::NotEncrypted => {
                "Only the login is encrypted. Books and queries are sent in clear text, because the connection string \
                 has Encrypt=Optional."
            }
            Self::Embedded => {
                "The embedded store is a file. Nobody logs in, and new books carry the user name in the connection \
                 string."
            }
            Self::Unavailable => "A login shown here is the last known one. The reason stands at the top of the page.",
        }
    }
}
