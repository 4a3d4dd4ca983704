//! Why does the login fail? Looks at each link between this process and a row in the database, in order, and names the first broken
//! one: its cause and what mends it, for whom.
//!
//! One file a link; `rules/` turns what was seen into causes and fixes. It says what it saw and guesses nothing beyond; what cannot
//! be seen from inside is said too. Nothing in a report is secret. How it is shown is for others.

mod controllers;
mod credentials;
mod dns;
mod login;
mod name;
mod port;
mod process;
mod records;
pub mod report;
mod rules;
mod run;
mod spn;
mod statements;
#[cfg(all(unix, feature = "kerberos"))]
mod tickets;
mod tls;

use std::time::{Duration, Instant, SystemTime};

use crate::connection_string::{ConnectionString, EmbeddedSettings, Login, SqlServerSettings, Target};
use crate::credentials::{Credentials, LoginKind};
use crate::login_policy::LoginPolicy;
use crate::store::Store;

use report::{Audience, Cause, Check, Link, Report, Status, Verdict};
use rules::kerberos::Domain;
use run::{Answer, Run};
pub use spn::names_to_register;

/// A run takes no longer, whatever hangs: the 15 s that are promised, less what a program needs to start and to end.
const WHOLE: Duration = Duration::from_secs(13);

/// What only others can see, of an integrated login.
const NOT_VISIBLE: [&str; 6] = [
    "whether the KDS root key exists and is in force (Get-KdsRootKey)",
    "who may read the gMSA's password (PrincipalsAllowedToRetrieveManagedPassword)",
    "the host's CCG events: Microsoft-Windows-Containers-CCG/Admin",
    "whether the cluster's RBAC and webhook let a pod have its credential spec (bookstore doctor --manifests looks at the files)",
    "whether an SPN is registered twice (setspn -X)",
    "which account an SPN is registered on (setspn -Q)",
];

/// Looks at everything. Takes 13 seconds at most, and mostly below one.
pub async fn examine(string: &ConnectionString, policy: LoginPolicy) -> Report {
    let mut run = Run::new(WHOLE);
    process::connection_string(&mut run, string);
    let not_visible = match &string.target {
        Target::Embedded(settings) => {
            process::check(&mut run, false);
            embedded(&mut run, string, settings, policy);
            Vec::new()
        }
        Target::SqlServer(settings) => {
            let is_integrated = settings.login == Login::Integrated;
            process::check(&mut run, is_integrated);
            server(&mut run, settings, policy).await;
            NOT_VISIBLE.iter().filter(|_| is_integrated).map(|text| (*text).to_owned()).collect()
        }
    };
    finish(run, string.to_string(), not_visible)
}

/// The report of settings that were not understood, one line each.
#[must_use]
pub fn unreadable(errors: &str) -> Report {
    let mut run = Run::new(WHOLE);
    let cause = Cause::other("the settings cannot be used as they are").fix(
        Audience::Application,
        "mend the setting that is named",
        "bookstore --help",
    );
    run.note(Link::ConnectionString, "the settings", Instant::now(), Answer::fail(errors, vec![cause]));
    finish(run, String::new(), Vec::new())
}

fn finish(run: Run, connection_string: String, not_visible: Vec<String>) -> Report {
    let took = run.took();
    let mut checks = run.checks;
    checks.sort_by_key(|check| check.link);
    let verdict = Verdict::of(&checks, || sound(&checks));
    Report { verdict, connection_string, at: SystemTime::now(), took, checks, not_visible }
}

fn sound(checks: &[Check]) -> String {
    let seen = |link| {
        checks.iter().find(|check| check.link == link && check.status == Status::Pass).map(|check| check.seen.as_str())
    };
    match (seen(Link::Login), seen(Link::AuthScheme)) {
        (Some(login), Some(scheme)) => format!("{login}, {scheme}"),
        _ => "nothing is wrong".to_owned(),
    }
}

/// Opening makes the file if it is missing, as the shop does.
fn embedded(run: &mut Run, string: &ConnectionString, settings: &EmbeddedSettings, policy: LoginPolicy) {
    let began = Instant::now();
    let tried = format!("the file {}", settings.file.display());
    let answer = match Store::open_with(string, policy) {
        Ok(store) => {
            let login = store.identity().map(|identity| identity.login.clone()).unwrap_or_default();
            Answer::pass(format!("opens; a simulation in which nobody logs in: rows are made by {login}"))
        }
        Err(error) => {
            let cause = Cause::other(error.to_string()).fix(
                Audience::Application,
                "name a file that this process may write, or a SQL Server",
                "Server=(embedded);AttachDbFilename=<file>",
            );
            Answer::fail("the store cannot be used", vec![cause])
        }
    };
    run.note(Link::EmbeddedStore, tried, began, answer);
}

const AFTER_TLS: [Link; 6] =
    [Link::AuthScheme, Link::Database, Link::ServerClock, Link::Schema, Link::Permissions, Link::Write];

