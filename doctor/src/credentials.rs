//! Checks which Kerberos credentials this process has. Contacts no directory: the tickets show whether it accepts them.

mod causes;

use std::time::Instant;

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_kerberos::credentials::{KerberosCredentials, Keytab, KeytabEntry, TicketCache};
use time::OffsetDateTime;

use crate::evidence::Domain;
use crate::report::{Link, Status, format_utc};
use crate::run::{Outcome, Run};
use crate::ticket_request::{can_get_ticket, can_log_in};
use crate::usability::{Usability, usability};
pub(crate) use causes::{broken_configuration, expired, missing};
use causes::{no_granting_ticket, unusable_location};

/// Checks the credentials that the Kerberos library reads. Reports them as missing only if the library gets no ticket
/// either: of a collection of caches it may use another one than the primary.
pub(crate) async fn check(run: &mut Run, settings: &SqlServerSettings, domain: &Domain) {
    let started = Instant::now();
    let Some(credentials) = &domain.credentials else {
        let why =
            "Windows keeps them in the logon session; the login checks them (`klist` in the container lists them)";
        run.record(Link::Credentials, "the logon session", started, Outcome::not_applicable(why));
        return;
    };
    let names = [&credentials.cache.location.name, &credentials.client_keytab.location.name];
    let tried = format!("ticket cache {}, client keytab {}", names[0], names[1]);
    let spn = domain.requested_spn(settings);
    let mut usability = usability(credentials, &spn, OffsetDateTime::now_utc());
    // The Kerberos library puts a ticket-granting ticket into such a cache, if a key of the client keytab gets one.
    if matches!(usability, Usability::ServiceTicket(_))
        && let Some(client) = credentials.principal()
        && can_log_in(run, &credentials.client_keytab, client).await
    {
        usability = Usability::Keys;
    }
    let mut outcome = outcome(credentials, usability);
    if outcome.status == Status::Failed && can_get_ticket(run, &spn).await {
        outcome =
            Outcome::passed(format!("{}; the Kerberos library gets a ticket for {spn} all the same", outcome.seen));
    }
    run.record(Link::Credentials, tried, started, outcome);
}

fn outcome(credentials: &KerberosCredentials, usability: Usability) -> Outcome {
    let (cache, keytab) = (describe_cache(&credentials.cache), describe_keytab(&credentials.client_keytab));
    match usability {
        Usability::Tickets => Outcome::passed(cache),
        Usability::Keys => Outcome::passed(keytab),
        Usability::ServiceTicket(ends) => {
            let client = credentials.principal().unwrap_or("this process");
            let ends = format_utc(ends.into());
            Outcome::warning(
                format!("a ticket of {client} for SQL Server until {ends}, without a ticket-granting ticket; {keytab}"),
                vec![no_granting_ticket(&ends)],
            )
        }
        Usability::Expired => {
            Outcome::failed(format!("expired: {cache}"), expired(credentials.principal().unwrap_or("this process")))
        }
        Usability::Missing => {
            let causes = unusable_location(&credentials.cache).map_or_else(missing, |cause| vec![cause]);
            Outcome::failed(format!("{cache}; {keytab}"), causes)
        }
    }
}

/// `ticket of web$@R until …, aes256-cts`, or why there is none.
fn describe_cache(cache: &TicketCache) -> String {
    match &cache.content {
        Err(error) => format!("{}: {error}", cache.location.name),
        Ok(content) => match content.ticket_granting_ticket() {
            None => format!("{}: no ticket-granting ticket of {}", cache.location.name, content.principal),
            Some(ticket) => {
                let ends = format_utc(ticket.ends.into());
                format!("ticket of {} until {ends}, {}", ticket.client, ticket.session_key_type)
            }
        },
    }
}

/// `keys of web$@R, version 3, aes256-cts aes128-cts`, or why there are none.
fn describe_keytab(keytab: &Keytab) -> String {
    match keytab.content.as_deref() {
        Err(error) => format!("{}: {error}", keytab.location.name),
        Ok([]) => format!("{}: no keys", keytab.location.name),
        Ok(entries @ [first, ..]) => {
            // A login uses the first entry's account, by the keys of its newest version.
            let own = || entries.iter().filter(|entry| entry.principal == first.principal);
            let version = own().map(|entry| entry.version).max().unwrap_or_default();
            let newest = own().filter(|entry| entry.version == version);
            format!("keys of {}, version {version}, {}", first.principal, encryption_types(newest))
        }
    }
}

