//! `bookstore gmsa-ticket`: keeps a gMSA's ticket fresh in a ticket cache, for programs on Linux that log in with it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

#[cfg(all(unix, feature = "kerberos"))]
mod refresh;

/// Which gMSA, read by whom, and where its ticket goes.
#[derive(Debug, Args)]
pub(crate) struct GmsaTicketArgs {
    /// The group managed service account: its sAMAccountName.
    #[arg(long, value_name = "ACCOUNT", required_unless_present = "check")]
    gmsa: Option<String>,
    /// A domain controller, like ldap://dc1.corp.example.com.
    #[arg(long, value_name = "URL", required_unless_present = "check")]
    directory: Option<String>,
    /// The keytab of a computer or user that may read the gMSA's password.
    #[arg(long, value_name = "FILE", default_value = "/etc/krb5.keytab")]
    keytab: PathBuf,
    /// The account in the keytab [default: its first computer, or else its first entry].
    #[arg(long, value_name = "PRINCIPAL")]
    member: Option<String>,
    /// The ticket cache to replace: KRB5CCNAME=FILE:… of the programs that use it.
    #[arg(long, value_name = "FILE")]
    cache: PathBuf,
    /// The longest lifetime of a ticket, like 30m [default: as long as the domain allows].
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    lifetime: Option<Duration>,
    /// Get one ticket and end.
    #[arg(long)]
    once: bool,
    /// Only check that the cache has a ticket that has not ended: exit code 0 if so, 1 otherwise.
    #[arg(long, conflicts_with_all = ["gmsa", "directory", "member", "lifetime", "once"])]
    check: bool,
}

/// Why there is no ticket.
#[derive(Debug, thiserror::Error)]
pub enum GmsaTicketError {
    /// The directory or the KDC refuses, or cannot be reached.
    #[cfg(all(unix, feature = "kerberos"))]
    #[error(transparent)]
    Ticket(#[from] bookstore_gmsa::ticket::TicketError),
    /// The ticket in the cache has ended.
    #[cfg(all(unix, feature = "kerberos"))]
    #[error("the ticket in {0} ended at {1}; check the program that renews it")]
    Ended(String, String),
    /// This executable has no Kerberos library.
    #[cfg(not(all(unix, feature = "kerberos")))]
    #[error(
        "gmsa-ticket needs a build for Linux with Kerberos (--features kerberos); Windows gets a gMSA's tickets itself"
    )]
    NoKerberos,
    /// The system refuses signals.
    #[error("the system refused: {0}")]
    System(#[from] std::io::Error),
}

#[cfg(not(all(unix, feature = "kerberos")))]
impl GmsaTicketArgs {
    /// # Errors
    /// Always, in this build.
    #[allow(clippy::unused_async, reason = "the other build waits")]
    pub(crate) async fn run(self) -> Result<(), GmsaTicketError> {
        Err(GmsaTicketError::NoKerberos)
    }
}
