//! The credentials in use. No secret reaches this module.

use bookstore_db::credentials::Credentials;
use bookstore_kerberos::credentials::{
    CacheContent, CredentialLocation, CredentialReadError, EncryptionType, Keytab, KeytabEntry, LocationSource, Ticket,
    TicketCache,
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::view::formats::rfc3339;

/// The credentials in use.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CredentialsJson {
    /// The kind: none, password, kerberos or windowsLogon.
    source: &'static str,
    /// The name of the SQL login, or the account of the process on Windows.
    account: Option<String>,
    /// Only with kerberos.
    ticket_cache: Option<TicketCacheJson>,
    /// Only with kerberos: used to request tickets that the cache does not have.
    client_keytab: Option<KeytabJson>,
}

/// A Kerberos ticket cache and its tickets.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TicketCacheJson {
    /// Like FILE:/tmp/krb5cc_1000.
    name: String,
    /// Where its name comes from: the name of a variable, krb5.conf, or default.
    configured_by: &'static str,
    /// Why its content is unknown; null if it was read.
    problem: Option<String>,
    /// The principal of its tickets.
    principal: Option<String>,
    tickets: Vec<TicketJson>,
}

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TicketJson {
    /// The service principal name.
    server: String,
    starts: String,
    ends: String,
    renew_till: Option<String>,
    has_expired: bool,
    /// The encryption type of the session key.
    session_key_type: String,
    /// The encryption type of the service's key.
    service_key_type: Option<String>,
    /// The version of the service's key (kvno).
    key_version: Option<u32>,
}

/// A keytab, without its keys.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeytabJson {
    name: String,
    /// Where its name comes from: the name of a variable, krb5.conf, or default.
    configured_by: &'static str,
    /// Why its content is unknown; null if it was read.
    problem: Option<String>,
    keys: Vec<KeyJson>,
}

/// An entry of a keytab, without the key.
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
            Credentials::NotNeeded => of("none"),
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
        let TicketCache { location, content } = cache;
        let problem = problem(&content);
        let CacheContent { principal, tickets } = content.unwrap_or_default();
        let now = OffsetDateTime::now_utc();
        Self {
            configured_by: configured_by(&location),
            name: location.name,
            principal: problem.is_none().then_some(principal),
            problem,
            tickets: tickets.iter().map(|ticket| TicketJson::of(ticket, now)).collect(),
        }
    }
}

impl From<Keytab> for KeytabJson {
    fn from(keytab: Keytab) -> Self {
        Self {
            configured_by: configured_by(&keytab.location),
            problem: problem(&keytab.content),
            name: keytab.location.name,
            keys: keytab.content.unwrap_or_default().into_iter().map(KeyJson::from).collect(),
        }
    }
}

impl From<KeytabEntry> for KeyJson {
    fn from(key: KeytabEntry) -> Self {
        Self {
            principal: key.principal,
            version: key.version,
            encryption_type: key.encryption_type.to_string(),
            added: rfc3339(key.added),
        }
    }
}

impl TicketJson {
    fn of(ticket: &Ticket, now: OffsetDateTime) -> Self {
        Self {
            server: ticket.server.clone(),
            starts: rfc3339(ticket.starts),
            ends: rfc3339(ticket.ends),
            renew_till: ticket.renew_till.map(rfc3339),
            has_expired: ticket.has_expired(now),
            session_key_type: ticket.session_key_type.to_string(),
            service_key_type: ticket.service_key_type.as_ref().map(EncryptionType::to_string),
            key_version: ticket.key_version,
        }
    }
}

fn problem<T>(content: &Result<T, CredentialReadError>) -> Option<String> {
    content.as_ref().err().map(CredentialReadError::to_string)
}

fn configured_by(location: &CredentialLocation) -> &'static str {
    match location.source {
        LocationSource::Variable(name) => name,
        LocationSource::Configuration => "krb5.conf",
        LocationSource::Default => "default",
    }
}
