//! Checks the ticket-granting ticket and the service ticket: requested by the system's Kerberos library, as the driver
//! requests them. On Windows the login does that. Known failures: 38, and those of `kerberos_faults`.

use std::time::Instant;

use bookstore_db::connection_string::SqlServerSettings;

use crate::evidence::Domain;
use crate::report::Link;
use crate::run::{Outcome, Run};

#[cfg(not(all(unix, feature = "kerberos")))]
pub(crate) async fn check(run: &mut Run, _settings: &SqlServerSettings, _port: u16, _domain: &Domain) -> bool {
    let why = "Windows requests tickets within the login, which checks them";
    for link in [Link::TicketGrantingTicket, Link::ServiceTicket] {
        run.record(link, "", Instant::now(), Outcome::not_applicable(why));
    }
    true
}

#[cfg(all(unix, feature = "kerberos"))]
pub(crate) use gssapi::check;

#[cfg(all(unix, feature = "kerberos"))]
mod gssapi {
    use std::time::Duration;

    use bookstore_kerberos::credentials::{Keytab, KeytabEntry};
    use bookstore_kerberos::spn::Spn;
    use bookstore_kerberos::{KerberosError, KerberosFault};
    use time::OffsetDateTime;

    use super::*;
    use crate::evidence::NameForm;
    use crate::report::{Audience, Cause};
    use crate::run::run_blocking;
    use crate::ticket_request::{can_log_in, request};
    use crate::usability::{Usability, usability};
    use crate::{kerberos_faults, server_name, spn_causes};

    const TIME_LIMIT: Duration = Duration::from_secs(4);
    const SPN_TIME_LIMIT: Duration = Duration::from_secs(2);
    /// Per other SPN of the server.
    const CANDIDATE_TIME_LIMIT: Duration = Duration::from_secs(1);
    const MAX_CANDIDATES: usize = 8;

    /// Returns whether the login can be tried.
    pub(crate) async fn check(run: &mut Run, settings: &SqlServerSettings, port: u16, domain: &Domain) -> bool {
        // Without credentials or with a wrong clock the library's errors would mislead.
        if run.has_failed(Link::Clock) || run.has_failed(Link::Credentials) {
            return false;
        }
        if is_service_ticket_only(settings, domain) {
            let why = "the cache has the ticket for SQL Server, which needs no other";
            run.record(Link::TicketGrantingTicket, "", Instant::now(), Outcome::not_applicable(why));
        } else if !has_granting_ticket(run, domain).await {
            return false;
        }
        let (host, wanted) = (settings.server.host.clone(), settings.server_spn.clone());
        let spn = run_blocking(run.at_most(SPN_TIME_LIMIT), move || match wanted {
            Some(text) => Spn::parse(&text),
            None => Some(Spn::of_server(&host, port)),
        })
        .await;
        match spn.flatten() {
            Some(spn) => has_service_ticket(run, &spn, domain).await,
            None => {
                let why = "the SPN is not known; the login reports why";
                run.record(Link::ServiceTicket, "", Instant::now(), Outcome::skipped(why));
                true
            }
        }
    }

    fn is_service_ticket_only(settings: &SqlServerSettings, domain: &Domain) -> bool {
        let spn = domain.requested_spn(settings);
        let usability = |credentials| usability(credentials, &spn, OffsetDateTime::now_utc());
        matches!(domain.credentials.as_ref().map(usability), Some(Usability::ServiceTicket(_)))
    }

