//! Checks the login itself, as the shop does it. Known failures: those of `server_error` and `kerberos_faults`.

mod server_error;

use std::time::{Duration, Instant};

use bookstore_db::connection_string::{Login, SqlServerSettings};
use bookstore_db::error::Error;
use bookstore_db::login_policy::LoginPolicy;
use bookstore_db::sql_server::{Connection, connect};

use crate::evidence::Domain;
use crate::report::{Audience, Cause, Link};
use crate::run::{Outcome, Run};
use crate::{auth_scheme, connection_string, kerberos_faults, process};

const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Logs in and records login, auth scheme and database. Returns the connection if the login is allowed.
pub(crate) async fn check(
    run: &mut Run,
    settings: &SqlServerSettings,
    domain: &Domain,
    policy: LoginPolicy,
) -> Option<Connection> {
    let started = Instant::now();
    let limit = |wanted: Option<Duration>| Some(run.at_most(wanted.unwrap_or(TIME_LIMIT).min(TIME_LIMIT)));
    let limited = SqlServerSettings {
        connect_timeout: limit(settings.connect_timeout),
        command_timeout: limit(settings.command_timeout),
        ..settings.clone()
    };
    let tried = match &settings.login {
        Login::Sql { user, .. } => format!("LOGIN7 as the SQL login {user}"),
        Login::Integrated => "LOGIN7 by integrated security".to_owned(),
    };
    let connection = match connect(&limited, policy).await {
        Ok(connection) => connection,
        Err(error) => {
            let (link, causes) = explain(&error, settings, domain);
            let seen = match &error {
                Error::Kerberos(error) => kerberos_faults::describe(error),
                error => error.to_string(),
            };
            if link == Link::Database {
                let outcome = Outcome::passed("the server accepts the login, but not for this database");
                run.record(Link::Login, tried.as_str(), started, outcome);
            }
            run.record(link, tried, started, Outcome::failed(seen, causes));
            return None;
        }
    };
    let Some(identity) = connection.identity() else {
        run.record(Link::Login, tried, started, Outcome::skipped("the server did not report the login"));
        return Some(connection);
    };
    let seen = format!("{} at {} ({})", identity.login, identity.server, identity.server_version);
    run.record(Link::Login, tried, started, Outcome::passed(seen));
    if !auth_scheme::check(run, &identity, settings, domain, policy.require_kerberos) {
        return None;
    }
    run.record(Link::Database, "DB_NAME()", Instant::now(), Outcome::passed(identity.database.clone()));
    Some(connection)
}

/// The link that a failed login blames, with the causes that fit.
fn explain(error: &Error, settings: &SqlServerSettings, domain: &Domain) -> (Link, Vec<Cause>) {
    match error {
        Error::LoginFailed(error)
        | Error::Starting(error)
        | Error::Overloaded(error)
        | Error::Locked(error)
        | Error::PermissionDenied(error)
        | Error::Server(error) => server_error::explain(error, settings, domain),
        Error::Kerberos(error) => (Link::Login, kerberos_faults::causes(error, domain)),
        Error::CertificateRefused(_) => (Link::Tls, vec![Cause::known(25, "the certificate was not accepted")]),
        Error::Tls(_) => (Link::Tls, vec![broken_off()]),
        Error::LoginPanicked(_) => (Link::Login, vec![fault_of_the_program()]),
        Error::IntegratedLoginUnsupported => (Link::Process, vec![process::build_without_kerberos()]),
        Error::InvalidSpn(_) => (Link::ConnectionString, vec![connection_string::invalid_spn()]),
        _ => (Link::Login, vec![broken_off()]),
    }
}

fn fault_of_the_program() -> Cause {
    Cause::other("this is a fault of the program; it does not show a fault of the server or the credentials").fix(
        Audience::Application,
        "report it together with this output",
        "",
    )
}

fn broken_off() -> Cause {
    Cause::other("the server closed the connection during the login, or did not answer in time").fix(
        Audience::SqlServer,
        "read the reason in its error log, at this minute",
        "EXEC sys.xp_readerrorlog 0, 1, N'Login'",
    )
}

#[cfg(test)]
mod tests {
    use bookstore_db::connection_string::{ConnectionString, Target};
    use bookstore_kerberos::{KerberosError, KerberosFault};

    use super::*;

    fn known_failures(error: &Error) -> Vec<Option<u8>> {
        let text = "Server=db.contoso.com;Integrated Security=true";
        let Target::SqlServer(settings) = ConnectionString::parse(text).unwrap().target else { panic!("{text}") };
        let (_, causes) = explain(error, &settings, &Domain::default());
        causes.iter().map(|cause| cause.known_failure).collect()
    }

    #[test]
    fn kerberos_fault_decides_and_not_the_text() {
        let detail = "SSPI failed while asking for a ticket for db: SEC_E_TARGET_UNKNOWN, 0x80090303".to_owned();
        let error = KerberosError {
            fault: KerberosFault::PackageMissing,
            spn: "db".to_owned(),
            principal: None,
            detail,
            realm: None,
        };
        assert_eq!(known_failures(&Error::Kerberos(Box::new(error))).first(), Some(&Some(31)));
    }

    #[test]
    fn text_with_a_status_yields_no_known_failure() {
        for text in ["the server closed the connection", "(0x8009030E)", "0x8009", "0x8009é"] {
            assert_eq!(known_failures(&Error::Unavailable(text.to_owned())), [None], "{text}");
        }
    }
}