/// The names of the keys' encryption types, each once.
fn encryption_types<'a>(entries: impl Iterator<Item = &'a KeytabEntry>) -> String {
    let mut names: Vec<String> = Vec::new();
    for entry in entries {
        let name = entry.encryption_type.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use bookstore_kerberos::credentials::{
        CacheContent, CredentialLocation, CredentialReadError, EncryptionType, LocationSource, Ticket,
    };
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
    const SPN: &str = "MSSQLSvc/db.contoso.com:1433";

    fn credentials(content: Result<CacheContent, CredentialReadError>, name: &str) -> KerberosCredentials {
        let location = |name: &str, variable| CredentialLocation {
            name: name.to_owned(),
            source: LocationSource::Variable(variable),
        };
        KerberosCredentials {
            cache: TicketCache { location: location(name, "KRB5CCNAME"), content },
            client_keytab: Keytab {
                location: location("/none", "KRB5_CLIENT_KTNAME"),
                content: Err(CredentialReadError::Missing),
            },
        }
    }

    fn ticket(server: &str, ends: OffsetDateTime) -> Ticket {
        Ticket {
            client: "web$@CONTOSO.COM".to_owned(),
            server: server.to_owned(),
            starts: NOW,
            ends,
            renew_till: None,
            session_key_type: EncryptionType(18),
            service_key_type: None,
            key_version: None,
        }
    }

    #[test]
    fn service_ticket_without_a_granting_one_is_usable_with_a_warning() {
        let ends = NOW + time::Duration::HOUR;
        let tickets = vec![ticket("krbtgt/CONTOSO.COM@CONTOSO.COM", NOW), ticket(&format!("{SPN}@CONTOSO.COM"), ends)];
        let found = credentials(Ok(CacheContent { principal: "web$@CONTOSO.COM".to_owned(), tickets }), "FILE:/cc");
        let usability = usability(&found, SPN, NOW);
        assert_eq!(usability, Usability::ServiceTicket(ends));
        assert_eq!(outcome(&found, usability).status, Status::Warning);
        assert_eq!(super::usability(&found, "MSSQLSvc/other:1433", NOW), Usability::Expired);
    }

    #[test]
    fn cache_name_that_cannot_be_used_is_the_cause() {
        for (error, name, what, fix) in [
            (CredentialReadError::Empty, "", "KRB5CCNAME is set to an empty value", "KRB5CCNAME=FILE:<file>"),
            (CredentialReadError::Folder, "/run/cc", "names a folder, /run/cc", "KRB5CCNAME=DIR:/run/cc"),
            (CredentialReadError::UnknownType, "file:/cc", "no cache type file", "KRB5CCNAME=FILE:/cc"),
            (CredentialReadError::NotAFile, "FILE:/pipe", "/pipe, a pipe or a device", "KRB5CCNAME=FILE:"),
            (CredentialReadError::Malformed, "FILE:/cc", "/cc, which KRB5CCNAME names, is not a", "KRB5CCNAME=FILE:"),
            (CredentialReadError::Configuration("bad".to_owned()), "/cc", "refuses its configuration", "KRB5_TRACE"),
            (CredentialReadError::Missing, "/cc", "no ticket cache and no client keytab", "KRB5CCNAME=FILE:"),
        ] {
            let found = credentials(Err(error), name);
            let outcome = outcome(&found, usability(&found, SPN, NOW));
            let cause = &outcome.causes[0];
            assert_eq!(outcome.status, Status::Failed);
            assert!(cause.what.contains(what) && cause.fixes[0].command.contains(fix), "{cause:?}");
        }
    }

    #[test]
    fn newest_keys_of_the_first_account_are_listed_once() {
        let entry = |principal: &str, version, kind| KeytabEntry {
            principal: principal.to_owned(),
            version,
            encryption_type: EncryptionType(kind),
            added: NOW,
        };
        let entries = [entry("web$@R", 3, 23), entry("web$@R", 4, 18), entry("other@R", 9, 17), entry("web$@R", 4, 17)];
        let keytab = Keytab {
            location: CredentialLocation { name: "/kt".to_owned(), source: LocationSource::Default },
            content: Ok([&entries[..], &entries[1..2]].concat()),
        };
        let described = describe_keytab(&keytab);
        assert_eq!(described, "keys of web$@R, version 4, aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96");
    }
}
