//! Login policy: whether a login other than Kerberos is accepted.

use crate::auth_scheme::AuthScheme;
use crate::connection_string::{Login, Target};
use crate::error::Error;

/// Requirements on a login in addition to those of the connection string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoginPolicy {
    /// Accept only logins that the server reports as KERBEROS.
    pub require_kerberos: bool,
}

impl LoginPolicy {
    /// Checks the auth scheme that the server reports.
    ///
    /// # Errors
    /// [`Error::KerberosRequired`] if the policy does not accept the scheme.
    pub fn check(self, scheme: &AuthScheme) -> Result<(), Error> {
        if self.require_kerberos && *scheme != AuthScheme::Kerberos {
            return Err(Error::KerberosRequired(scheme.clone()));
        }
        Ok(())
    }

    /// Runs an integrated login on this thread. Where the policy requires Kerberos, Windows is offered Kerberos alone,
    /// so that no NTLM token leaves the process. GSSAPI offers nothing else in any case.
    pub(crate) fn offer<T>(self, login: impl FnOnce() -> T) -> T {
        #[cfg(windows)]
        if self.require_kerberos {
            return bookstore_kerberos::sspi::only_kerberos(login);
        }
        login()
    }

    /// Refuses a target whose login cannot be by Kerberos, before a password is sent.
    ///
    /// # Errors
    /// [`Error::KerberosRequired`] if the policy requires Kerberos, for the embedded store and for SQL logins.
    pub fn check_target(self, target: &Target) -> Result<(), Error> {
        match target {
            Target::Embedded(_) => self.check(&AuthScheme::Embedded),
            Target::SqlServer(settings) => self.check_login(&settings.login),
        }
    }

    /// Refuses a login that cannot be by Kerberos, before a password is sent.
    ///
    /// # Errors
    /// [`Error::KerberosRequired`] if the policy requires Kerberos, for SQL logins.
    pub(crate) fn check_login(self, login: &Login) -> Result<(), Error> {
        match login {
            Login::Sql { .. } => self.check(&AuthScheme::Sql),
            Login::Integrated => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection_string::ConnectionString;

    const STRICT: LoginPolicy = LoginPolicy { require_kerberos: true };

    fn refused_scheme(result: Result<(), Error>) -> Option<AuthScheme> {
        match result {
            Ok(()) => None,
            Err(Error::KerberosRequired(scheme)) => Some(scheme),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn strict_policy_accepts_only_kerberos() {
        assert_eq!(refused_scheme(STRICT.check(&AuthScheme::Kerberos)), None);
        for scheme in ["NTLM", "SQL", "DIGEST"].map(AuthScheme::from_server) {
            assert_eq!(refused_scheme(STRICT.check(&scheme)), Some(scheme.clone()));
            assert_eq!(refused_scheme(LoginPolicy::default().check(&scheme)), None);
        }
    }

    #[test]
    fn strict_policy_refuses_sql_and_embedded_targets_before_use() {
        let check = |text: &str| {
            let target = text.parse::<ConnectionString>().unwrap().target;
            refused_scheme(STRICT.check_target(&target))
        };
        assert_eq!(check("Server=db;Integrated Security=true"), None);
        assert_eq!(check("Server=db;User ID=sa;Password=x"), Some(AuthScheme::Sql));
        assert_eq!(check("Server=(embedded);User ID=sa"), Some(AuthScheme::Embedded));
    }
}
