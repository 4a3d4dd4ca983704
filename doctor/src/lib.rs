//! Explains why a login fails: checks every link between this process and a database row in order, and names the first
//! that fails, with the causes that fit the evidence and the fixes of each.
//!
//! - [`diagnose`] runs the checks; this file has their order.
//! - [`report`] has the result, without secrets and without its presentation.
//! - Each other file is one check with the causes that it can name. They cite the known failures of
//!   `docs/gmsa-facts.md`, section 4.
//! - `evidence` has what several checks share, `run` the time limit and the outcomes so far, `kerberos_faults` the
//!   causes of a Kerberos fault, which tickets and logins have in common.
//!
//! A check reports what it saw and names a cause only if the evidence fits. What cannot be seen from this process is
//! listed, not guessed.

mod auth_scheme;
mod clock;
mod connection_string;
mod credentials;
mod database;
mod dns;
mod domain_controllers;
mod domain_records;
mod embedded_store;
mod evidence;
mod kerberos_faults;
mod login;
mod process;
pub mod report;
mod run;
mod server_certificate;
mod server_name;
mod server_port;
mod spn;
mod spn_causes;
mod ticket_request;
mod tickets;
mod tls;
mod usability;

use std::time::{Duration, Instant, SystemTime};

use bookstore_db::connection_string::{ConnectionString, Login, SqlServerSettings, Target};
use bookstore_db::credentials::{Credentials, LoginKind};
use bookstore_db::login_policy::LoginPolicy;

pub use database::WriteCheck;
use evidence::{Domain, NameForm};
use report::{Audience, Cause, Link, Report, Verdict};
use run::{Outcome, Run};
pub use server_certificate::{CertificateUnread, server_certificate_expiry};
pub use spn::{NoSpn, RequestedSpns, requested_spns};

/// The time limit of a run, whatever hangs: the promised 15 s, less the start and the end of the program.
const TIME_LIMIT: Duration = Duration::from_secs(13);

/// The links of the embedded store, in the order of their checks.
const EMBEDDED: [Link; 3] = [Link::ConnectionString, Link::Process, Link::EmbeddedStore];

/// The links of a SQL login.
#[rustfmt::skip]
const SQL_LOGIN: [Link; 14] = [
    Link::ConnectionString, Link::Process, Link::ServerName, Link::ServerPort, Link::Prelogin, Link::Tls, Link::Login,
    Link::AuthScheme, Link::Database, Link::ServerClock, Link::SnapshotReads, Link::Schema, Link::Permissions,
    Link::Write,
];

/// The links of an integrated login.
#[rustfmt::skip]
const INTEGRATED_LOGIN: [Link; 20] = [
    Link::ConnectionString, Link::Process, Link::ServerName, Link::DomainRecords, Link::DomainControllers, Link::Clock,
    Link::Credentials, Link::ServerPort, Link::TicketGrantingTicket, Link::ServiceTicket, Link::Prelogin, Link::Tls,
    Link::Login, Link::AuthScheme, Link::Database, Link::ServerClock, Link::SnapshotReads, Link::Schema,
    Link::Permissions, Link::Write,
];

/// What only others can see of an integrated login.
const NOT_VISIBLE: [&str; 6] = [
    "whether the KDS root key exists and is in effect (Get-KdsRootKey)",
    "who may read the gMSA's password (PrincipalsAllowedToRetrieveManagedPassword)",
    "the host's CCG events: Microsoft-Windows-Containers-CCG/Admin",
    "whether the cluster's RBAC and webhook let a pod have its credential spec (bookstore doctor --manifests checks \
    the files)",
    "whether an SPN is registered twice (setspn -X)",
    "on which account an SPN is registered (setspn -Q)",
];

