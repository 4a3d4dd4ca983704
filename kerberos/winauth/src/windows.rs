//! The login of the account that the process runs as: a gMSA, a domain user or a computer.

use std::io;

use crate::negotiation::Negotiation;
use crate::sspi::Credentials;
use crate::text::Target;

/// Prepares the login of this process's account. The driver prescribes the type's name; the package is Negotiate.
#[derive(Clone, Debug, Default)]
pub struct NtlmSspiBuilder {
    spn: String,
}

impl NtlmSspiBuilder {
    /// Creates a login without a target.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the service principal name of the ticket, `MSSQLSvc/<host>:<port>`.
    #[must_use]
    pub fn target_spn(mut self, spn: &str) -> Self {
        spn.clone_into(&mut self.spn);
        self
    }

    /// Acquires the process's credentials.
    ///
    /// # Errors
    /// `InvalidInput` if the service principal name is missing or has a NUL in it; `Other` if SSPI fails.
    pub fn build(self) -> io::Result<Negotiation> {
        let target = Target::new(self.spn)?;
        let credentials =
            Credentials::of_this_process().map_err(|status| status.into_error("reading credentials", target.name()))?;
        Ok(Negotiation::new(credentials, target))
    }
}
