//! The causes that fit a Kerberos fault. Ticket checks and the login share them, since on Windows only the login
//! requests tickets. Known failures 2, 3, 10 to 12, 14, 15, 17, 24, 26, 27 and 31 to 34.

use bookstore_kerberos::{KerberosError, KerberosFault};

use crate::evidence::Domain;
use crate::report::{Audience, Cause, Link};
use crate::{clock, credentials, domain_controllers, domain_records, spn_causes};

/// The error in one line.
pub(crate) fn describe(error: &KerberosError) -> String {
    let what = match error.fault {
        KerberosFault::NoCredentials => "there are no credentials",
        KerberosFault::Expired => "the ticket has expired",
        KerberosFault::UnknownService => "the directory has no account with this SPN",
        KerberosFault::UnknownClient => "the directory has no account with the client's name",
        KerberosFault::KdcUnreachable => "no domain controller answers",
        KerberosFault::ClockSkew => "the clocks differ by more than 5 minutes",
        KerberosFault::WrongKey => "a key is not the account's current key",
        KerberosFault::EncryptionType => "client, directory and service have no encryption type in common",
        KerberosFault::Revoked => "the directory refuses the account",
        KerberosFault::WrongRealm => "the ticket was requested in another realm than the service's",
        KerberosFault::Configuration => "krb5.conf cannot be used",
        KerberosFault::PackageMissing => "Windows does not support this login",
        KerberosFault::InvalidToken => "the server's answer does not authenticate it",
        KerberosFault::InternalError => "Windows got no ticket and does not report why",
        KerberosFault::Other => "no ticket",
    };
    format!("{what} ({}: {})", error.spn, shorten(&error.detail))
}

/// Removes GSSAPI's fixed text before the library's own: `Unspecified GSS failure.  Minor code may provide more
/// information (…)`.
fn shorten(detail: &str) -> String {
    let inner = detail.split_once("more information (").and_then(|(_, rest)| rest.split_once("); "));
    inner.map_or_else(|| detail.to_owned(), |(text, codes)| format!("{text}; {codes}"))
}

/// The causes of a fault when a ticket for `error.spn` is requested or used.
pub(crate) fn causes(error: &KerberosError, domain: &Domain) -> Vec<Cause> {
    let (client, account) = (domain.client(), domain.account());
    match error.fault {
        KerberosFault::NoCredentials => credentials::missing(),
        KerberosFault::Expired => credentials::expired(client),
        KerberosFault::UnknownService => spn_causes::unknown_service(&error.spn, &[], domain),
        KerberosFault::UnknownClient => unknown_client(account, client),
        KerberosFault::KdcUnreachable => unreachable_kdc(domain),
        KerberosFault::ClockSkew => vec![clock::skew(domain.clock_offset)],
        KerberosFault::WrongKey => spn_causes::wrong_service_key(&error.spn),
        KerberosFault::EncryptionType => no_common_encryption_type("<account of SQL Server>"),
        KerberosFault::Revoked => vec![
            disabled_account(account)
                .distinguish_by(format!("`Get-ADServiceAccount '{account}' -Properties Enabled` shows it")),
            Cause::known(32, "the account's password has rolled, and this container still has the old one")
                .fix(Audience::Cluster, "restart the container", "kubectl delete pod <pod>")
                .distinguish_by("the account is enabled, and a new container logs in"),
        ],
        KerberosFault::WrongRealm => vec![wrong_realm(error)],
        KerberosFault::Configuration => vec![credentials::broken_configuration(&error.detail)],
        KerberosFault::PackageMissing => vec![
            Cause::known(31, "the image lacks a part of Windows' authentication: nanoserver does since April 2024")
                .fix(
                    Audience::Application,
                    "base the image on servercore",
                    "FROM mcr.microsoft.com/windows/servercore:ltsc2022",
                )
                .distinguish_by("the image is based on nanoserver"),
            Cause::known(14, format!("a policy forbids NTLM, and Kerberos was not possible for {}", error.spn))
                .fix(
                    Audience::Directory,
                    "register the SPN on the account that SQL Server runs as",
                    spn_causes::register(&error.spn),
                )
                .distinguish_by(format!("`klist get {}` in the container fails", error.spn)),
        ],
        KerberosFault::InvalidToken => vec![
            Cause::other("the server does not support integrated login, or a proxy changes the connection").fix(
                Audience::SqlServer,
                "check that the server is a SQL Server in a domain; its error log has the reason",
                "EXEC sys.xp_readerrorlog 0, 1, N'Login'",
            ),
            Cause::other("the clock of the server is wrong").fix(
                Audience::SqlServer,
                "compare its clock with the domain controller's",
                "w32tm /query /status",
            ),
        ],
        KerberosFault::InternalError => {
            let mut causes = vec![spn_causes::not_registered(&error.spn)];
            causes.extend(unreachable_kdc(domain));
            causes
        }
        KerberosFault::Other => {
            vec![Cause::other("the status is none of the known failures; look it up by its name and number")]
        }
    }
}