/// Checks every link between this process and a database row. Takes at most 13 s, mostly below 1 s. Changes nothing,
/// but that [`WriteCheck::RolledBackRow`] uses up an IDENTITY value.
pub async fn diagnose(string: &ConnectionString, policy: LoginPolicy, write: WriteCheck) -> Report {
    let mut run = Run::new(TIME_LIMIT);
    let not_visible = match &string.target {
        Target::Embedded(settings) => {
            run.complete(&EMBEDDED, async |run: &mut Run| {
                connection_string::check(run, string, policy);
                process::check(run, false);
                embedded_store::check(run, string, settings, policy).await;
            })
            .await;
            Vec::new()
        }
        Target::SqlServer(settings) => {
            let is_integrated = settings.login == Login::Integrated;
            let plan = if is_integrated { &INTEGRATED_LOGIN[..] } else { &SQL_LOGIN };
            run.complete(plan, async |run: &mut Run| {
                if connection_string::check(run, string, policy) && process::check(run, is_integrated) {
                    check_server(run, settings, policy, write).await;
                }
            })
            .await;
            NOT_VISIBLE.iter().filter(|_| is_integrated).map(|text| (*text).to_owned()).collect()
        }
    };
    finish(run, string.to_string(), not_visible)
}

/// Creates the report of settings that cannot be used; `errors` has one per line.
#[must_use]
pub fn report_invalid_settings(errors: &str) -> Report {
    let mut run = Run::new(TIME_LIMIT);
    let cause = Cause::other("the settings cannot be used").fix(
        Audience::Application,
        "correct the named setting",
        "bookstore --help",
    );
    run.record(Link::ConnectionString, "the settings", Instant::now(), Outcome::failed(errors, vec![cause]));
    finish(run, String::new(), Vec::new())
}

fn finish(run: Run, connection_string: String, not_visible: Vec<String>) -> Report {
    let took = run.took();
    let mut checks = run.checks;
    checks.sort_by_key(|check| check.link);
    Report {
        verdict: Verdict::of(&checks),
        connection_string,
        at: SystemTime::now(),
        trace_id: None,
        took,
        checks,
        not_visible,
    }
}

/// The checks of a server, in order. Each returns the evidence that later ones need; without it they are skipped.
async fn check_server(run: &mut Run, settings: &SqlServerSettings, policy: LoginPolicy, write: WriteCheck) {
    let mut domain = Domain { server: server_name::check(run, settings).await, ..Domain::default() };
    if settings.login == Login::Integrated {
        check_domain(run, settings, &mut domain).await;
    }
    let Some(addresses) = domain.server.as_ref().map(|server| server.addresses.clone()) else { return };
    if !run.has_time() {
        return;
    }
    let Some(address) = server_port::check(run, &settings.server, &addresses).await else { return };
    let has_ticket = settings.login != Login::Integrated
        || (run.has_time() && tickets::check(run, settings, address.port(), &domain).await);
    let is_encrypted = run.has_time() && tls::check(run, address, settings).await;
    if !(has_ticket && is_encrypted && run.has_time()) {
        return;
    }
    let Some(mut connection) = login::check(run, settings, &domain, policy).await else { return };
    if run.has_time() {
        database::check(run, &mut connection, write).await;
    }
}

/// The checks of the domain and of the credentials in use.
async fn check_domain(run: &mut Run, settings: &SqlServerSettings, domain: &mut Domain) {
    domain.credentials = match Credentials::read(&LoginKind::Integrated).await {
        Credentials::Kerberos(credentials) => Some(credentials),
        _ => None,
    };
    domain.realm = realm(domain);
    domain.records = domain_records::check(run, domain.realm.as_deref()).await;
    domain.controllers = domain_controllers::check(run, &domain.records).await;
    domain.clock_offset = clock::check(run, &domain.controllers).await;
    credentials::check(run, settings, domain).await;
}

/// The realm of the client, or else of the server's name.
fn realm(domain: &Domain) -> Option<String> {
    let own = domain.principal().and_then(|principal| principal.rsplit_once('@'));
    if let Some((_, realm)) = own {
        return Some(realm.to_owned());
    }
    if let Some(domain) = std::env::var("USERDNSDOMAIN").ok().filter(|domain| cfg!(windows) && !domain.is_empty()) {
        return Some(domain.to_uppercase());
    }
    let server = domain.server.as_ref()?;
    let (_, zone) = server.canonical.split_once('.')?;
    (server.form != NameForm::Address && !zone.is_empty()).then(|| zone.to_uppercase())
}
