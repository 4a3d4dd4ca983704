//! What this process has to prove who it is with, as far as files tell; whether a directory takes it is for the tickets.

use std::time::Instant;

use time::OffsetDateTime;

use super::report::{Link, moment};
use super::rules::kerberos;
use super::run::{Answer, Run};
use crate::credentials::{KerberosCredentials, Keytab, TicketCache, Unread};

/// Whether there is something to log in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usable {
    Yes,
    /// A cache whose ticket is too old, and no keytab to get another with.
    Expired,
    No,
    /// Only the Kerberos library can look into it.
    Unknown,
}

/// Says what is there.
pub(super) fn check(run: &mut Run, credentials: Option<&KerberosCredentials>) {
    let began = Instant::now();
    let (tried, answer) = match credentials {
        Some(credentials) => {
            let places = [&credentials.cache.place.name, &credentials.client_keytab.place.name];
            (format!("ticket cache {}, client keytab {}", places[0], places[1]), kerberos::credentials(credentials))
        }
        None => (
            "the logon session".to_owned(),
            Answer::not_possible(
                "Windows shows no tickets here; the login tells (`klist` in the container lists them)",
            ),
        ),
    };
    run.note(Link::Credentials, tried, began, answer);
}

/// What the two places come to.
pub(super) fn usable(credentials: &KerberosCredentials, now: OffsetDateTime) -> Usable {
    let keytab = match &credentials.client_keytab.content {
        Ok(keys) if !keys.is_empty() => Usable::Yes,
        Err(Unread::NoFile) => Usable::Unknown,
        _ => Usable::No,
    };
    let cache = match &credentials.cache.content {
        Ok(tickets) => match tickets.granting() {
            Some(ticket) if ticket.has_expired(now) => Usable::Expired,
            Some(_) => Usable::Yes,
            None => Usable::No,
        },
        Err(Unread::NoFile) => Usable::Unknown,
        Err(_) => Usable::No,
    };
    match (cache, keytab) {
        (Usable::Yes, _) | (_, Usable::Yes) => Usable::Yes,
        // A cache in memory begins empty, so without a keytab there is nothing to fill it with.
        (Usable::Unknown, _) if credentials.cache.place.name.starts_with("MEMORY:") => keytab,
        (Usable::Unknown, _) | (_, Usable::Unknown) => Usable::Unknown,
        (Usable::Expired, _) => Usable::Expired,
        _ => Usable::No,
    }
}

/// `ticket of web$@R until …, aes256-cts`, or why there is none.
pub(super) fn cache(cache: &TicketCache) -> String {
    let Ok(tickets) = &cache.content else {
        return format!("{}: {}", cache.place.name, why(cache.content.as_ref().err()));
    };
    let Some(ticket) = tickets.granting() else {
        return format!("{}: no logon ticket of {}", cache.place.name, tickets.principal);
    };
    format!("ticket of {} until {}, {}", ticket.client, moment(ticket.ends.into()), ticket.session_key)
}

/// `keys of web$@R, version 3, aes256-cts aes128-cts`, or why there are none.
pub(super) fn keytab(keytab: &Keytab) -> String {
    let Ok(keys) = &keytab.content else {
        return format!("{}: {}", keytab.place.name, why(keytab.content.as_ref().err()));
    };
    let Some(first) = keys.first() else { return format!("{}: no keys", keytab.place.name) };
    let mut types: Vec<_> = keys.iter().map(|key| key.encryption_type.to_string()).collect();
    types.dedup();
    format!("keys of {}, version {}, {}", first.principal, first.version, types.join(" "))
}

fn why(unread: Option<&Unread>) -> String {
    unread.map(Unread::to_string).unwrap_or_default()
}
