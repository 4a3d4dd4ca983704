//! The login of the account that the process runs as: a gMSA, a domain user, a machine.

use std::io;

use crate::negotiation::Negotiation;
use crate::sspi::Credentials;
use crate::text::Target;

/// Prepares a login by SSPI. The name is the one that the driver calls; the package is Negotiate.
#[derive(Clone, Debug, Default)]
pub struct NtlmSspiBuilder {
    spn: String,
}

impl NtlmSspiBuilder {
    /// A login that has no target yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The service principal name to ask a ticket for, as `MSSQLSvc/<host>:<port>`.
    #[must_use]
    pub fn target_spn(mut self, spn: &str) -> Self {
        spn.clone_into(&mut self.spn);
        self
    }

    /// Takes hold of the process' credentials.
    ///
    /// # Errors
    /// `InvalidInput` without a service principal name or with a NUL in it; otherwise what SSPI answered.
    pub fn build(self) -> io::Result<Negotiation> {
        let target = Target::new(self.spn)?;
        let credentials =
            Credentials::of_this_process().map_err(|status| status.while_("reading credentials", &target))?;
        Ok(Negotiation::new(credentials, target))
    }
}
