//! With what the shop proves itself. No key is in what this is made of.

use bookstore_db::credentials::{
    ChosenBy, Credentials, EncryptionType, Key, Keytab, Place, Ticket, TicketCache, Tickets, Unread,
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::utc;

/// With what the shop proves itself to the database, as it is now.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CredentialsJson {
    /// none, password, kerberos or windowsLogon.
    source: &'static str,
    /// The name of the SQL login, or the account of the process on Windows.
    account: Option<String>,
    /// Only with kerberos.
    ticket_cache: Option<TicketCacheJson>,
    /// Only with kerberos: from it tickets are got where the cache has none.
    client_keytab: Option<KeytabJson>,
}

/// Where Kerberos tickets are kept, and which.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TicketCacheJson {
    /// Like FILE:/tmp/krb5cc_1000.
    name: String,
    /// The variable that names it, krb5.conf, or default.
    chosen_by: &'static str,
    /// Why nothing is known of its content; null if it was read.
    problem: Option<String>,
    /// Whom its tickets prove.
    principal: Option<String>,
    tickets: Vec<TicketJson>,
}

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TicketJson {
    /// For which service.
    server: String,
    starts: String,
    ends: String,
    renew_till: Option<String>,
    has_expired: bool,
    /// The type of the key between client and service.
    session_key: String,
    /// The type of the service's own key.
    sealed_by: Option<String>,
    /// Which version of the service's key.
    key_version: Option<u32>,
}

/// A keytab without its keys.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeytabJson {
    name: String,
    /// The variable that names it, krb5.conf, or default.
    chosen_by: &'static str,
    /// Why nothing is known of its content; null if it was read.
    problem: Option<String>,
    keys: Vec<KeyJson>,
}

/// Of a key everything but the key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeyJson {
    principal: String,
    version: u32,
    encryption_type: String,
    added: String,
}

impl From<Credentials> for CredentialsJson {
    fn from(credentials: Credentials) -> Self {
        let of = |source| Self { source, ..Self::default() };
        match credentials {
            Credentials::Nothing => of("none"),
            Credentials::Password { user } => Self { account: Some(user), ..of("password") },
            Credentials::WindowsLogon { account } => Self { account: Some(account), ..of("windowsLogon") },
            Credentials::Kerberos(kerberos) => Self {
                ticket_cache: Some(kerberos.cache.into()),
                client_keytab: Some(kerberos.client_keytab.into()),
                ..of("kerberos")
            },
        }
    }
}

impl From<TicketCache> for TicketCacheJson {
    fn from(cache: TicketCache) -> Self {
        let TicketCache { place, content } = cache;
        let problem = problem(&content);
        let Tickets { principal, tickets } = content.unwrap_or_default();
        let now = OffsetDateTime::now_utc();
        Self {
            chosen_by: chosen_by(&place),
            name: place.name,
            principal: problem.is_none().then_some(principal),
            problem,
            tickets: tickets.iter().map(|ticket| TicketJson::of(ticket, now)).collect(),
        }
    }
}

impl From<Keytab> for KeytabJson {
    fn from(keytab: Keytab) -> Self {
        Self {
            chosen_by: chosen_by(&keytab.place),
            problem: problem(&keytab.content),
            name: keytab.place.name,
            keys: keytab.content.unwrap_or_default().into_iter().map(KeyJson::from).collect(),
        }
    }
}

impl From<Key> for KeyJson {
    fn from(key: Key) -> Self {
        Self {
            principal: key.principal,
            version: key.version,
            encryption_type: key.encryption_type.to_string(),
            added: utc(key.added),
        }
    }
}

impl TicketJson {
    fn of(ticket: &Ticket, now: OffsetDateTime) -> Self {
        Self {
            server: ticket.server.clone(),
            starts: utc(ticket.starts),
            ends: utc(ticket.ends),
            renew_till: ticket.renew_till.map(utc),
            has_expired: ticket.has_expired(now),
            session_key: ticket.session_key.to_string(),
            sealed_by: ticket.sealed_by.as_ref().map(EncryptionType::to_string),
            key_version: ticket.key_version,
        }
    }
}

fn problem<T>(content: &Result<T, Unread>) -> Option<String> {
    content.as_ref().err().map(Unread::to_string)
}

fn chosen_by(place: &Place) -> &'static str {
    match place.chosen_by {
        ChosenBy::Variable(name) => name,
        ChosenBy::Configuration => "krb5.conf",
        ChosenBy::Default => "default",
    }
}
