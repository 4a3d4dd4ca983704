//! Kerberos: what went wrong with an integrated login, by the library's codes and not by its words.
//!
//! The exchange itself is the driver's. On Windows it goes through SSPI: see the package `winauth`.

#[cfg(all(unix, feature = "kerberos"))]
pub(crate) mod gssapi;

use std::fmt;

#[cfg(all(unix, feature = "kerberos"))]
pub(crate) use gssapi::{client, ticket};

/// What broke, on the way from this process to a ticket for the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KerberosFault {
    /// There is no ticket cache, no keytab, no logon session: nothing to prove an identity with.
    NoCredentials,
    /// The ticket is there and too old.
    Expired,
    /// The directory knows no service of this name.
    UnknownService,
    /// The directory knows no account of the client's name.
    UnknownClient,
    /// No key distribution centre answers, or none is found for the realm.
    KdcUnreachable,
    /// The clocks differ by more than five minutes.
    ClockSkew,
    /// The key that this machine or the server has is not the account's key of now.
    WrongKey,
    /// Client, server and directory share no encryption type.
    EncryptionType,
    /// The client's account is disabled, expired or locked.
    Revoked,
    /// Something that none of the above tells.
    Other,
}

/// Why there was no ticket for the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KerberosError {
    /// What broke.
    pub fault: KerberosFault,
    /// The service that the ticket was asked for, like `MSSQLSvc/db.contoso.com:1433`.
    pub spn: String,
    /// The client's principal, like `webgmsa$@CONTOSO.COM`, if there are credentials at all.
    pub principal: Option<String>,
    /// The library's own words and codes.
    pub detail: String,
}

impl std::error::Error for KerberosError {}

impl fmt::Display for KerberosError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = self.principal.as_deref().unwrap_or("this process");
        let spn = &self.spn;
        match self.fault {
            KerberosFault::NoCredentials => write!(
                f,
                "{client} has no Kerberos credentials to ask for {spn} with; point KRB5CCNAME at a ticket cache or \
                 KRB5_CLIENT_KTNAME at a client keytab, or in a Windows container name a credential spec and run as NETWORK SERVICE"
            ),
            KerberosFault::Expired => {
                write!(
                    f,
                    "the Kerberos ticket of {client} has expired; whatever renews it has stopped, renew it by kinit"
                )
            }
            KerberosFault::UnknownService => write!(
                f,
                "the directory knows no service {spn}; register it by `setspn -S {spn} <account of SQL Server>`, or write the \
                 name that is registered after Server="
            ),
            KerberosFault::UnknownClient => {
                write!(f, "the directory knows no account {client}; a gMSA's name ends in $, a computer's too")
            }
            KerberosFault::KdcUnreachable => write!(
                f,
                "no domain controller answers for {client}; check the DNS for _kerberos._tcp.<realm> and port 88 by TCP and UDP"
            ),
            KerberosFault::ClockSkew => {
                write!(
                    f,
                    "the clock of this machine and the directory's differ by more than 5 minutes; synchronise them"
                )
            }
            KerberosFault::WrongKey => write!(
                f,
                "a key is not the one of now: the keytab of {client} is older than its password, or {spn} is registered on \
                 another account than SQL Server's; fetch the password again, and look by `setspn -Q {spn}`"
            ),
            KerberosFault::EncryptionType => write!(
                f,
                "client, directory and {spn} share no encryption type; set msDS-SupportedEncryptionTypes to 24 (AES) on the \
                 service's account and renew its keytab"
            ),
            KerberosFault::Revoked => {
                write!(f, "the account {client} is disabled, expired or locked in the directory; enable it there")
            }
            KerberosFault::Other => write!(f, "{client} got no ticket for {spn}"),
        }?;
        write!(f, " (as {client} for {spn}: {})", self.detail)
    }
}