/// The earlier check that explains an unreachable KDC, with its causes.
pub(crate) fn explanation_of_unreachable_kdc(domain: &Domain) -> Option<(Link, Vec<Cause>)> {
    let records = domain_records::causes(&domain.records);
    if !records.is_empty() {
        return Some((Link::DomainRecords, records));
    }
    let controllers = domain_controllers::causes(&domain.controllers);
    (!controllers.is_empty()).then_some((Link::DomainControllers, controllers))
}

fn unreachable_kdc(domain: &Domain) -> Vec<Cause> {
    if let Some((_, causes)) = explanation_of_unreachable_kdc(domain) {
        return causes;
    }
    let realm = domain.realm.as_deref().unwrap_or("<REALM>");
    let look_up = format!("nslookup -type=srv _kerberos._tcp.{}", realm.to_lowercase());
    if cfg!(windows) {
        return vec![
            Cause::known(2, "this container reaches no domain controller")
                .fix(
                    Audience::Cluster,
                    "forward the domain's zone in CoreDNS; open ports 53, 88, 389 and 445",
                    format!("nltest /dsgetdc:<domain>\n{look_up}"),
                )
                .distinguish_by("`nltest /dsgetdc:<domain>` in the container prints 1355"),
        ];
    }
    let mut causes = vec![
        Cause::known(2, format!("the KDC that krb5.conf names for {realm} does not answer"))
            .fix(Audience::Application, "find it by DNS", "[libdefaults]\n    dns_lookup_kdc = true")
            .distinguish_by("krb5.conf has a line kdc = … for the realm"),
        Cause::known(2, "a domain controller accepts connections but does not answer")
            .fix(Audience::Directory, "check its load and its Kerberos service", "Get-Service kdc")
            .distinguish_by("other machines get no tickets either"),
    ];
    if domain.records.controllers.is_empty() {
        causes.push(
            Cause::known(3, format!("the DNS has no domain controller for {realm}"))
                .fix(Audience::Cluster, "forward the zone", look_up)
                .distinguish_by("that look-up finds nothing"),
        );
    }
    causes
}

fn wrong_realm(error: &KerberosError) -> Cause {
    let write = "write the realm of SQL Server into krb5.conf: the driver requests the ticket in default_realm";
    match &error.realm {
        Some(mismatch) => Cause::known(33, mismatch.to_string()).fix(Audience::Application, write, mismatch.lines()),
        None => Cause::known(33, "krb5.conf has no default_realm").fix(
            Audience::Application,
            write,
            "[libdefaults]\n    default_realm = <REALM>",
        ),
    }
}

