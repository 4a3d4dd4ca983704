//! The credentials in use: a description, and a table of tickets or keytab entries. No secret reaches this module.

use bookstore_db::credentials::Credentials;
use bookstore_kerberos::credentials::{
    CredentialLocation, CredentialReadError, EncryptionType, KerberosCredentials, KeytabEntry, LocationSource, Ticket,
};
use time::OffsetDateTime;

use crate::view::formats::{relative, utc};

/// The credentials as the page shows them.
#[derive(Clone, Debug)]
pub(super) struct CredentialsView {
    /// What kind of credentials they are.
    pub(super) source: &'static str,
    /// More facts, as term and text.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) tickets: Vec<TicketView>,
    pub(super) keys: Vec<KeyView>,
}

/// A ticket as a table row.
#[derive(Clone, Debug)]
pub(super) struct TicketView {
    pub(super) server: String,
    pub(super) ends: String,
    pub(super) has_expired: bool,
    pub(super) renew_till: String,
    pub(super) session_key: String,
    pub(super) service_key: String,
}

/// A keytab entry as a table row.
#[derive(Clone, Debug)]
pub(super) struct KeyView {
    pub(super) principal: String,
    pub(super) version: u32,
    pub(super) encryption_type: String,
    pub(super) added: String,
}

impl CredentialsView {
    pub(super) fn of(credentials: &Credentials, now: OffsetDateTime) -> Self {
        let plain = |source, facts| Self { source, facts, tickets: Vec::new(), keys: Vec::new() };
        match credentials {
            Credentials::NotNeeded => plain("None. The embedded store requires no login.", Vec::new()),
            Credentials::Password { user } => {
                plain("A user name and a password, from the connection string.", vec![("SQL login", user.clone())])
            }
            Credentials::WindowsLogon { account } => plain(
                "The Windows logon session of this process. In a container with a credential spec, this is the logon \
                 session of the gMSA, whatever the account inside the container is called.",
                vec![("Account of the process", account.clone())],
            ),
            Credentials::Kerberos(kerberos) => Self::kerberos(kerberos, now),
        }
    }

    fn kerberos(kerberos: &KerberosCredentials, now: OffsetDateTime) -> Self {
        let (cache, keytab) = (&kerberos.cache, &kerberos.client_keytab);
        let mut facts = Vec::new();
        facts.extend(kerberos.principal().map(|principal| ("Principal", principal.to_owned())));
        facts.push(("Ticket cache", location(&cache.location, cache.content.as_ref().err())));
        facts.push(("Client keytab", location(&keytab.location, keytab.content.as_ref().err())));
        let tickets = cache.content.as_ref().map(|found| found.tickets.as_slice()).unwrap_or_default();
        let keys = keytab.content.as_deref().unwrap_or_default();
        Self {
            source: match (&cache.content, &keytab.content) {
                (Ok(_), _) => "A Kerberos ticket cache. The application has no password and no key.",
                (Err(_), Ok(_)) => "A client keytab, by which the Kerberos library requests tickets.",
                (Err(_), Err(_)) => {
                    "The Kerberos library finds neither a ticket cache nor a client keytab at these places."
                }
            },
            facts,
            tickets: tickets.iter().map(|ticket| TicketView::of(ticket, now)).collect(),
            keys: keys.iter().map(KeyView::of).collect(),
        }
    }
}

/// Its location, which setting chose it, and why it is unreadable.
fn location(location: &CredentialLocation, error: Option<&CredentialReadError>) -> String {
    let source = match location.source {
        LocationSource::Variable(name) => format!("by {name}"),
        LocationSource::Configuration => "by krb5.conf".to_owned(),
        LocationSource::Default => "by default".to_owned(),
    };
    let problem = error.map(|error| format!(": {error}")).unwrap_or_default();
    format!("{} ({source}){problem}", location.name)
}

/// Its name, with a note if it is weak.
fn type_name(kind: EncryptionType) -> String {
    format!("{kind}{}", if kind.is_weak() { ", weak" } else { "" })
}

impl TicketView {
    fn of(ticket: &Ticket, now: OffsetDateTime) -> Self {
        let version = ticket.key_version.map(|version| format!(", version {version}")).unwrap_or_default();
        let service_key = ticket.service_key_type.map_or_else(|| "unknown".to_owned(), type_name);
        Self {
            server: ticket.server.clone(),
            ends: format!("{} ({})", utc(ticket.ends), relative(ticket.ends, now)),
            has_expired: ticket.has_expired(now),
            renew_till: ticket.renew_till.map_or_else(|| "not renewable".to_owned(), utc),
            session_key: type_name(ticket.session_key_type),
            service_key: service_key + &version,
        }
    }
}

impl KeyView {
    fn of(key: &KeytabEntry) -> Self {
        Self {
            principal: key.principal.clone(),
            version: key.version,
            encryption_type: type_name(key.encryption_type),
            added: utc(key.added),
        }
    }
}
