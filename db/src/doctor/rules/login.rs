//! A login that failed or that is not what it should be: rows 13 and 15 to 20, and SSPI's statuses.

mod number;
pub(in crate::doctor) mod scheme;
mod sspi;

use super::kerberos::{self, Domain};
use crate::connection_string::SqlServerSettings;
use crate::doctor::report::{Audience, Cause, Link};
use crate::doctor::run::Answer;
use crate::error::Error;
use crate::kerberos::{KerberosError, KerberosFault};
use number::by_number;
use sspi::sspi;

/// What a failed login comes to: which link, what was seen, what it fits.
pub(in crate::doctor) fn failed(error: &Error, settings: &SqlServerSettings, domain: &Domain) -> (Link, Answer) {
    let seen = error.to_string();
    let (link, causes) = match error {
        Error::LoginFailed { number, message, .. } => by_number(*number, message, settings, domain),
        Error::Kerberos(error) => {
            return (Link::Login, Answer::fail(kerberos::seen(error), ticket_refused(error, domain)));
        }
        Error::Tls(_) => (Link::Tls, vec![Cause::row(25, "the certificate was not accepted")]),
        Error::LoginModeMissing => (
            Link::Process,
            vec![Cause::other("this build cannot log in by Kerberos").fix(
                Audience::Application,
                "use a build that can",
                "cargo build --release --features kerberos",
            )],
        ),
        Error::BadSpn(_) => (
            Link::ConnectionString,
            vec![Cause::row(14, "Server SPN has a form that no ticket can be asked for").fix(
                Audience::Application,
                "write it so",
                "Server SPN=MSSQLSvc/<host>.<domain>:1433",
            )],
        ),
        other => (Link::Login, sspi(&other.to_string(), settings, domain).unwrap_or_else(broken_off)),
    };
    (link, Answer::fail(seen, causes))
}

fn broken_off() -> Vec<Cause> {
    vec![Cause::other("the server ended the connection during the login, or did not answer in time").fix(
        Audience::SqlServer,
        "its error log says why, at this minute",
        "EXEC sys.xp_readerrorlog 0, 1, N'Login'",
    )]
}

fn spn(domain: &Domain, settings: &SqlServerSettings) -> String {
    let host = domain.name.as_ref().map_or(settings.server.host.as_str(), |name| name.canonical.as_str());
    settings.server_spn.clone().unwrap_or_else(|| format!("MSSQLSvc/{host}:{}", settings.server.port.unwrap_or(1433)))
}

/// The server did not take the ticket that the directory gave.
fn ticket_refused(error: &KerberosError, domain: &Domain) -> Vec<Cause> {
    if error.fault == KerberosFault::WrongKey { service_key(&error.spn) } else { kerberos::logon(error, domain) }
}

fn service_key(spn: &str) -> Vec<Cause> {
    vec![
        Cause::row(15, format!("{spn} is registered on another account than the one that SQL Server runs as"))
            .fix(Audience::Directory, "see which account has it, and move it", format!("setspn -Q {spn}\nsetspn -D {spn} <wrong account>\nsetspn -S {spn} <account of SQL Server>"))
            .told_by(format!("`setspn -Q {spn}` names another account than SQL Server's service")),
        Cause::row(32, "SQL Server's key is older than its account's password: its keytab (Linux) or what it has cached")
            .fix(Audience::SqlServer, "write its keytab anew and restart it; on Windows restart the service", "/opt/mssql/bin/mssql-conf set network.kerberoskeytabfile /var/opt/mssql/secrets/mssql.keytab && systemctl restart mssql-server")
            .told_by("the version of the key (`klist -kte mssql.keytab`) is below the account's msDS-KeyVersionNumber"),
    ]
}