async fn server(run: &mut Run, settings: &SqlServerSettings, policy: LoginPolicy) {
    if let Err(error) = crate::sql_server::authentication(&settings.login) {
        let _ = error; // Said by the check of the process.
        return;
    }
    let name = name::check(run, settings).await;
    let mut domain = Domain { name, ..Domain::default() };
    if settings.login == Login::Integrated {
        self::domain(run, settings, &mut domain).await;
    }
    let Some(name) = &domain.name else {
        run.skip_all(&[Link::ServerPort, Link::Prelogin, Link::Tls, Link::Login], Link::ServerName);
        return run.skip_all(&AFTER_TLS, Link::ServerName);
    };
    let addresses = name.addresses.clone();
    let Some(address) = port::check(run, &settings.server, &addresses).await else {
        run.skip_all(&[Link::Prelogin, Link::Tls, Link::Login], Link::ServerPort);
        return run.skip_all(&AFTER_TLS, Link::ServerPort);
    };
    let has_ticket = ticket(run, settings, address.port(), &domain).await;
    if !tls::check(run, address, settings).await {
        run.skip_all(&[Link::Login], Link::Tls);
        return run.skip_all(&AFTER_TLS, Link::Tls);
    }
    if let Err(broken) = has_ticket {
        run.skip_all(&[Link::Login], broken);
        return run.skip_all(&AFTER_TLS, broken);
    }
    match login::check(run, settings, &domain, policy).await {
        Some(mut connection) => statements::check(run, &mut connection).await,
        None => {
            let noted: Vec<_> = run.checks.iter().map(|check| check.link).collect();
            let left: Vec<_> = AFTER_TLS.into_iter().filter(|link| !noted.contains(link)).collect();
            let broken = run
                .checks
                .iter()
                .rev()
                .find(|check| check.status == Status::Fail)
                .map_or(Link::Login, |check| check.link);
            run.skip_all(&left, broken);
        }
    }
}

/// The domain as it is found, and what there is to prove oneself to it with.
async fn domain(run: &mut Run, settings: &SqlServerSettings, domain: &mut Domain) {
    let credentials = match Credentials::read(&LoginKind::of(&Target::SqlServer(Box::new(settings.clone())))).await {
        Credentials::Kerberos(credentials) => Some(credentials),
        _ => None,
    };
    domain.principal = credentials.as_ref().and_then(|credentials| credentials.principal()).map(str::to_owned);
    domain.realm = realm(domain);
    match &domain.realm {
        Some(realm) => domain.records = records::check(run, realm).await,
        None => {
            let why = "the domain is not known: no credentials, and none in the server's name";
            run.note(Link::DomainRecords, "", Instant::now(), Answer::not_possible(why));
        }
    }
    domain.controllers = controllers::check(run, &domain.records).await;
    domain.ahead = controllers::clock(run, &domain.controllers).await;
    credentials::check(run, credentials.as_ref());
}

/// Of the client, or else of the server's name.
fn realm(domain: &Domain) -> Option<String> {
    let own = domain.principal.as_deref().and_then(|principal| principal.rsplit_once('@'));
    if let Some((_, realm)) = own {
        return Some(realm.to_owned());
    }
    if let Some(domain) = std::env::var("USERDNSDOMAIN").ok().filter(|domain| cfg!(windows) && !domain.is_empty()) {
        return Some(domain.to_uppercase());
    }
    let name = domain.name.as_ref()?;
    let (_, zone) = name.canonical.split_once('.')?;
    (name.form != name::Form::Address && !zone.is_empty()).then(|| zone.to_uppercase())
}

/// Gets the tickets; the broken link if there are none.
#[cfg(all(unix, feature = "kerberos"))]
async fn ticket(run: &mut Run, settings: &SqlServerSettings, port: u16, domain: &Domain) -> Result<(), Link> {
    if settings.login != Login::Integrated {
        return Ok(());
    }
    for broken in [Link::Clock, Link::Credentials] {
        if run.failed(broken) {
            run.skip_all(&[Link::LogonTicket, Link::ServiceTicket], broken);
            return Err(broken);
        }
    }
    if !tickets::logon(run, domain).await {
        run.skip_all(&[Link::ServiceTicket], Link::LogonTicket);
        return Err(Link::LogonTicket);
    }
    let (server, wanted) = (settings.server.clone(), settings.clone());
    let spn = run::off_thread(run.at_most(Duration::from_secs(2)), move || {
        crate::sql_server::Spn::of(&server, port, &wanted)
    })
    .await;
    match spn {
        Some(Ok(spn)) if tickets::service(run, &spn, &names(domain), domain).await => Ok(()),
        Some(Ok(_)) => Err(Link::ServiceTicket),
        // The login says what is wrong with the name.
        Some(Err(_)) | None => Ok(()),
    }
}

/// On Windows the login gets the tickets, and their statuses.
#[cfg(not(all(unix, feature = "kerberos")))]
async fn ticket(run: &mut Run, settings: &SqlServerSettings, _port: u16, _domain: &Domain) -> Result<(), Link> {
    if settings.login == Login::Integrated {
        let why = "Windows gets tickets within the login, which tells";
        run.note(Link::LogonTicket, "", Instant::now(), Answer::not_possible(why));
        run.note(Link::ServiceTicket, "", Instant::now(), Answer::not_possible(why));
    }
    Ok(())
}

/// The server's names, as far as they are known.
#[cfg(all(unix, feature = "kerberos"))]
fn names(domain: &Domain) -> Vec<String> {
    let Some(name) = &domain.name else { return Vec::new() };
    let mut names = vec![name.host.clone(), name.canonical.clone()];
    if let (name::Form::Short, Some(realm)) = (name.form, &domain.realm) {
        names.push(format!("{}.{}", name.host, realm.to_lowercase()));
    }
    let reverse = name.addresses.first().and_then(|address| dns_lookup::lookup_addr(address).ok());
    names.extend(reverse);
    names.retain(|name| name::Form::of(name) != name::Form::Address);
    names.dedup();
    names
}