    async fn has_granting_ticket(run: &mut Run, domain: &Domain) -> bool {
        let started = Instant::now();
        let Some(realm) = &domain.realm else {
            let why = "the realm is unknown: neither credentials nor the server's name contain it";
            run.record(Link::TicketGrantingTicket, "", started, Outcome::skipped(why));
            return true;
        };
        let service = format!("krbtgt/{realm}@{realm}");
        let tried = format!("a ticket for {service}, by GSSAPI");
        match request(&service, run.at_most(TIME_LIMIT), domain.principal()).await {
            Ok(principal) => {
                let client = principal.as_deref().unwrap_or_else(|| domain.client());
                run.record(Link::TicketGrantingTicket, tried, started, Outcome::passed(format!("{client} has one")));
                true
            }
            Err(error) => {
                let mut causes = granting_causes(&error, domain);
                if let Some(cause) = other_key_works(run, &error, domain).await {
                    causes = vec![cause];
                }
                record_failure(run, (Link::TicketGrantingTicket, tried, started), &error, domain, causes);
                false
            }
        }
    }

    /// The cause, if the keytab's first entry cannot log in while another one can.
    async fn other_key_works(run: &Run, error: &KerberosError, domain: &Domain) -> Option<Cause> {
        let faults = [KerberosFault::UnknownClient, KerberosFault::WrongKey, KerberosFault::Revoked];
        let keytab = domain.credentials.as_ref().map(|credentials| &credentials.client_keytab)?;
        let entries = keytab.content.as_ref().ok().filter(|_| faults.contains(&error.fault))?;
        let first = &entries.first()?.principal;
        for other in other_principals(entries) {
            if can_log_in(run, keytab, &other).await {
                return Some(first_key(&keytab_name(domain), first, &other));
            }
        }
        None
    }

    /// The accounts after the first one, each once: an account has an entry per encryption type and version, which need
    /// not stand together, and each costs a request to the directory.
    fn other_principals(entries: &[KeytabEntry]) -> Vec<String> {
        let mut principals: Vec<String> = Vec::new();
        for KeytabEntry { principal, .. } in entries {
            if !principals.contains(principal) {
                principals.push(principal.clone());
            }
        }
        principals.into_iter().skip(1).take(MAX_CANDIDATES).collect()
    }

    fn keytab_name(domain: &Domain) -> String {
        let name = |keytab: &Keytab| keytab.location.name.trim_start_matches("FILE:").to_owned();
        domain.credentials.as_ref().map(|credentials| name(&credentials.client_keytab)).unwrap_or_default()
    }

    fn first_key(keytab: &str, first: &str, other: &str) -> Cause {
        let what = format!(
            "the Kerberos library logs in as the first entry of the client keytab, {first}, which the directory \
            refuses; the key of {other} in it works"
        );
        let delete = format!("ktutil\n  rkt {keytab}\n  list\n  delent <slot of {first}>\n  wkt {keytab}.new");
        Cause::known(38, what)
            .fix(Audience::Application, format!("write a keytab without the entries of {first}"), delete)
            .fix(
                Audience::Application,
                format!("or put a ticket of {other} into the cache"),
                format!("kinit -k -t {keytab} '{other}'"),
            )
    }

    /// The client's own ticket depends on the client's key and account, not on the service's.
    fn granting_causes(error: &KerberosError, domain: &Domain) -> Vec<Cause> {
        let (client, account) = (domain.client(), domain.account());
        match error.fault {
            KerberosFault::WrongKey => vec![stale_keytab(client, account)],
            KerberosFault::EncryptionType => kerberos_faults::no_common_encryption_type(account),
            KerberosFault::Revoked => vec![kerberos_faults::disabled_account(account)],
            KerberosFault::UnknownService => {
                vec![Cause::other(format!("the realm of {client} is not the directory's name; realms are in capitals"))]
            }
            _ => kerberos_faults::causes(error, domain),
        }
    }

    fn stale_keytab(client: &str, account: &str) -> Cause {
        let what = format!(
            "the keytab of {account} is older than its password: a gMSA's password rolls, by default every 30 days"
        );
        let ktpass = format!(
            "ktpass /princ {client} /mapuser {account} /crypto AES256-SHA1 /ptype KRB5_NT_PRINCIPAL /pass * /out \
            client.keytab"
        );
        Cause::known(32, what)
            .fix(
                Audience::Application,
                "fetch it again; for a gMSA use a service that fetches it automatically",
                "KRB5CCNAME=FILE:<the cache that credentials-fetcher renews>",
            )
            .fix(Audience::Directory, "or export a new keytab", ktpass)
    }

