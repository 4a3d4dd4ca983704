//! Credentials and tickets, by the Kerberos library's codes: rows 2, 3, 10, 11, 12, 24, 26 and 32.

use time::OffsetDateTime;

use super::clock::skew;
use super::controllers::controllers_causes;
use super::records::records_causes;
use crate::credentials::KerberosCredentials;
use crate::doctor::controllers::Controller;
use crate::doctor::credentials::{self, Usable};
use crate::doctor::name::Name;
use crate::doctor::records::Records;
use crate::doctor::report::{Audience, Cause, Link};
use crate::doctor::run::Answer;
use crate::kerberos::{KerberosError, KerberosFault};

/// What is known of the domain when tickets are asked for.
#[derive(Debug, Default)]
pub(in crate::doctor) struct Domain {
    pub(in crate::doctor) realm: Option<String>,
    /// The client, like `webgmsa$@CONTOSO.COM`.
    pub(in crate::doctor) principal: Option<String>,
    pub(in crate::doctor) records: Records,
    pub(in crate::doctor) controllers: Vec<Controller>,
    /// How far this clock is ahead.
    pub(in crate::doctor) ahead: Option<time::Duration>,
    pub(in crate::doctor) name: Option<Name>,
}

impl Domain {
    /// The link before the tickets that explains a KDC which is not reached.
    pub(in crate::doctor) fn suspect(&self) -> Option<(Link, Vec<Cause>)> {
        let records = records_causes(&self.records);
        let controllers = controllers_causes(&self.controllers);
        match (records.is_empty(), controllers.is_empty()) {
            (false, _) => Some((Link::DomainRecords, records)),
            (_, false) => Some((Link::DomainControllers, controllers)),
            _ => None,
        }
    }

    fn client(&self) -> &str {
        self.principal.as_deref().unwrap_or("this process")
    }

    /// `x` of `x@REALM`.
    fn account(&self) -> &str {
        self.principal.as_deref().and_then(|principal| principal.split('@').next()).unwrap_or("<account>")
    }
}

/// The error in one line.
pub(in crate::doctor) fn seen(error: &KerberosError) -> String {
    let what = match error.fault {
        KerberosFault::NoCredentials => "there are no credentials to ask with",
        KerberosFault::Expired => "the ticket has expired",
        KerberosFault::UnknownService => "the directory knows no service of this name",
        KerberosFault::UnknownClient => "the directory knows no account of this name",
        KerberosFault::KdcUnreachable => "no domain controller answers",
        KerberosFault::ClockSkew => "the clocks differ by more than 5 minutes",
        KerberosFault::WrongKey => "a key is not the account's key of now",
        KerberosFault::EncryptionType => "no encryption type is shared",
        KerberosFault::Revoked => "the account is disabled, expired or locked",
        KerberosFault::Other => "no ticket",
    };
    format!("{what} (for {}: {})", error.spn, terse(&error.detail))
}

/// Without what GSSAPI puts before each of the library's own words: `Unspecified GSS failure.  Minor code may provide more information (…)`.
fn terse(detail: &str) -> String {
    let inner = detail.split_once("more information (").and_then(|(_, rest)| rest.split_once("); "));
    inner.map_or_else(|| detail.to_owned(), |(words, codes)| format!("{words}; {codes}"))
}

/// What the files hold.
pub(in crate::doctor) fn credentials(found: &KerberosCredentials) -> Answer {
    let (cache, keytab) = (credentials::cache(&found.cache), credentials::keytab(&found.client_keytab));
    let both = format!("{cache}; {keytab}");
    match credentials::usable(found, OffsetDateTime::now_utc()) {
        Usable::Yes if found.cache.content.is_ok() => Answer::pass(cache),
        Usable::Yes => Answer::pass(keytab),
        Usable::Unknown => Answer::pass(cache),
        Usable::Expired => {
            Answer::fail(format!("expired: {cache}"), expired(found.principal().unwrap_or("this process")))
        }
        Usable::No => Answer::fail(both, no_credentials()),
    }
}

fn no_credentials() -> Vec<Cause> {
    if cfg!(windows) {
        return vec![
            Cause::row(11, "this process runs under a local account that the credential spec does not reach")
                .fix(
                    Audience::Application,
                    "run as NETWORK SERVICE in the image or the pod",
                    "USER \"NT AUTHORITY\\NETWORK SERVICE\"\nrunAsUserName: \"NT AUTHORITY\\\\NETWORK SERVICE\"",
                )
                .told_by("`whoami` in the container says something else than nt authority\\network service"),
            Cause::row(1, "the credential spec did not reach the container")
                .fix(
                    Audience::Cluster,
                    "name it in the pod, and let its service account use it",
                    "kubectl describe pod <pod>\nnltest /sc_verify:<domain>",
                )
                .told_by("`nltest /query` in the container says 1722 or names no domain controller"),
        ];
    }
    vec![
        Cause::row(11, "there is no ticket cache and no client keytab that this process may read")
            .fix(Audience::Application, "name the one that there is, readable for the account of this process", "KRB5CCNAME=FILE:/var/credentials-fetcher/krbdir/<lease>/<gmsa>/krb5cc\nKRB5_CLIENT_KTNAME=/etc/bookstore/client.keytab")
            .told_by("the file exists under another name, or another account can read it"),
        Cause::row(9, "whatever fetches the gMSA's password and its ticket did not get it: its machine may not read it, or has not started")
            .fix(Audience::Directory, "let the machine's group read the password, then restart the machine or renew its ticket", "Set-ADServiceAccount <gmsa> -PrincipalsAllowedToRetrieveManagedPassword <group>\nTest-ADServiceAccount <gmsa>")
            .told_by("the fetcher's log says why; it is not visible from here"),
    ]
}