fn unknown_client(account: &str, client: &str) -> Vec<Cause> {
    let deleted = Cause::known(26, format!("the account {account} was deleted or never existed")).fix(
        Audience::Directory,
        "search for it",
        format!("Get-ADServiceAccount -Filter \"SamAccountName -like '{}*'\"", account.trim_end_matches('$')),
    );
    if account.ends_with('$') {
        return vec![deleted];
    }
    vec![
        Cause::known(26, format!("{account} lacks the $ at the end of a gMSA's or computer's name"))
            .fix(Audience::Application, "write the name with it", client.replacen('@', "$@", 1))
            .distinguish_by(format!("the directory has an account {account}$")),
        deleted.distinguish_by(format!("the directory has no account {account}$ either")),
    ]
}

/// The cause of an account that the directory refuses whatever its key is.
pub(crate) fn disabled_account(account: &str) -> Cause {
    Cause::known(26, format!("the account {account} is disabled, expired or locked in the directory")).fix(
        Audience::Directory,
        "enable it",
        format!("Enable-ADAccount -Identity '{account}'"),
    )
}

/// The cause of missing common encryption types; `account` is the one to change.
pub(crate) fn no_common_encryption_type(account: &str) -> Vec<Cause> {
    let what =
        format!("{account} allows encryption types that this machine does not have, or the reverse: RC4 against AES");
    let cause = Cause::known(24, what).fix(
        Audience::Directory,
        "allow AES, then change the account's password once so that it gets AES keys",
        format!(
            "Set-ADServiceAccount '{account}' -KerberosEncryptionType AES128,AES256\n\
             # on a user account: Set-ADUser <account> -Replace @{{'msDS-SupportedEncryptionTypes'=24}}"
        ),
    );
    let (action, command) = if cfg!(windows) {
        (
            "and allow AES in this machine's policy \"Configure encryption types allowed for Kerberos\"",
            "gpresult /h policy.html",
        )
    } else {
        (
            "and remove restrictions to RC4 from krb5.conf",
            "permitted_enctypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96",
        )
    };
    vec![cause.fix(Audience::Application, action, command)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known_failures(fault: KerberosFault) -> Vec<Option<u8>> {
        let spn = "MSSQLSvc/db.contoso.com:1433".to_owned();
        let error = KerberosError { fault, spn, principal: None, detail: String::new(), realm: None };
        causes(&error, &Domain::default()).iter().map(|cause| cause.known_failure).collect()
    }

    #[test]
    fn each_fault_names_its_known_failure_first() {
        for (fault, known_failure) in [
            (KerberosFault::NoCredentials, Some(11)),
            (KerberosFault::Expired, Some(12)),
            (KerberosFault::UnknownService, Some(14)),
            (KerberosFault::UnknownClient, Some(26)),
            (KerberosFault::KdcUnreachable, Some(2)),
            (KerberosFault::ClockSkew, Some(10)),
            (KerberosFault::WrongKey, Some(15)),
            (KerberosFault::EncryptionType, Some(24)),
            (KerberosFault::Revoked, Some(26)),
            (KerberosFault::WrongRealm, Some(33)),
            (KerberosFault::Configuration, Some(34)),
            (KerberosFault::PackageMissing, Some(31)),
            (KerberosFault::InvalidToken, None),
            (KerberosFault::InternalError, Some(14)),
            (KerberosFault::Other, None),
        ] {
            assert_eq!(known_failures(fault).first(), Some(&known_failure), "{fault:?}");
        }
    }

    #[test]
    fn several_causes_can_be_distinguished() {
        for fault in [
            KerberosFault::Revoked,
            KerberosFault::PackageMissing,
            KerberosFault::UnknownService,
            KerberosFault::WrongKey,
        ] {
            let spn = "MSSQLSvc/db.contoso.com:1433".to_owned();
            let error = KerberosError { fault, spn, principal: None, detail: String::new(), realm: None };
            let found = causes(&error, &Domain::default());
            assert!(found.len() > 1 && found.iter().all(|cause| cause.distinguish_by.is_some()), "{fault:?}");
        }
    }
}
