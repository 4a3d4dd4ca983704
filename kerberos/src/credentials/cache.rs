//! A ticket cache and its tickets.

#[cfg(all(unix, feature = "kerberos"))]
use asn1_rs::{Any, ApplicationExplicit, Class, Error, FromDer, Sequence, Tag};
use time::OffsetDateTime;

use super::encryption_type::EncryptionType;
use super::location::{CredentialLocation, CredentialReadError};

/// The first component of a ticket-granting ticket's service.
const TICKET_GRANTING: &str = "krbtgt/";

/// A ticket cache, or why it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketCache {
    /// Its name, and what chose it.
    pub location: CredentialLocation,
    /// Its tickets.
    pub content: Result<CacheContent, CredentialReadError>,
}

/// The content of a ticket cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheContent {
    /// The client that the cache belongs to, like `webgmsa$@CONTOSO.COM`.
    pub principal: String,
    /// The tickets in the order of the cache. Expired ones stay until the cache is initialized again.
    pub tickets: Vec<Ticket>,
}

/// A ticket without its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The client.
    pub client: String,
    /// The service: `krbtgt/CONTOSO.COM@CONTOSO.COM`, `MSSQLSvc/db.contoso.com:1433@CONTOSO.COM`.
    pub server: String,
    /// Valid from this time.
    pub starts: OffsetDateTime,
    /// Valid until this time.
    pub ends: OffsetDateTime,
    /// Renewable until this time; none if not renewable.
    pub renew_till: Option<OffsetDateTime>,
    /// The type of the key that client and service share.
    pub session_key_type: EncryptionType,
    /// The type of the service's own key, which encrypts the ticket.
    pub service_key_type: Option<EncryptionType>,
    /// The version number of the service's own key (kvno).
    pub key_version: Option<u32>,
}

impl CacheContent {
    /// The ticket-granting ticket: of the client's own realm before others, then the one that ends last.
    pub fn ticket_granting_ticket(&self) -> Option<&Ticket> {
        let realm = self.principal.rsplit_once('@').map_or("", |(_, realm)| realm);
        let own = format!("{TICKET_GRANTING}{realm}@{realm}");
        let granting = self.tickets.iter().filter(|ticket| ticket.server.starts_with(TICKET_GRANTING));
        granting.max_by_key(|ticket| (ticket.server == own, ticket.ends))
    }
}

impl Ticket {
    /// Whether the ticket has ended at that time.
    pub fn has_expired(&self, now: OffsetDateTime) -> bool {
        self.ends <= now
    }
}

#[cfg(all(unix, feature = "kerberos"))]
impl From<bookstore_libkrb5::Ticket> for Ticket {
    fn from(ticket: bookstore_libkrb5::Ticket) -> Self {
        let service_key = parse_service_key(&ticket.encrypted);
        Self {
            client: ticket.client,
            server: ticket.server,
            starts: from_unix(ticket.starts),
            ends: from_unix(ticket.ends),
            renew_till: (ticket.renew_till != 0).then(|| from_unix(ticket.renew_till)),
            session_key_type: EncryptionType(ticket.session_key_type),
            service_key_type: service_key.map(|(kind, _)| kind),
            key_version: service_key.and_then(|(_, version)| version),
        }
    }
}

/// Seconds since 1970, up to 2106.
#[cfg(all(unix, feature = "kerberos"))]
pub(super) fn from_unix(seconds: u32) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(i64::from(seconds))
}

/// Type and version of the service's key, from the part of a ticket that is not encrypted: `Ticket` and `EncryptedData`
/// of RFC 4120, sections 5.3 and 5.2.9.
#[cfg(all(unix, feature = "kerberos"))]
fn parse_service_key(ticket: &[u8]) -> Option<(EncryptionType, Option<u32>)> {
    let (_, ticket) = ApplicationExplicit::<Sequence<'_>, Error, 1>::from_der(ticket).ok()?;
    let ticket = ticket.into_inner();
    let (_, encrypted) = Sequence::from_der(field(&ticket.content, 3)?).ok()?;
    let (_, kind) = i32::from_der(field(&encrypted.content, 0)?).ok()?;
    let version = field(&encrypted.content, 1).and_then(|bytes| u32::from_der(bytes).ok());
    Some((EncryptionType(kind), version.map(|(_, version)| version)))
}

/// The content of the field with this context tag.
#[cfg(all(unix, feature = "kerberos"))]
fn field(mut fields: &[u8], number: u32) -> Option<&[u8]> {
    while !fields.is_empty() {
        let (rest, field) = Any::from_der(fields).ok()?;
        if field.class() == Class::ContextSpecific && field.tag() == Tag(number) {
            return Some(field.data);
        }
        fields = rest;
    }
    None
}
