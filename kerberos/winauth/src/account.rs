//! The login of a named account with its password.

use std::borrow::Cow;
use std::io;

use zeroize::Zeroizing;

use crate::negotiation::{Negotiation, NextBytes};
use crate::sspi::{Account, Credentials};
use crate::text::Target;

/// Prepares the login of a named account. The driver prescribes the type's name; the package is Negotiate, so that an
/// account of a domain logs in by Kerberos where possible.
#[derive(Clone, Debug, Default)]
pub struct NtlmV2ClientBuilder<'a> {
    spn: Cow<'a, str>,
}

impl<'a> NtlmV2ClientBuilder<'a> {
    /// Creates a login without a target.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the service principal name of the ticket, `MSSQLSvc/<host>:<port>`.
    #[must_use]
    pub fn target_spn<S: Into<Cow<'a, str>>>(mut self, spn: S) -> Self {
        self.spn = spn.into();
        self
    }

    /// Passes the account to SSPI and wipes the password. `user` without a domain may be a principal, `name@REALM`.
    ///
    /// If SSPI refuses the account, the first [`NextBytes::next_bytes`] returns the error.
    pub fn build<D, U, P>(self, domain: Option<D>, user: U, password: P) -> NtlmV2Client
    where
        D: Into<Cow<'a, str>>,
        U: Into<Cow<'a, str>>,
        P: Into<Cow<'a, str>>,
    {
        let password = Zeroizing::new(password.into().into_owned());
        let domain = domain.map(Into::into);
        NtlmV2Client { negotiation: negotiate(self.spn, domain.as_deref(), &user.into(), &password) }
    }
}

fn negotiate(spn: Cow<'_, str>, domain: Option<&str>, user: &str, password: &str) -> io::Result<Negotiation> {
    let target = Target::new(spn.into_owned())?;
    let account = Account::new(domain, user, password);
    let credentials =
        Credentials::of(&account).map_err(|status| status.into_error("passing on the account", target.name()))?;
    Ok(Negotiation::new(credentials, target))
}

/// The login of a named account, or why it cannot start.
#[derive(Debug)]
pub struct NtlmV2Client {
    negotiation: io::Result<Negotiation>,
}

impl NextBytes for NtlmV2Client {
    fn next_bytes(&mut self, bytes: Option<&[u8]>) -> io::Result<Option<Vec<u8>>> {
        match &mut self.negotiation {
            Ok(negotiation) => negotiation.next_bytes(bytes),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    }
}
