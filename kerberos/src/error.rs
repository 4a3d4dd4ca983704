//! Why a Kerberos login failed: the fault, and its text for people.

use std::fmt;

use crate::realm::RealmMismatch;

/// What failed between this process and a ticket that the service accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KerberosFault {
    /// There is no ticket cache, keytab or logon session.
    NoCredentials,
    /// The ticket has expired.
    Expired,
    /// The directory has no account with this SPN.
    UnknownService,
    /// The directory has no account with the client's name.
    UnknownClient,
    /// No key distribution centre (KDC) answers, or none is found for the realm.
    KdcUnreachable,
    /// The clocks differ by more than five minutes.
    ClockSkew,
    /// A key of this machine or of the server is not the account's current key.
    WrongKey,
    /// Client, server and directory have no encryption type in common.
    EncryptionType,
    /// The client's account is disabled, expired or locked, or its password was refused.
    Revoked,
    /// The ticket was requested in another realm than the service's: `default_realm` of `krb5.conf`.
    WrongRealm,
    /// `krb5.conf` or a file that it includes cannot be used.
    Configuration,
    /// A part of Windows' authentication is missing from the image or forbidden by policy.
    PackageMissing,
    /// The server's answer does not authenticate it, or is not one of this protocol.
    InvalidToken,
    /// Windows got no ticket and does not report why.
    InternalError,
    /// None of the above.
    Other,
}

/// Why there is no ticket that the service accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KerberosError {
    /// What failed.
    pub fault: KerberosFault,
    /// The service, like `MSSQLSvc/db.contoso.com:1433`.
    pub spn: String,
    /// The client's principal, like `webgmsa$@CONTOSO.COM`, if there are credentials.
    pub principal: Option<String>,
    /// The library's text and status codes.
    pub detail: String,
    /// Which realm was requested instead of which, with [`KerberosFault::WrongRealm`].
    pub realm: Option<Box<RealmMismatch>>,
}

impl std::error::Error for KerberosError {}

impl fmt::Display for KerberosError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = self.principal.as_deref().unwrap_or("this process");
        let spn = &self.spn;
        match self.fault {
            KerberosFault::NoCredentials if cfg!(windows) => write!(
                f,
                "{client} has no Kerberos credentials to ask for {spn}; in a container, name a credential spec and run \
                as NETWORK SERVICE; elsewhere run as an account of the domain"
            ),
            KerberosFault::NoCredentials => write!(
                f,
                "{client} has no Kerberos credentials to ask for {spn}; set KRB5CCNAME to a ticket cache or \
                KRB5_CLIENT_KTNAME to a client keytab"
            ),
            KerberosFault::Expired if cfg!(windows) => write!(
                f,
                "the Kerberos ticket of {client} has expired; run `klist purge` as this account, or restart the \
                container"
            ),
            KerberosFault::Expired => write!(
                f,
                "the Kerberos ticket of {client} has expired; restart the service that renews it, or renew it by kinit"
            ),
            KerberosFault::UnknownService => write!(
                f,
                "the directory knows no service {spn}; register it by `setspn -S {spn} <account of SQL Server>`, or \
                write the registered name after Server="
            ),
            KerberosFault::UnknownClient => write!(
                f,
                "the directory knows no account {client}; check the name: a gMSA's and a computer's name end in $"
            ),
            KerberosFault::KdcUnreachable => write!(
                f,
                "no domain controller answers for {client}; check the DNS for _kerberos._tcp.<realm> and port 88 by \
                TCP and UDP"
            ),
            KerberosFault::ClockSkew => write!(
                f,
                "the clocks of this machine and of the directory differ by more than 5 minutes; synchronize them"
            ),
            KerberosFault::WrongKey => write!(
                f,
                "a key is out of date: the keytab of {client} is older than its password, or {spn} is registered on \
                another account than SQL Server's; fetch the password again, and check the SPN by `setspn -Q {spn}`"
            ),
            KerberosFault::EncryptionType => write!(
                f,
                "client, directory and {spn} have no encryption type in common; set msDS-SupportedEncryptionTypes to \
                24 (AES) on the service's account and renew its keytab"
            ),
            KerberosFault::Revoked => write!(
                f,
                "the directory refuses {client}: the account is disabled, expired or locked, or its password is out \
                of date; check it there, for a gMSA by Test-ADServiceAccount on the host"
            ),
            KerberosFault::WrongRealm => match &self.realm {
                Some(mismatch) => {
                    let lines = mismatch.lines().replace("\n    ", " ");
                    write!(f, "{mismatch}; the ticket is requested in default_realm, so write `{lines}` in krb5.conf")
                }
                None => f.write_str("krb5.conf has no default_realm; write the realm of SQL Server there"),
            },
            KerberosFault::Configuration => {
                f.write_str("krb5.conf, or a file that it includes, cannot be used; check its syntax and permissions")
            }
            KerberosFault::PackageMissing => write!(
                f,
                "Windows cannot authenticate for {spn}: the image lacks a part of it, as nanoserver does, or a policy \
                forbids NTLM and Kerberos was not possible; use Windows Server Core and check the SPN by `setspn -Q \
                {spn}`"
            ),
            KerberosFault::InvalidToken => write!(
                f,
                "the answer of {spn} does not authenticate the server; check that it is a SQL Server with integrated \
                login, that its clock is right and that no proxy changes the connection"
            ),
            KerberosFault::InternalError => write!(
                f,
                "Windows got no ticket for {spn} and does not report why; check that a domain controller is \
                reachable, check the SPN by `setspn -Q {spn}`, and read the System event log's Security-Kerberos and \
                Netlogon entries"
            ),
            KerberosFault::Other => {
                write!(f, "{client} got no ticket for {spn}; look up the status codes that follow")
            }
        }?;
        write!(f, " (as {client} for {spn}: {})", self.detail)
    }
}
