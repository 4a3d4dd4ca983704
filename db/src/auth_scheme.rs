//! How a login was authenticated.

use std::fmt;

/// How the server authenticated a login. `Display` prints the server's spelling, like `KERBEROS`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AuthScheme {
    /// A user name and a password, checked by SQL Server.
    Sql,
    /// A Kerberos service ticket: what an integrated login should use.
    Kerberos,
    /// NTLM, which does not authenticate the server and needs a domain controller at each login.
    Ntlm,
    /// The embedded store, where nobody logs in.
    Embedded,
    /// Any other value that the server reports.
    Other(String),
}

impl AuthScheme {
    /// Converts the value of `CONNECTIONPROPERTY('auth_scheme')`.
    pub fn from_server(text: &str) -> Self {
        match text {
            "SQL" => Self::Sql,
            "KERBEROS" => Self::Kerberos,
            "NTLM" => Self::Ntlm,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for AuthScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sql => "SQL",
            Self::Kerberos => "KERBEROS",
            Self::Ntlm => "NTLM",
            Self::Embedded => "EMBEDDED",
            Self::Other(text) => text,
        })
    }
}
