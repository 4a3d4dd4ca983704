//! With what the application proves itself, in words and in a table of tickets or keys. There is no key in what it is given.

use bookstore_db::credentials::{
    ChosenBy, Credentials, EncryptionType, KerberosCredentials, Key, Place, Ticket, Unread,
};
use time::OffsetDateTime;

use super::moment::{distance, moment};

/// Ready to be shown.
#[derive(Clone, Debug)]
pub(super) struct CredentialsView {
    /// What they are.
    pub(super) source: &'static str,
    /// More about it, fact by fact.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) tickets: Vec<TicketView>,
    pub(super) keys: Vec<KeyView>,
}

/// A ticket as a row.
#[derive(Clone, Debug)]
pub(super) struct TicketView {
    pub(super) server: String,
    pub(super) ends: String,
    pub(super) has_expired: bool,
    pub(super) renew_till: String,
    pub(super) session_key: String,
    pub(super) sealed_by: String,
}

/// A keytab's entry as a row.
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
            Credentials::Nothing => plain("None: a file asks for no proof.", Vec::new()),
            Credentials::Password { user } => {
                plain("A name and a password, from the connection string.", vec![("SQL login", user.clone())])
            }
            Credentials::WindowsLogon { account } => plain(
                "The Windows logon of this process. In a container with a credential spec that is the gMSA’s, whatever the account \
                 inside of the container is called.",
                vec![("Account of the process", account.clone())],
            ),
            Credentials::Kerberos(kerberos) => Self::kerberos(kerberos, now),
        }
    }

    fn kerberos(kerberos: &KerberosCredentials, now: OffsetDateTime) -> Self {
        let (cache, keytab) = (&kerberos.cache, &kerberos.client_keytab);
        let mut facts = Vec::new();
        facts.extend(kerberos.principal().map(|principal| ("Principal", principal.to_owned())));
        facts.push(("Ticket cache", place(&cache.place, cache.content.as_ref().err())));
        facts.push(("Client keytab", place(&keytab.place, keytab.content.as_ref().err())));
        let tickets = cache.content.as_ref().map(|found| found.tickets.as_slice()).unwrap_or_default();
        let keys = keytab.content.as_deref().unwrap_or_default();
        Self {
            source: match (&cache.content, &keytab.content) {
                (Ok(_), _) => "A Kerberos ticket cache. No password and no key is in the application.",
                (Err(Unread::NoFile), Ok(_)) => {
                    "A client keytab, from which the Kerberos library gets tickets. Its ticket cache is not a file, so what is in it \
                     cannot be shown."
                }
                (Err(Unread::NoFile), Err(_)) => {
                    "A Kerberos ticket cache that is not a file, so what is in it cannot be shown."
                }
                (Err(_), Ok(_)) => "A client keytab, from which the Kerberos library gets tickets.",
                (Err(_), Err(_)) => "No Kerberos credentials can be read.",
            },
            facts,
            tickets: tickets.iter().map(|ticket| TicketView::of(ticket, now)).collect(),
            keys: keys.iter().map(KeyView::of).collect(),
        }
    }
}

/// Where it is, who says so, and what keeps it from being read.
fn place(place: &Place, unread: Option<&Unread>) -> String {
    let chosen_by = match place.chosen_by {
        ChosenBy::Variable(name) => format!("by {name}"),
        ChosenBy::Configuration => "by krb5.conf".to_owned(),
        ChosenBy::Default => "by default".to_owned(),
    };
    let problem = unread.map(|unread| format!(": {unread}")).unwrap_or_default();
    format!("{} ({chosen_by}){problem}", place.name)
}

/// Its name, and that it is out of date.
fn type_name(kind: EncryptionType) -> String {
    format!("{kind}{}", if kind.is_weak() { ", weak" } else { "" })
}

impl TicketView {
    fn of(ticket: &Ticket, now: OffsetDateTime) -> Self {
        let version = ticket.key_version.map(|version| format!(", version {version}")).unwrap_or_default();
        let sealed_by = ticket.sealed_by.map_or_else(|| "unknown".to_owned(), type_name);
        Self {
            server: ticket.server.clone(),
            ends: format!("{} ({})", moment(ticket.ends), distance(ticket.ends, now)),
            has_expired: ticket.has_expired(now),
            renew_till: ticket.renew_till.map_or_else(|| "not renewable".to_owned(), moment),
            session_key: type_name(ticket.session_key),
            sealed_by: sealed_by + &version,
        }
    }
}

impl KeyView {
    fn of(key: &Key) -> Self {
        Self {
            principal: key.principal.clone(),
            version: key.version,
            encryption_type: type_name(key.encryption_type),
            added: moment(key.added),
        }
    }
}
