//! The credentials that a store logs in with. No secret is in them.

use bookstore_kerberos::credentials::KerberosCredentials;
use bookstore_kerberos::process_account;

use crate::connection_string::{Login, Target};

/// The kind of login that a connection string asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginKind {
    /// The embedded store, where nobody logs in.
    Embedded,
    /// A SQL login with this name.
    Sql(String),
    /// An integrated login: the account of the process, or its Kerberos ticket.
    Integrated,
}

/// The credentials in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// No credentials: nobody logs in to the embedded store.
    NotNeeded,
    /// The user name and password of the connection string.
    Password {
        /// The user name.
        user: String,
    },
    /// Kerberos files, on Unix.
    Kerberos(KerberosCredentials),
    /// The Windows logon session of this process. In a container with a credential spec it is the gMSA's.
    WindowsLogon {
        /// The account of the process. In such a container its name differs from the gMSA's.
        account: String,
    },
}

impl LoginKind {
    /// Returns the kind of login that a parsed connection string asks for.
    pub fn of(target: &Target) -> Self {
        match target {
            Target::Embedded(_) => Self::Embedded,
            Target::SqlServer(settings) => match &settings.login {
                Login::Sql { user, .. } => Self::Sql(user.clone()),
                Login::Integrated => Self::Integrated,
            },
        }
    }
}

impl Credentials {
    /// Reads the current credentials of a login. Contacts no KDC; files are read on a blocking thread.
    pub async fn read(login: &LoginKind) -> Self {
        match login {
            LoginKind::Embedded => Self::NotNeeded,
            LoginKind::Sql(user) => Self::Password { user: user.clone() },
            LoginKind::Integrated if cfg!(windows) => Self::WindowsLogon { account: process_account() },
            LoginKind::Integrated => Self::Kerberos(KerberosCredentials::read().await),
        }
    }
}
