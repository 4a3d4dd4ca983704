//! Which logins are good enough: a fall-back from Kerberos to something weaker must not go unnoticed where it matters.

use std::fmt;

use crate::connection_string::{Login, Target};
use crate::identity::AuthScheme;

/// What is asked of a login beyond what the connection string says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoginPolicy {
    /// Only a login that the server itself calls KERBEROS is used.
    pub require_kerberos: bool,
}

/// A login that is not by Kerberos where only that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotKerberos(pub AuthScheme);

impl LoginPolicy {
    /// Looks at the server's own word on a login.
    ///
    /// # Errors
    /// When it is not allowed.
    pub fn check(self, scheme: &AuthScheme) -> Result<(), NotKerberos> {
        if self.require_kerberos && *scheme != AuthScheme::Kerberos { Err(NotKerberos(scheme.clone())) } else { Ok(()) }
    }

    /// Refuses what cannot become Kerberos, before a password is sent.
    pub(crate) fn check_target(self, target: &Target) -> Result<(), NotKerberos> {
        match target {
            Target::Embedded(_) => self.check(&AuthScheme::Embedded),
            Target::SqlServer(settings) => match settings.login {
                Login::Sql { .. } => self.check(&AuthScheme::Sql),
                Login::Integrated => Ok(()),
            },
        }
    }
}

impl std::error::Error for NotKerberos {}

impl fmt::Display for NotKerberos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            AuthScheme::Embedded => f.write_str("nobody logs in to the embedded store"),
            scheme => write!(f, "the login is by {scheme} and not by KERBEROS"),
        }
    }
}

impl NotKerberos {
    /// What to do about it.
    pub(crate) fn advice(&self) -> &'static str {
        match self.0 {
            AuthScheme::Sql | AuthScheme::Embedded => {
                "write Server=<host>;Trusted_Connection=true without a user and a password, or unset it"
            }
            _ => {
                "register the SPN of the name in the connection string by `setspn -S`, and see that this machine reaches a domain \
                 controller"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection_string::ConnectionString;
    use crate::error::Error;

    const STRICT: LoginPolicy = LoginPolicy { require_kerberos: true };

    #[test]
    fn only_the_servers_word_kerberos_is_enough_where_it_is_required() {
        assert_eq!(STRICT.check(&AuthScheme::Kerberos), Ok(()));
        for scheme in ["NTLM", "SQL", "DIGEST"].map(AuthScheme::from_server) {
            assert_eq!(STRICT.check(&scheme), Err(NotKerberos(scheme.clone())));
            assert_eq!(LoginPolicy::default().check(&scheme), Ok(()));
        }
    }

    #[test]
    fn a_connection_string_that_cannot_become_kerberos_is_refused_before_it_is_used() {
        let check = |text: &str| STRICT.check_target(&text.parse::<ConnectionString>().unwrap().target);
        assert_eq!(check("Server=db;Integrated Security=true"), Ok(()));
        assert_eq!(check("Server=db;User ID=sa;Password=x"), Err(NotKerberos(AuthScheme::Sql)));
        assert_eq!(check("Server=(embedded);User ID=sa"), Err(NotKerberos(AuthScheme::Embedded)));
    }

    #[test]
    fn the_error_says_what_was_used_and_what_to_do() {
        let said = Error::from(NotKerberos(AuthScheme::Ntlm)).to_string();
        assert!(
            said.contains("NTLM") && said.contains("BOOKSTORE_REQUIRE_KERBEROS") && said.contains("setspn"),
            "{said}"
        );
    }
}