/// No ticket to get tickets with.
pub(in crate::doctor) fn logon(error: &KerberosError, domain: &Domain) -> Vec<Cause> {
    let (client, account) = (domain.client(), domain.account());
    match error.fault {
        KerberosFault::NoCredentials => no_credentials(),
        KerberosFault::Expired => expired(client),
        KerberosFault::UnknownClient => unknown_client(account, client),
        KerberosFault::Revoked => vec![
            Cause::row(26, format!("the account {account} is disabled, expired or locked in the directory"))
                .fix(Audience::Directory, "enable it", format!("Enable-ADAccount -Identity '{account}'")),
        ],
        KerberosFault::WrongKey => vec![
            Cause::row(32, format!("the keytab of {account} is older than its password: a gMSA's password rolls, every 30 days by default"))
                .fix(Audience::Application, "fetch it again; for a gMSA use what fetches by itself", "KRB5CCNAME=FILE:<the cache that credentials-fetcher renews>")
                .fix(Audience::Directory, "or export a new keytab", format!("ktpass /princ {client} /mapuser {account} /crypto AES256-SHA1 /ptype KRB5_NT_PRINCIPAL /pass * /out client.keytab")),
        ],
        KerberosFault::ClockSkew => vec![skew(domain.ahead)],
        KerberosFault::KdcUnreachable => unreachable(domain),
        KerberosFault::EncryptionType => encryption(account),
        KerberosFault::UnknownService => vec![Cause::other(format!("the realm of {client} is not the directory's name; realms are in capitals"))],
        KerberosFault::Other => vec![Cause::other("the Kerberos library said something that the table of known failures does not have")],
    }
}

fn expired(client: &str) -> Vec<Cause> {
    vec![
        Cause::row(12, format!("whatever renews the ticket of {client} has stopped"))
            .fix(
                Audience::Cluster,
                "start it again, and look why it stopped",
                "systemctl restart credentials-fetcher && journalctl -u credentials-fetcher -n 50",
            )
            .fix(
                Audience::Application,
                "or renew the ticket by hand for now",
                format!("kinit -k -t <keytab> '{client}'"),
            ),
    ]
}

fn unknown_client(account: &str, client: &str) -> Vec<Cause> {
    let gone = Cause::row(26, format!("the account {account} was deleted, or never was")).fix(
        Audience::Directory,
        "look for it",
        format!("Get-ADServiceAccount -Filter \"SamAccountName -like '{}*'\"", account.trim_end_matches('$')),
    );
    if account.ends_with('$') {
        return vec![gone];
    }
    vec![
        Cause::row(26, format!("{account} lacks the $ that the name of a gMSA or computer ends in"))
            .fix(Audience::Application, "write the name with it", client.replacen('@', "$@", 1))
            .told_by(format!("the directory has an account {account}$")),
        gone.told_by(format!("the directory has no account {account}$ either")),
    ]
}

fn unreachable(domain: &Domain) -> Vec<Cause> {
    if let Some((_, causes)) = domain.suspect() {
        return causes;
    }
    let realm = domain.realm.as_deref().unwrap_or("<REALM>");
    let mut causes = vec![
        Cause::row(2, format!("the KDC that krb5.conf names for {realm} is not one that answers"))
            .fix(Audience::Application, "let the DNS find it", "[libdefaults]\n    dns_lookup_kdc = true")
            .told_by("krb5.conf has a line kdc = … for the realm"),
        Cause::row(2, "a domain controller accepts connections and does not answer on them")
            .fix(Audience::Directory, "look at its load and its Kerberos service", "Get-Service kdc")
            .told_by("other machines get no tickets either"),
    ];
    if domain.records.controllers.is_empty() {
        causes.push(
            Cause::row(3, format!("no domain controller is found for {realm} in the DNS"))
                .fix(
                    Audience::Cluster,
                    "forward the zone",
                    format!("nslookup -type=srv _kerberos._tcp.{}", realm.to_lowercase()),
                )
                .told_by("that look-up finds nothing"),
        );
    }
    causes
}

pub(super) fn encryption(account: &str) -> Vec<Cause> {
    vec![
        Cause::row(24, format!("{account} allows encryption types that this machine does not have, or the other way round: RC4 against AES"))
            .fix(Audience::Directory, "allow AES, then change the account's password once so that it has AES keys", format!("Set-ADServiceAccount '{account}' -KerberosEncryptionType AES128,AES256\n# on a user account: Set-ADUser <account> -Replace @{{'msDS-SupportedEncryptionTypes'=24}}"))
            .fix(Audience::Application, "and take limits to RC4 out of krb5.conf", "permitted_enctypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96"),
    ]
}
