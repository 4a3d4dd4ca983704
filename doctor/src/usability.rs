//! Whether the credentials that the Kerberos library reads are enough for a login.

use bookstore_kerberos::credentials::KerberosCredentials;
use time::OffsetDateTime;

/// Whether the credentials can be used to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usability {
    /// A ticket-granting ticket.
    Tickets,
    /// Keys that get one.
    Keys,
    /// Only a ticket for SQL Server, which is enough until it ends.
    ServiceTicket(OffsetDateTime),
    /// A cache whose ticket has expired, without a keytab to get another.
    Expired,
    Missing,
}

/// Whether a login for `spn` has credentials.
pub(crate) fn usability(credentials: &KerberosCredentials, spn: &str, now: OffsetDateTime) -> Usability {
    let tickets = credentials.cache.content.as_ref().ok();
    let granting = tickets.and_then(|content| content.ticket_granting_ticket());
    if granting.is_some_and(|ticket| !ticket.has_expired(now)) {
        return Usability::Tickets;
    }
    let of_service = tickets.into_iter().flat_map(|content| &content.tickets).filter(|ticket| !ticket.has_expired(now));
    let mut of_service = of_service.filter(|ticket| is_for(&ticket.server, spn));
    if let Some(ticket) = of_service.next() {
        return Usability::ServiceTicket(ticket.ends);
    }
    if credentials.client_keytab.content.as_ref().is_ok_and(|entries| !entries.is_empty()) {
        return Usability::Keys;
    }
    if granting.is_some() { Usability::Expired } else { Usability::Missing }
}

/// Whether the service of a ticket, `MSSQLSvc/db:1433@REALM`, is this one.
fn is_for(server: &str, spn: &str) -> bool {
    server.rsplit_once('@').is_some_and(|(name, _)| name.eq_ignore_ascii_case(spn))
}
