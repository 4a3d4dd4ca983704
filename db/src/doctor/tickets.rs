//! The tickets, got by the system's Kerberos library as the driver gets them.

use std::time::{Duration, Instant};

use super::report::Link;
use super::rules::kerberos::{self, Domain};
use super::rules::service;
use super::run::{Answer, Run, off_thread};
use crate::kerberos::{KerberosError, KerberosFault};
use crate::sql_server::Spn;

const PATIENCE: Duration = Duration::from_secs(4);
/// For each of the names that would have worked.
const CANDIDATE_PATIENCE: Duration = Duration::from_secs(1);

/// Gets the ticket that other tickets are got with. True if it is there.
pub(super) async fn logon(run: &mut Run, domain: &Domain) -> bool {
    let began = Instant::now();
    let Some(realm) = &domain.realm else {
        run.note(
            Link::LogonTicket,
            "",
            began,
            Answer::not_possible("the realm is not known: no credentials, and no domain in the server's name"),
        );
        return true;
    };
    let service = format!("krbtgt/{realm}@{realm}");
    let tried = format!("a ticket for {service}, by GSSAPI");
    match ticket(&service, run.at_most(PATIENCE)).await {
        Ok(principal) => {
            let who = principal.or(domain.principal.clone()).unwrap_or_else(|| "this process".to_owned());
            run.note(Link::LogonTicket, tried, began, Answer::pass(format!("{who} has one")));
            true
        }
        Err(error) => {
            let causes = kerberos::logon(&error, domain);
            blame_or_fail(run, Link::LogonTicket, tried, began, &error, domain, causes);
            false
        }
    }
}

/// Gets the ticket for SQL Server. Answers whether it is there.
pub(super) async fn service(run: &mut Run, spn: &Spn, names: &[String], domain: &Domain) -> bool {
    let began = Instant::now();
    let asked = spn.to_string();
    let tried = format!("a ticket for {asked}, by GSSAPI");
    let error = match ticket(&asked, run.at_most(PATIENCE)).await {
        Ok(_) => {
            run.note(Link::ServiceTicket, tried, began, Answer::pass(format!("there is one for {asked}")));
            return true;
        }
        Err(error) => error,
    };
    let mut registered = Vec::new();
    if error.fault == KerberosFault::UnknownService {
        for candidate in service::candidates(spn, names) {
            if ticket(&candidate, run.at_most(CANDIDATE_PATIENCE)).await.is_ok() {
                registered.push(candidate);
            }
        }
    }
    let causes = service::causes(&error, spn, &registered, domain);
    blame_or_fail(run, Link::ServiceTicket, tried, began, &error, domain, causes);
    false
}

/// A KDC that is not reached is the fault of the link before, where that one was suspicious already.
fn blame_or_fail(
    run: &mut Run,
    link: Link,
    tried: String,
    began: Instant,
    error: &KerberosError,
    domain: &Domain,
    causes: Vec<super::report::Cause>,
) {
    run.note(link, tried, began, Answer::fail(kerberos::seen(error), causes));
    if error.fault == KerberosFault::KdcUnreachable
        && let Some((link, causes)) = domain.suspect()
    {
        run.blame(link, causes);
    }
}

async fn ticket(service: &str, patience: Duration) -> Result<Option<String>, KerberosError> {
    let asked = service.to_owned();
    let got = off_thread(patience, move || crate::kerberos::ticket(&asked)).await;
    got.unwrap_or_else(|| {
        Err(KerberosError {
            fault: KerberosFault::KdcUnreachable,
            spn: service.to_owned(),
            principal: crate::kerberos::client(),
            detail: format!("no answer within {patience:?}"),
        })
    })
}