    async fn has_service_ticket(run: &mut Run, spn: &Spn, domain: &Domain) -> bool {
        let started = Instant::now();
        let service = spn.to_string();
        let tried = format!("a ticket for {service}, by GSSAPI");
        let error = match request(&service, run.at_most(TIME_LIMIT), domain.principal()).await {
            Ok(_) => {
                let outcome = Outcome::passed(format!("the directory issues one for {service}"));
                run.record(Link::ServiceTicket, tried, started, outcome);
                return true;
            }
            Err(error) => error,
        };
        let causes = match error.fault {
            KerberosFault::UnknownService => {
                let registered = registered_names(run, spn, domain).await;
                spn_causes::unknown_service(&service, &registered, domain)
            }
            _ => kerberos_faults::causes(&error, domain),
        };
        record_failure(run, (Link::ServiceTicket, tried, started), &error, domain, causes);
        false
    }

    /// The other SPNs of the server for which the directory issues tickets.
    async fn registered_names(run: &Run, spn: &Spn, domain: &Domain) -> Vec<String> {
        let names = match &domain.server {
            Some(server) => server_name::all_names(run, server, domain.realm.as_deref()).await,
            None => Vec::new(),
        };
        let mut registered = Vec::new();
        for candidate in candidates(spn, &names) {
            if request(&candidate, run.at_most(CANDIDATE_TIME_LIMIT), None).await.is_ok() {
                registered.push(candidate);
            }
        }
        registered
    }

    fn candidates(spn: &Spn, names: &[String]) -> Vec<String> {
        let qualified = names.iter().filter(|name| NameForm::of(name) == NameForm::Qualified);
        let short = qualified.filter_map(|name| name.split('.').next());
        let mut candidates = Vec::new();
        for host in [spn.host.as_str()].into_iter().chain(names.iter().map(String::as_str)).chain(short) {
            for candidate in [format!("MSSQLSvc/{host}:{}", spn.port), format!("MSSQLSvc/{host}")] {
                if candidate != spn.to_string() && !candidates.contains(&candidate) {
                    candidates.push(candidate);
                }
            }
        }
        candidates.truncate(MAX_CANDIDATES);
        candidates
    }

    /// Records the failure; an unreachable KDC also fails the earlier check that explains it.
    fn record_failure(
        run: &mut Run,
        (link, tried, started): (Link, String, Instant),
        error: &KerberosError,
        domain: &Domain,
        causes: Vec<Cause>,
    ) {
        run.record(link, tried, started, Outcome::failed(kerberos_faults::describe(error), causes));
        if error.fault == KerberosFault::KdcUnreachable
            && let Some((link, causes)) = kerberos_faults::explanation_of_unreachable_kdc(domain)
        {
            run.mark_failed(link, &causes);
        }
    }

    #[cfg(test)]
    mod tests {
        use bookstore_kerberos::credentials::EncryptionType;

        use super::*;

        #[test]
        fn other_accounts_of_a_keytab_are_tried_once() {
            let entry = |principal: &str| KeytabEntry {
                principal: principal.to_owned(),
                version: 1,
                encryption_type: EncryptionType(18),
                added: OffsetDateTime::UNIX_EPOCH,
            };
            assert_eq!(other_principals(&["a", "b", "a", "c", "b"].map(entry)), ["b", "c"]);
            assert!(other_principals(&[]).is_empty());
        }

        #[test]
        fn candidates_are_the_servers_other_names_with_and_without_port() {
            let spn = Spn { host: "db".to_owned(), port: 1433 };
            let found = candidates(&spn, &["db.contoso.com".to_owned()]);
            assert_eq!(found, ["MSSQLSvc/db", "MSSQLSvc/db.contoso.com:1433", "MSSQLSvc/db.contoso.com"]);
        }
    }
}
